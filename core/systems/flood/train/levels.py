"""How far computed maximum levels are from surveyed ones."""

from __future__ import annotations

import numpy as np

from core.systems.flood.event import Observations
from core.systems.flood.terrain.terrain import Terrain

WITHIN = 3.0  # of the surveyed point [m]
WET = 0.01  # [m]


def at(terrain: Terrain, elevation: np.ndarray, max_depth: np.ndarray, seen: Observations) -> np.ndarray:
    """Computed level at each point: the median over wet cells within 3 m, NaN where none is wet; shape (n,) [m].

    elevation: of the ground that the water ran on, shape (rows, cols) [m]; max_depth: likewise [m].
    """
    rows, cols = np.nonzero(np.nan_to_num(max_depth) > WET)
    level = (elevation + max_depth)[rows, cols]
    x, y = terrain.coordinates(seen.x, seen.y)
    point_cols, point_rows = ~terrain.transform @ (x, y)
    found = np.full(len(seen.level), np.nan)
    for point in range(len(found)):
        east = (cols + 0.5 - point_cols[point]) * terrain.dx
        south = (rows + 0.5 - point_rows[point]) * terrain.dy
        near = np.hypot(east, south) <= WITHIN
        if near.any():
            found[point] = np.median(level[near])
    return found


def rmse(computed: np.ndarray, surveyed: np.ndarray) -> float:
    """Root mean square of the differences, over points where a level was computed [m]; NaN if there is none."""
    known = np.isfinite(computed)
    return float(np.sqrt(np.mean((computed - surveyed)[known] ** 2))) if known.any() else float("nan")
