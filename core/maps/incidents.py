"""Reported incidents on a map: hexagons, heat and clusters over a graticule and the outlines of districts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import folium
import numpy as np
import pandas as pd
from folium.plugins import HeatMap
from folium.utilities import JsCode

from core.maps import base
from core.maps.assets import address
from core.maps.cells import WIDTHS, Hexagons, hexagon_ring, hexagons, outlines, snap_to_blocks
from core.maps.pieces import Clusters, KeptView, Legend, Outlines

MAX_MARKERS = 3000  # sent to the browser; of more records, a sample
SEED = 0  # for that sample: the same table gives the same markers
LIGHT = ("#B2D3E9", "#6CABD4", "#277DB3", "#0B669B", "#063757")
DARK = ("#0B3350", "#0B669B", "#277DB3", "#6CABD4", "#D0E4F2")
"""One hue in five steps, few to many, as the theme has it."""
MARKER = "#A63A00"
HEIGHT = 560  # px
MAX_ZOOM = 17  # a block then fills the map; places are known by the block, so that closer would say nothing


@dataclass(frozen=True)
class IncidentMap:
    """A map and what must be said beside it."""

    html: str
    """A page of its own."""
    placed: int
    """Records with a place."""
    hidden: int
    """Records in hexagons that are too small to show."""
    width: str
    """How wide a hexagon is."""
    markers: int
    """Records among the clusters; fewer than `placed`: a sample."""


def draw(frame: pd.DataFrame, *, key: str, dark: bool = False) -> IncidentMap | None:
    """The map of records; None if none has a place.

    frame: columns latitude, longitude [degrees, WGS 84], category, district (None where unknown) and told (what the
        popup of a record says, lines of text).
    key: maps of one key keep place, zoom and layers between drawings.
    dark: in the colours of a dark page.
    """
    placed = snap_to_blocks(frame)
    if placed.empty:
        return None
    hexes = hexagons(placed)
    colours = DARK if dark else LIGHT
    sample = placed.sample(MAX_MARKERS, random_state=SEED) if len(placed) > MAX_MARKERS else placed
    city = _empty(placed, dark)
    layers: dict[str, folium.map.Layer] = {
        "Outlines": Outlines(outlines(placed, hexes.size), "#8796A3" if dark else "#55636F", "Outlines of districts"),
        "Hexagons": _hexagons(hexes, colours),
        "Heat": _heat(placed, colours),
        "Clusters": _clusters(sample),
    }
    for layer in layers.values():
        layer.add_to(city)
    if len(hexes.frame):
        Legend("Records in a hexagon", _legend(hexes.frame["n"], colours)).add_to(city)
    folium.LayerControl(collapsed=False).add_to(city)
    KeptView(key, layers).add_to(city)
    html = base.standalone_page(city, "Map of reported incidents")
    return IncidentMap(html, len(placed), hexes.hidden, WIDTHS[hexes.size], len(sample))


def _empty(placed: pd.DataFrame, dark: bool) -> folium.Map:
    """A map of the part where nearly all records are, with nothing on it but lines and a scale."""
    low, high = placed[["latitude", "longitude"]].quantile([0.005, 0.995]).to_numpy()
    city = base.empty_map((low - 0.002).tolist(), (high + 0.002).tolist(), dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    city.get_root().header.add_child(folium.Element(_STYLE))
    return city


def _hexagons(hexes: Hexagons, colours: Sequence[str]) -> folium.GeoJson:
    """Cells in five steps of colour; hovering says how many records and what most of them were."""
    steps = _steps(hexes.frame["n"])
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [hexagon_ring(row.cell)]},
            "properties": {
                "colour": colours[int(np.searchsorted(steps, row.n, side="right"))],
                "told": f"{row.n:,} records; most often {row.top} ({row.top_n:,})",
            },
        }
        for row in hexes.frame.itertuples()
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="Hexagons",
        style_function=lambda _feature: {"weight": 0.5, "color": "#808080"},
        on_each_feature=JsCode(
            """
            function (feature, layer) {
              layer.setStyle({fillColor: feature.properties.colour, fillOpacity: 0.85});
              var node = document.createElement("span");
              node.textContent = feature.properties.told;
              layer.bindTooltip(node, {sticky: true});
            }
            """
        ),
    )


def _steps(counts: pd.Series) -> np.ndarray:
    """Where the next colour begins: fifths of the hexagons, each number once."""
    return np.unique(np.quantile(counts, [0.2, 0.4, 0.6, 0.8]).round().astype(int)) if len(counts) else np.array([])


def _legend(counts: pd.Series, colours: Sequence[str]) -> list[tuple[str, str]]:
    """Each colour that occurs with the counts that it stands for."""
    steps = _steps(counts)
    step_of = np.searchsorted(steps, counts, side="right")
    entries = []
    for step in np.unique(step_of):
        inside = counts[step_of == step]
        low, high = int(inside.min()), int(inside.max())
        entries.append((colours[step], f"{low:,}" if low == high else f"{low:,} to {high:,}"))
    return entries


def _heat(placed: pd.DataFrame, colours: Sequence[str]) -> HeatMap:
    """Blocks weighted by their records, in the colours of the hexagons."""
    counts = placed.groupby(["latitude", "longitude"]).size()
    weights = counts / counts.quantile(0.95)
    points = [[north, east, min(1.0, weight)] for (north, east), weight in weights.items()]
    gradient = dict(zip((0.1, 0.3, 0.5, 0.7, 1.0), colours, strict=True))
    heat = HeatMap(points, name="Heat", show=False, radius=16, blur=14, min_opacity=0.2, gradient=gradient)
    heat.default_js = [("leaflet-heat", address("heat.js"))]
    return heat


def _clusters(sample: pd.DataFrame) -> Clusters:
    """Records at their blocks, each with the text that a click shows."""
    locations, texts = sample[["latitude", "longitude"]].to_numpy().tolist(), sample["told"].tolist()
    rows = [(north, east, text) for (north, east), text in zip(locations, texts, strict=True)]
    return Clusters(rows, MARKER, "Clusters of records")


_STYLE = f"""<style>
    .lookout-cluster {{ background: {MARKER}66; border-radius: 50%; }}
    .lookout-cluster div {{ background: {MARKER}; color: #FFFFFF; border-radius: 50%; width: 30px; height: 30px;
      margin: 5px; text-align: center; line-height: 30px; font-weight: 600; }}
    </style>"""
