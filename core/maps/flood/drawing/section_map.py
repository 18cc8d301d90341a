"""The greatest depth of a forecast on a map, on which the line of a section is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import folium

from core.maps.flood.drawing import tools
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.pictures import hillshade_picture, max_depth
from core.maps.flood.scales import DEPTH
from core.maps.flood.views import View, whole_grid
from core.maps.pieces import KeptView, Legend

HEIGHT = 420  # px
MAX_ZOOM = 20
OPACITY = 0.85  # of the water


@dataclass(frozen=True)
class WaterPictures:
    """The greatest depth over the ground. view: where the pictures lie; shaded: as WebP; water: as PNG."""

    view: View
    shaded: bytes
    water: bytes


def pictures(folder: ForecastFolder, dark: bool = False) -> WaterPictures:
    """The pictures of a forecast. Raises InvalidInput where it is damaged or has no place."""
    view = whole_grid(folder)
    return WaterPictures(view, hillshade_picture(folder, view, dark), max_depth(folder, view).pictures[0])


def draw(water: WaterPictures, *, key: str, dark: bool = False) -> folium.Map:
    """The map with the tool for a line. key: maps of one key keep place and zoom."""
    corners = tools.corners_of(water.view)
    leaflet_map = tools.ground_map(corners, dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    tools.add_ground(leaflet_map, water.shaded, corners)
    tools.add_image(leaflet_map, water.water, "png", corners, OPACITY)
    Legend(DEPTH.heading, DEPTH.entries()).add_to(leaflet_map)
    tools.add_tool(leaflet_map, "polyline", dark)
    KeptView(key, {}).add_to(leaflet_map)
    return leaflet_map


def drawn(points: tools.Corners, dark: bool = False) -> folium.FeatureGroup:
    """The line of the section with its start and end named, for `feature_group_to_add`."""
    if len(points) < 2:
        return tools.drawn([])
    start, end = points[0], points[-1]
    return tools.drawn(
        [
            tools.line(points, dark),
            tools.marker(start[0], start[1], "A", dark),
            tools.marker(end[0], end[1], "B", dark),
        ]
    )


def across(folder: ForecastFolder) -> tools.Corners:
    """A line across the middle of a forecast's grid, from west to east, as a first example."""
    rows, cols = folder.shape
    transformer = folder.transformer("EPSG:4326")
    points: tools.Corners = []
    for share in (0.1, 0.9):
        x, y = folder.transform @ (share * cols, 0.5 * rows)
        longitude, latitude = transformer.transform(x, y, direction="INVERSE")
        points.append([round(float(latitude), 6), round(float(longitude), 6)])
    return points
