"""A terrain that is not read yet on a map, on which the part that matters is drawn as a box."""

from __future__ import annotations

import folium
import numpy as np

from core.maps.flood.drawing import tools
from core.maps.flood.drawing.box_map import BoundingBox, corners, drawn
from core.maps.flood.pictures import shaded_picture
from core.maps.flood.shading import hillshade

HEIGHT = 380  # px
MAX_ZOOM = 18
__all__ = ["HEIGHT", "draw", "drawn", "picture"]


def picture(heights: np.ndarray, pixel: float, dark: bool = False) -> bytes:
    """The shaded ground as WebP.

    heights: in Web Mercator, the northernmost row first, NaN for no data; shape (rows, cols).
    pixel: width and height of a pixel [m].
    """
    return shaded_picture(hillshade(heights, pixel, pixel), dark)


def draw(shaded: bytes, box: BoundingBox, *, dark: bool = False) -> folium.Map:
    """The map with the tool for a rectangle. shaded: from `picture`; box: of its edges."""
    leaflet_map = tools.ground_map(corners(box), dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    tools.add_ground(leaflet_map, shaded, corners(box))
    tools.add_tool(leaflet_map, "rectangle", dark)
    return leaflet_map
