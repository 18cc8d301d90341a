"""A map without any forecast, on which a box is drawn."""

from __future__ import annotations

import folium

from core.maps import base
from core.maps.flood.drawing import tools

BoundingBox = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""

MAX_ZOOM = 14
HEIGHT = 330  # px


def draw(shown: BoundingBox, *, area_box: BoundingBox, dark: bool = False) -> folium.Map:
    """The map with the tool for a rectangle.

    shown: what the map shows when it opens.
    area_box: an area that is there already, outlined so that one knows where one is.
    """
    west, south, east, north = shown
    leaflet_map = base.empty_map((south, west), (north, east), dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    ink = "#E4EAEF" if dark else "#0C141C"
    folium.Rectangle(
        corners(area_box), color=ink, weight=1, dash_array="4 4", fill=False, interactive=False,
        tooltip=folium.Tooltip("Area chosen above", permanent=True, direction="center", sticky=False),
    ).add_to(leaflet_map)  # fmt: skip
    tools.add_tool(leaflet_map, "rectangle", dark)
    return leaflet_map


def drawn(box: BoundingBox | None, dark: bool = False) -> folium.FeatureGroup:
    """The box that is chosen, for `feature_group_to_add`."""
    return tools.drawn([] if box is None else [tools.rectangle(corners(box), dark)])


def corners(box: BoundingBox) -> tools.Corners:
    """South-western and north-eastern corner as latitude and longitude."""
    return [[box[1], box[0]], [box[3], box[2]]]
