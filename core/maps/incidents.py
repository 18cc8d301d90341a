"""Reported incidents on a map: hexagons, heat and clusters over the borders of real areas, for a person to click on.

`prepare` counts once; `draw` makes the map anew for each run of the page, as streamlit-folium wants it; `Choice` is
what a click or a drawing on it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import folium
import numpy as np
import pandas as pd
import shapely
from folium.plugins import Draw, HeatMap
from folium.utilities import JsCode

from core.maps import areas, base
from core.maps.areas import Areas
from core.maps.assets import address
from core.maps.cells import WIDTHS, Hexagons, hexagon_ring, hexagons, number_of, snap_to_blocks
from core.maps.pieces import Clusters, KeptView, Legend, Outlines

MAX_MARKERS = 3000  # sent to the browser; of more records, a sample
MAX_HEAT = 20_000  # blocks sent to the browser; of more, those with most records
SEED = 0  # for the sample of markers: the same table gives the same markers
LIGHT = ("#B2D3E9", "#6CABD4", "#277DB3", "#0B669B", "#063757")
DARK = ("#0B3350", "#0B669B", "#277DB3", "#6CABD4", "#D0E4F2")
"""One hue in five steps, few to many, as the theme has it."""
MARKER = "#A63A00"
CHOSEN, CHOSEN_ON_DARK = "#A63A00", "#FF9B6B"  # the border of what was chosen
BORDER, BORDER_ON_DARK = ("#0C141C", "#FAFBFC"), ("#E4EAEF", "#030507")  # of areas, and what parts it from the rest
HEIGHT = 560  # px
MAX_ZOOM = 17  # a block then fills the map; places are known by the block, so that closer would say nothing


@dataclass(frozen=True)
class IncidentLayers:
    """What a map of records shows, counted once, and what must be said beside it.

    placed: the records with a place, at their blocks; its index counts the rows of the frame that was given.
    markers: latitude, longitude and text of each marker. heat: latitude,
    longitude and weight of each block. low, high: corners of what the map shows when it opens. areas: borders to draw.
    """

    placed: pd.DataFrame
    hexes: Hexagons
    markers: list[tuple[float, float, str]]
    heat: list[list[float]]
    low: list[float]
    high: list[float]
    areas: Areas | None

    @property
    def width(self) -> str:
        """How wide a hexagon is."""
        return WIDTHS[self.hexes.size]


@dataclass(frozen=True)
class Choice:
    """What was chosen on the map: a hexagon by its H3 index, an area by its name, or a drawing as WKT."""

    kind: Literal["hexagon", "area", "drawing"]
    value: str


def prepare(frame: pd.DataFrame, shown_areas: Areas | None = None) -> IncidentLayers | None:
    """Count the records of a map; None if none has a place.

    frame: columns latitude, longitude [degrees, WGS 84], category and told (what the popup of a record says, lines of
        text; only looked at for the records of `sample`).
    """
    placed = snap_to_blocks(frame.reset_index(drop=True))
    if placed.empty:
        return None
    hexes = hexagons(placed)
    few = sample(placed)
    low, high = placed[["latitude", "longitude"]].quantile([0.005, 0.995]).to_numpy()
    markers = list(zip(few["latitude"].tolist(), few["longitude"].tolist(), few["told"].tolist(), strict=True))
    return IncidentLayers(
        placed[["latitude", "longitude"]], hexes, markers, _heat_points(placed),
        (low - 0.002).tolist(), (high + 0.002).tolist(), shown_areas,
    )  # fmt: skip


def sample(placed: pd.DataFrame) -> pd.DataFrame:
    """The records that become markers; their order and index are those of `placed`, a frame of records with a place."""
    return placed.sample(MAX_MARKERS, random_state=SEED) if len(placed) > MAX_MARKERS else placed


def draw(layers: IncidentLayers, *, key: str, dark: bool = False) -> folium.Map:
    """The map, new at each call. key: maps of one key keep place, zoom and layers between drawings."""
    colours = DARK if dark else LIGHT
    city = base.empty_map(layers.low, layers.high, dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    city.get_root().header.add_child(folium.Element(_STYLE))
    layers_by_name: dict[str, folium.map.Layer] = {
        "Hexagons": _hexagons(layers.hexes, colours),
        "Heat": _heat(layers.heat, colours),
        "Clusters": Clusters(layers.markers, MARKER, "Clusters of records"),
    }
    if layers.areas is not None:
        span = max(np.subtract(layers.high, layers.low))
        borders = areas.outlines(layers.areas, float(span))
        layers_by_name["Areas"] = Outlines(borders, *(BORDER_ON_DARK if dark else BORDER), "Borders of areas")
    for layer in layers_by_name.values():
        layer.add_to(city)
    if len(layers.hexes.frame):
        Legend("Records in a hexagon", _legend(layers.hexes.frame["n"], colours)).add_to(city)
    _drawing_tools(dark).add_to(city)
    folium.LayerControl(collapsed=False).add_to(city)
    KeptView(key, layers_by_name).add_to(city)
    return city


def choice_of(feature: Mapping[str, Any] | None) -> Choice | None:
    """What a clicked or drawn GeoJSON feature of the map means; None for a marker, or for nothing."""
    if not feature:
        return None
    if cell := (feature.get("properties") or {}).get("cell"):
        return Choice("hexagon", str(cell))
    if feature["geometry"]["type"] not in areas.POLYGONS:
        return None
    return Choice("drawing", shapely.to_wkt(shapely.make_valid(shapely.geometry.shape(feature["geometry"]))))


def records_in(layers: IncidentLayers, choice: Choice) -> np.ndarray:
    """The rows of the given frame that lie in what was chosen; int, shape (records,)."""
    if choice.kind == "hexagon":
        inside = layers.hexes.cells == number_of(choice.value)
    else:
        shape = shape_of(layers, choice)
        if shape is None:
            return np.empty(0, dtype=np.int64)
        places = layers.placed
        inside = areas.contains(shape, places["latitude"].to_numpy(), places["longitude"].to_numpy())
    return np.asarray(layers.placed.index.to_numpy()[inside], dtype=np.int64)


def shape_of(layers: IncidentLayers, choice: Choice) -> Any:
    """The shape of what was chosen, longitude and latitude; None for an area that is not there any more."""
    if choice.kind == "hexagon":
        return shapely.Polygon(hexagon_ring(choice.value))
    if choice.kind == "drawing":
        return shapely.from_wkt(choice.value)
    return None if layers.areas is None else layers.areas.shape_of(choice.value)


def marked(layers: IncidentLayers, choice: Choice | None, dark: bool) -> folium.FeatureGroup:
    """The border of what was chosen, to be added to the map that is there; empty without a choice."""
    group = folium.FeatureGroup(name="Chosen", control=False)
    shape = None if choice is None else shape_of(layers, choice)
    for ring in [] if shape is None else shapely.get_rings(shapely.get_parts(shape)):
        corners = shapely.get_coordinates(ring)[:, ::-1].tolist()
        folium.PolyLine(
            corners, color=CHOSEN_ON_DARK if dark else CHOSEN, weight=4, opacity=1, interactive=False
        ).add_to(group)
    return group


def _drawing_tools(dark: bool) -> Draw:
    """Folium's own tools: a rectangle or any other polygon, to be moved and deleted."""
    shape = {"shapeOptions": {"color": CHOSEN_ON_DARK if dark else CHOSEN, "weight": 2, "fillOpacity": 0.05}}
    others = dict.fromkeys(("polyline", "circle", "circlemarker", "marker"), False)
    # Leaflet.draw 1.0.4 fails while it writes the area of a rectangle, so it is not asked to.
    tools = Draw(
        show_geometry_on_click=False,
        draw_options={
            **others,
            "polygon": {**shape, "allowIntersection": False},
            "rectangle": {**shape, "showArea": False},
        },
    )  # fmt: skip
    tools.default_js = [("leaflet_draw_js", address("draw.js"))]
    tools.default_css = [("leaflet_draw_css", address("draw.css"))]
    return tools


