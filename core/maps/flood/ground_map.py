"""An area before any forecast: its ground on a map, to see where it lies and to choose points on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.maps.flood import forecast_map
from core.maps.flood.forecast_folder import ForecastFolder, with_grid, without_grid
from core.maps.flood.pictures import Surface, SurfacePainters, paint
from core.maps.flood.scales import Scale
from core.maps.flood.views import View, read_blocks, whole_grid

STEPS = 5  # of colour
SAMPLE_PIXELS = 40_000  # of the grid, of whose heights the steps are made
OPACITY = 0.45  # so that the hillshade is seen through the colours
BROWNS = ("#F3E6CC", "#E0C794", "#C29D5B", "#96702F", "#5E4215")
BROWNS_ON_DARK = ("#3B2A0E", "#6B4E1E", "#9C7A3E", "#C9AC74", "#F0E2C4")
HEADING = "Height of the ground"


def read_terrain(home: Path) -> ForecastFolder:
    """The terrain.tif in an area's folder. Raises InvalidInput for one that is damaged or not there."""
    folder = without_grid(home, {}, (0.0,))
    with folder.raster("terrain") as dataset:
        return with_grid(without_grid(home, {"cell_size_m": list(dataset.res)}, (0.0,)), dataset)


def draw(
    area: ForecastFolder,
    marks: Sequence[Mapping[str, object]] = (),
    *,
    key: str,
    channel: str | None,
    dark: bool = False,
) -> str:
    """The map as a page of its own; parameters as those of `forecast_map.draw`."""
    appearance = forecast_map.MapAppearance(dark=dark, plain=True, opacity=OPACITY)
    painters = surface_painters(area, dark)
    return forecast_map.draw(area, painters, key=key, channel=channel, marks=marks, appearance=appearance)


def finer_pictures(area: ForecastFolder, look: object, dark: bool = False) -> dict[str, object] | None:
    """Pictures of the part of the ground that a browser looks at, see `forecast_map.finer_pictures`."""
    return forecast_map.finer_pictures(area, surface_painters(area, dark), look, dark)


def surface_painters(area: ForecastFolder, dark: bool = False) -> SurfacePainters:
    """The painter of the ground, in steps of height that are the same wherever one looks."""
    scale = _scale(area)

    def height(view: View) -> Surface:
        return Surface(scale, (paint(view, _heights(area, view), scale, dark),))

    return {HEADING: height}


def _heights(area: ForecastFolder, view: View) -> np.ndarray:
    with area.raster("terrain") as dataset:
        return read_blocks(view, dataset, statistic="mean")


def _scale(area: ForecastFolder) -> Scale:
    """Steps between whole metres that each hold about as much ground."""
    heights = _heights(area, whole_grid(area, SAMPLE_PIXELS))
    heights = heights[np.isfinite(heights)]
    quantiles = np.quantile(heights, np.arange(STEPS) / STEPS) if heights.size else np.zeros(1)
    bounds = sorted({float(np.floor(height)) for height in quantiles})
    ranges = [f"{low:g} to {high:g} m" for low, high in pairwise(bounds)]
    words = (*ranges, f"{bounds[-1]:g} m or higher")
    return Scale(f"{HEADING} [m]", tuple(bounds), words, BROWNS[: len(bounds)], BROWNS_ON_DARK[: len(bounds)])
