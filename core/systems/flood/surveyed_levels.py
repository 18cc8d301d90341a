"""How far computed maximum levels are from surveyed ones."""

from __future__ import annotations

import numpy as np

from core.systems.flood.event import Observations
from core.systems.flood.terrain.terrain import Terrain

SEARCH_RADIUS = 3.0  # about the surveyed point [m]
MIN_DEPTH = 0.01  # of a cell whose level counts [m]


def sample_levels(terrain: Terrain, elevation: np.ndarray, max_depth: np.ndarray, surveyed: Observations) -> np.ndarray:
    """Computed level at each surveyed point: the median over wet cells within 3 m, NaN where none is wet.

    terrain: of the grid.
    elevation: of the ground that the water ran on, shape (rows, cols) [m].
    max_depth: greatest depth, shape (rows, cols) [m].
    surveyed: n points.

    Returns levels above datum, shape (n,) [m].
    """
    rows, cols = np.nonzero(np.nan_to_num(max_depth) > MIN_DEPTH)
    level = (elevation + max_depth)[rows, cols]
    x, y = terrain.coordinates(surveyed.x, surveyed.y)
    point_cols, point_rows = ~terrain.transform @ (x, y)
    levels = np.full(len(surveyed.level), np.nan)
    for point in range(len(levels)):
        east = (cols + 0.5 - point_cols[point]) * terrain.dx
        south = (rows + 0.5 - point_rows[point]) * terrain.dy
        near = np.hypot(east, south) <= SEARCH_RADIUS
        if near.any():
            levels[point] = np.median(level[near])
    return levels


def rmse(computed: np.ndarray, surveyed: np.ndarray) -> float:
    """sqrt(mean((computed - surveyed)^2)) over points where a level was computed [m]; NaN if there is none.

    computed, surveyed: levels above datum, shape (n,) [m].
    """
    computable = np.isfinite(computed)
    return float(np.sqrt(np.mean((computed - surveyed)[computable] ** 2))) if computable.any() else float("nan")
