"""A forecast for other programs and for paper: GeoTIFF, KML, animation, briefing."""
