"""An empty map as all maps of Lookout begin: Leaflet from the app itself, lines, a scale, the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence

import folium

from core.maps.assets import address
from core.maps.pieces import Graticule
from core.settings import settings

PADDING = (24, 24)  # px around what the map shows when it opens


def empty_map(
    low: Sequence[float], high: Sequence[float], dark: bool, *, height: int | str, max_zoom: int
) -> folium.Map:
    """A map with nothing on it but lines of latitude and longitude, a scale, and tiles where there is a server.

    low, high: south-western and north-eastern corner of what it shows when it opens: latitude, longitude [degrees].
    dark: in the colours of a dark page.
    height: in px, or "100%".
    max_zoom: Leaflet's zoom beyond which nobody can go.
    """
    tiles = settings().tiles
    leaflet_map = folium.Map(
        tiles=tiles, attr="Tiles of this installation" if tiles else None, control_scale=True, height=height,
        prefer_canvas=True, maxZoom=max_zoom, zoomSnap=0.25, attributionControl=bool(tiles),
    )  # fmt: skip
    leaflet_map.default_js = [("leaflet", address("leaflet.js"))]
    leaflet_map.default_css = [("leaflet_css", address("leaflet.css"))]
    leaflet_map.fit_bounds([list(low), list(high)], padding=PADDING)
    Graticule("#55636F" if dark else "#A3B1BC").add_to(leaflet_map)
    leaflet_map.get_root().header.add_child(folium.Element(_style(dark)))
    return leaflet_map


def standalone_page(leaflet_map: folium.Map, title: str) -> str:
    """The map as a page of its own, with a title and a language for screen readers."""
    leaflet_map.get_root().header.add_child(folium.Element(f"<title>{title}</title>"))
    html: str = leaflet_map.get_root().render()
    return html.replace("<html>", '<html lang="en">', 1)


def _style(dark: bool) -> str:
    """Colours of the theme for everything that Leaflet draws as HTML."""
    back, board, text = ("#030507", "#11181E", "#E4EAEF") if dark else ("#FAFBFC", "#FFFFFF", "#0C141C")
    faint = "#A3B1BC" if dark else "#3D4A55"
    return f"""<style>
    :root {{ color-scheme: {"dark" if dark else "light"}; --back: {back}; --board: {board}; --text: {text};
      --faint: {faint}; }}
    html, body {{ margin: 0; background: {back}; color: {text}; font: 13px "Source Sans", sans-serif; }}
    body .leaflet-container {{ background: {back}; font: inherit; }}
    .lookout-degrees {{ color: {faint}; font-size: 11px; white-space: nowrap; }}
    .lookout-degrees.east span {{ position: absolute; top: 2px; left: 3px; }}
    .lookout-degrees.north span {{ position: absolute; bottom: 1px; left: 50px; }}
    .lookout-name {{ color: {text}; font-weight: 600; font-size: 12px; white-space: nowrap; }}
    .lookout-name span {{ position: absolute; transform: translate(-50%, -50%); text-shadow:
      0 0 3px {back}, 0 0 3px {back}, 0 0 3px {back}; }}
    .lookout-legend, .leaflet-control-layers, .leaflet-bar a, .leaflet-popup-content-wrapper, .leaflet-popup-tip,
    .leaflet-tooltip {{ background: {board} !important; color: {text} !important; border-color: {faint} !important; }}
    .lookout-legend {{ padding: 6px 10px; border: 1px solid; border-radius: 4px; line-height: 1.5; }}
    .lookout-legend b {{ display: block; font-weight: 600; }}
    .lookout-legend i {{ display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }}
    body .lookout-told {{ white-space: pre-line; overflow-wrap: break-word; width: max-content; max-width: 240px; }}
    body .leaflet-control-scale-line {{ background: {board}CC; color: {text}; border-color: {faint}; }}
    @media (max-width: 500px) {{ .lookout-legend, .leaflet-control-layers {{ font-size: 11px; line-height: 1.3; }} }}
    </style>"""