def _hexagons(hexes: Hexagons, colours: Sequence[str]) -> folium.GeoJson:
    """Cells in five steps of colour; hovering says how many records and what most of them were."""
    steps = _steps(hexes.frame["n"])
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [hexagon_ring(row.cell)]},
            "properties": {
                "cell": row.cell,
                "colour": colours[int(np.searchsorted(steps, row.n, side="right"))],
                "told": f"{row.n:,} records; most often {row.top} ({row.top_n:,})",
            },
        }
        for row in hexes.frame.itertuples()
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="Hexagons",
        on_each_feature=JsCode(
            """
            function (feature, layer) {
              layer.setStyle({weight: 0.5, color: "#808080", fillColor: feature.properties.colour, fillOpacity: 0.85});
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


def _heat_points(placed: pd.DataFrame) -> list[list[float]]:
    """Blocks weighted by their records."""
    counts = placed.groupby(["latitude", "longitude"]).size().nlargest(MAX_HEAT)
    weights = (counts / counts.quantile(0.95)).clip(upper=1.0).round(3)
    return [[north, east, weight] for (north, east), weight in weights.items()]


def _heat(points: list[list[float]], colours: Sequence[str]) -> HeatMap:
    """Blocks as heat, in the colours of the hexagons."""
    gradient = dict(zip((0.1, 0.3, 0.5, 0.7, 1.0), colours, strict=True))
    heat = HeatMap(points, name="Heat", show=False, radius=16, blur=14, min_opacity=0.2, gradient=gradient)
    heat.default_js = [("leaflet-heat", address("heat.js"))]
    return heat


_STYLE = f"""<style>
    .lookout-cluster {{ background: {MARKER}66; border-radius: 50%; }}
    .lookout-cluster div {{ background: {MARKER}; color: #FFFFFF; border-radius: 50%; width: 30px; height: 30px;
      margin: 5px; text-align: center; line-height: 30px; font-weight: 600; }}
    </style>"""
