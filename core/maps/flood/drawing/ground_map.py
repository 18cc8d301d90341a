"""An area before any forecast: its ground on a map, to see where it lies and to choose points on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import folium
import numpy as np

from core.maps.flood.drawing import tools
from core.maps.flood.forecast_folder import ForecastFolder, with_grid, without_grid
from core.maps.flood.pictures import hillshade_picture, paint
from core.maps.flood.scales import Scale
from core.maps.flood.views import View, read_blocks, whole_grid
from core.maps.pieces import KeptView, Legend

STEPS = 5  # of colour
OPACITY = 0.45  # so that the hillshade is seen through the colours
BROWNS = ("#F3E6CC", "#E0C794", "#C29D5B", "#96702F", "#5E4215")
HEADING = "Height of the ground"
HEIGHT = 380  # px
MAX_ZOOM = 20


@dataclass(frozen=True)
class GroundPictures:
    """The ground as pictures, so that a map of it can be made anew without reading the terrain.

    view: where they lie.
    shaded: as WebP.
    heights: as PNG in the colours of `scale`.
    """

    view: View
    shaded: bytes
    heights: bytes
    scale: Scale


def read_terrain(home: Path) -> ForecastFolder:
    """The terrain.tif in an area's folder. Raises InvalidInput for one that is damaged or not there."""
    folder = without_grid(home, {}, (0.0,))
    with folder.raster("terrain") as dataset:
        return with_grid(without_grid(home, {"cell_size_m": list(dataset.res)}, (0.0,)), dataset)


def pictures(area: ForecastFolder, dark: bool = False) -> GroundPictures:
    """The pictures of an area's ground, in steps of height that each hold about as much of it."""
    view = whole_grid(area)
    with area.raster("terrain") as dataset:
        heights = read_blocks(view, dataset, statistic="mean")
    scale = height_scale(heights)
    return GroundPictures(view, hillshade_picture(area, view, dark), paint(view, heights, scale, edged=False), scale)


def draw(ground: GroundPictures, *, key: str, dark: bool = False) -> folium.Map:
    """The map; a click on it is what `st_folium` returns. key: maps of one key keep place and zoom."""
    corners = tools.corners_of(ground.view)
    leaflet_map = tools.ground_map(corners, dark, height=HEIGHT, max_zoom=MAX_ZOOM)
    tools.add_ground(leaflet_map, ground.shaded, corners)
    tools.add_image(leaflet_map, ground.heights, "png", corners, OPACITY)
    Legend(ground.scale.heading, ground.scale.entries()).add_to(leaflet_map)
    KeptView(key, {}).add_to(leaflet_map)
    return leaflet_map


def drawn(marks: Sequence[tuple[float, float, str]], dark: bool = False) -> folium.FeatureGroup:
    """Points as markers, for `feature_group_to_add`. marks: latitude, longitude and the text beside each."""
    group = folium.FeatureGroup(name="Marks", control=False)
    for latitude, longitude, text in marks:
        tools.marker(latitude, longitude, text, dark).add_to(group)
    return group


def height_scale(heights: np.ndarray) -> Scale:
    """Steps between whole metres that each hold about as much ground. heights: with NaN for no data [m]."""
    finite = heights[np.isfinite(heights)]
    quantiles = np.quantile(finite, np.arange(STEPS) / STEPS) if finite.size else np.zeros(1)
    bounds = sorted({float(np.floor(height)) for height in quantiles})
    ranges = [f"{low:g} to {high:g} m" for low, high in pairwise(bounds)]
    words = (*ranges, f"{bounds[-1]:g} m or higher")
    return Scale(f"{HEADING} [m]", tuple(bounds), words, BROWNS[: len(bounds)])
