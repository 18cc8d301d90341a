"""What maps to draw on have in common: one of Folium's drawing tools, pictures of the ground, what was drawn before.

The page shows such a map with `st_folium`, which returns the drawing as GeoJSON. What the page makes of it comes back
as a group of features, `drawn`, which takes the place of the drawing without the map being drawn anew.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Literal

import folium
from folium.elements import MacroElement
from folium.map import Layer
from folium.plugins import Draw
from folium.raster_layers import ImageOverlay
from folium.template import Template

from core.maps import base
from core.maps.assets import address
from core.maps.flood.views import View
from core.settings import settings

LeafletMap, FeatureGroup = folium.Map, folium.FeatureGroup
"""Folium's, for whoever may not import it."""
Shape = Literal["rectangle", "polyline"]
SHAPES = ("polyline", "polygon", "rectangle", "circle", "marker", "circlemarker")
"""All tools of Leaflet.draw, of which a map has one."""
Corners = list[list[float]]
"""Points of latitude and longitude [degrees]."""
DRAWN, DRAWN_ON_DARK = "#B8237E", "#FF8FD0"
"""A hue that no water and no ground has."""
MARKER_RADIUS = 8  # px
GROUND_OVER_STREETS = 0.4  # opacity


def colour(dark: bool) -> str:
    """The colour of what is drawn."""
    return DRAWN_ON_DARK if dark else DRAWN


def ground_map(corners: Corners, dark: bool, *, height: int, max_zoom: int) -> folium.Map:
    """A map between two corners for pictures of the ground, which lie over streets and tiles where there are some."""
    streets = settings().basemap is not None
    return base.empty_map(corners[0], corners[1], dark, height=height, max_zoom=max_zoom, ground=streets)


def add_ground(leaflet_map: folium.Map, picture: bytes, corners: Corners) -> None:
    """Lay the shaded ground, as WebP in Web Mercator, between two corners; streets and tiles below it show through."""
    seen_through = settings().basemap is not None or settings().tiles
    add_image(leaflet_map, picture, "webp", corners, GROUND_OVER_STREETS if seen_through else 1.0)


def add_tool(leaflet_map: folium.Map, shape: Shape, dark: bool) -> None:
    """Put the tool for one shape on a map; it has its name on it in place of an icon."""
    options: dict[str, object] = dict.fromkeys(SHAPES, False)
    # Areas and lengths are said by the page; Leaflet.draw 1.0.4 fails to write a rectangle's
    options[shape] = {"showArea": False, "shapeOptions": {"color": colour(dark), "weight": 3, "fill": False}}
    tool = Draw(show_geometry_on_click=False, draw_options=options, edit_options={"edit": False, "remove": False})
    tool.default_js = [("leaflet_draw_js", address("draw.js"))]
    tool.default_css = [("leaflet_draw_css", address("draw.css"))]
    tool.add_to(leaflet_map)
    leaflet_map.get_root().header.add_child(folium.Element(_STYLE))


def drawn(layers: Sequence[Layer]) -> folium.FeatureGroup:
    """What the page made of the drawing, for `feature_group_to_add`; the drawing itself goes."""
    group = folium.FeatureGroup(name="Drawn", control=False)
    _DrawingCleared().add_to(group)
    for layer in layers:
        layer.add_to(group)
    return group


def rectangle(corners: Corners, dark: bool) -> folium.Rectangle:
    """A box between two corners."""
    return folium.Rectangle(corners, color=colour(dark), weight=3, fill=False, interactive=False)


def line(points: Corners, dark: bool) -> folium.PolyLine:
    """A line through points."""
    return folium.PolyLine(points, color=colour(dark), weight=3, interactive=False)


def marker(latitude: float, longitude: float, text: str, dark: bool) -> folium.CircleMarker:
    """A point with its text beside it. Folium writes it as HTML: `text` is escaped here."""
    from html import escape

    written = escape(text).replace("`", "&#96;").replace("$", "&#36;").replace("\n", "<br>")  # in a JavaScript template
    tooltip = folium.Tooltip(written, sticky=False, permanent=True)
    return folium.CircleMarker(
        [latitude, longitude], radius=MARKER_RADIUS, color="#FFFFFF", weight=3, fill_color=colour(dark), fill_opacity=1,
        tooltip=tooltip,
    )  # fmt: skip


def corners_of(view: View) -> Corners:
    """South-western and north-eastern corner of a view's picture."""
    assert view.bounds is not None  # noqa: S101 - only a view of `unprojected` has none
    south, west, north, east = view.bounds
    return [[south, west], [north, east]]


def add_image(leaflet_map: folium.Map, picture: bytes, kind: str, corners: Corners, opacity: float = 1.0) -> None:
    """Lay a picture in Web Mercator between two corners."""
    url = f"data:image/{kind};base64,{b64encode(picture).decode()}"
    ImageOverlay(url, corners, opacity=opacity, control=False).add_to(leaflet_map)


class _DrawingCleared(MacroElement):
    """Removes the browser's drawings; `drawnItems` is the name that streamlit-folium gives to Folium's group."""

    _template = Template("{% macro script(this, kwargs) %}drawnItems.clearLayers();{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()
        self._name = "DrawingCleared"


_STYLE = """<style>
    body .leaflet-draw-toolbar a { width: auto !important; padding: 0 10px; background-image: none; font-weight: 600;
      white-space: nowrap; background-color: var(--board) !important; }
    body .leaflet-draw-toolbar a .sr-only { position: static; width: auto; height: auto; margin: 0; clip: auto; }
    body .leaflet-draw-actions { left: 0; top: 34px !important; }
    body .leaflet-draw-tooltip { background: var(--board); color: var(--text); border: 1px solid var(--faint); }
    </style>"""
