"""Two forecasts of one area at the same times: the depth of each, and the difference, a picture for each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.artefacts import forecast_files
from core.hydraulics.hazard import WET
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.pictures import Surface, paint, require_one_grid
from core.maps.flood.scales import DEPTH, DIFFERENCE
from core.maps.flood.views import View, read_blocks


def shared_times(folder: ForecastFolder, other: ForecastFolder) -> tuple[float, ...]:
    """The lead times that both have, ascending [s]."""
    return tuple(sorted(set(folder.lead_times) & set(other.lead_times)))


def at_times(folder: ForecastFolder, times: Sequence[float]) -> ForecastFolder:
    """The forecast as if these of its lead times were all, for a map's slider [s]."""
    return replace(folder, lead_times=tuple(times))


def depth(folder: ForecastFolder, times: Sequence[float], view: View) -> Surface:
    """Depth at some lead times, a picture for each. folder: with all its lead times; times: some of them [s]."""
    depths = [_depth(folder, time, view) for time in times]
    wet_blocks = [np.count_nonzero(blocks >= np.float32(WET)) for blocks in depths]
    return Surface(DEPTH, tuple(paint(view, blocks, DEPTH) for blocks in depths), int(np.argmax(wet_blocks)))


def difference(folder: ForecastFolder, other: ForecastFolder, times: Sequence[float], view: View) -> Surface:
    """Depth of `folder` less that of `other` at times that both have, where one of them is wet.

    Raises InvalidInput where they lie on two grids.
    """
    require_one_grid([folder, other])
    pictures, wet_blocks = [], []
    for time in times:
        ours, theirs = _depth(folder, time, view), _depth(other, time, view)
        wet = np.fmax(ours, theirs) >= WET
        wet_blocks.append(np.count_nonzero(wet))
        pictures.append(paint(view, np.where(wet, ours - theirs, np.float32(np.nan)), DIFFERENCE))
    return Surface(DIFFERENCE, tuple(pictures), int(np.argmax(wet_blocks)))


def _depth(folder: ForecastFolder, time: float, view: View) -> np.ndarray:
    with folder.raster(forecast_files.DEPTH) as dataset:
        return read_blocks(view, dataset, folder.lead_times.index(time) + 1)
