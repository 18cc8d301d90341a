"""A flood's map that a person clicks or draws on, and what was done on it right now.

Only what is asked for reaches the page: moving and zooming run nothing. What the page makes of a drawing goes back as a
group of features, which the component swaps without drawing the map anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from pages.parts.flood.map_frame import Point
from pages.parts.shared import maps

if TYPE_CHECKING:
    from core.maps.flood.drawing.tools import FeatureGroup, LeafletMap

Geometry = Mapping[str, Any]
"""A geometry of GeoJSON."""
BoundingBox = tuple[float, float, float, float]
"""West, south, east, north [degrees]."""
DRAWING = "last_active_drawing"  # as the component calls what was drawn last


def draw(leaflet_map: LeafletMap, *, key: str, height: int, drawn: FeatureGroup) -> Geometry | None:
    """Show a map to draw on. To be run in a fragment: a drawing runs that anew, not the page.

    key: of the component; another key is another map.
    height: of the map [px].
    drawn: what was drawn before, as the page has it.
    Returns a drawing right after it was made; None in all other runs.
    """
    shape = maps.draw(leaflet_map, key=key, height=height, returned=[DRAWING], added=drawn).get(DRAWING)
    geometry = None if shape is None else shape["geometry"]
    return cast(Geometry, geometry) if _is_new(key, geometry) else None


def heard(key: str) -> Geometry | None:
    """A drawing right after it was made, before the map of this key is drawn in this run; None in all other runs."""
    shape = (st.session_state.get(key) or {}).get(DRAWING)
    geometry = None if shape is None else shape["geometry"]
    return cast(Geometry, geometry) if _is_new(key, geometry) else None


def draw_to_click(leaflet_map: LeafletMap, *, key: str, height: int, drawn: FeatureGroup) -> Point | None:
    """Show a map to choose points on; parameters as those of `draw`. Returns a point right after it was clicked."""
    clicked = maps.draw(leaflet_map, key=key, height=height, returned=maps.POINTS, added=drawn).get(*maps.POINTS)
    point = None if clicked is None else (float(clicked["lat"]), (float(clicked["lng"]) + 180) % 360 - 180)
    return point if _is_new(key, point) else None


def line_points(geometry: Geometry) -> list[list[float]]:
    """The points of a line as latitude and longitude."""
    return [[float(point[1]), float(point[0])] for point in geometry["coordinates"]]


def bounding_box(geometry: Geometry) -> BoundingBox:
    """The box around a polygon."""
    easts, norths = zip(*((float(point[0]), float(point[1])) for point in geometry["coordinates"][0]), strict=True)
    return min(easts), min(norths), max(easts), max(norths)


def _is_new(key: str, value: object) -> bool:
    """Whether a value of the component differs from that of the run before; None never does."""
    seen = f"{key}-seen"
    if value is None or value == st.session_state.get(seen):
        return False
    st.session_state[seen] = value
    return True
