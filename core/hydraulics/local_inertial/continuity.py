"""Continuity of the local inertial scheme: depth from discharge and rain, and a limiter that keeps it positive.

Compiled formulas on rows of cells, free of any grid's layout: one-dimensional arrays of equal length, one entry per
cell of a row, or per face on one side of these cells.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.constants import WALL
from core.hydraulics.jit import compiled, compiled_noalias

WITHIN = 1.0 - 2.0**-23  # a share of a float32 that is no more than that share once it is rounded


@compiled
def count_overdrawn(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
) -> int:
    """How many cells of a row would lose more in this step than they hold.

    depth: water depth, shape (cells,) [m], float64.
    left: unit discharge through the left faces, positive to the right, shape (cells,) [m2/s], float32.
    right: unit discharge through the right faces [m2/s].
    top: unit discharge through the upper faces, positive downwards [m2/s].
    bottom: unit discharge through the lower faces [m2/s].
    across: dt / dx [s/m].
    down: dt / dy [s/m].
    """
    count = 0
    for cell in range(depth.shape[0]):
        out_x = max(-left[cell], 0.0) + max(right[cell], 0.0)
        out_y = max(-top[cell], 0.0) + max(bottom[cell], 0.0)
        count += across * out_x + down * out_y > depth[cell]
    return count


@compiled
def limit_outflow(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
) -> None:
    """Scale the discharge out of each cell down to what the cell holds, in place: no depth becomes negative.

    Water leaves through a face from one cell alone, so that no face is scaled twice and the order does not matter. The
    arguments are those of `count_overdrawn`.
    """
    for cell in range(depth.shape[0]):
        out_x = max(-left[cell], 0.0) + max(right[cell], 0.0)
        out_y = max(-top[cell], 0.0) + max(bottom[cell], 0.0)
        out = across * out_x + down * out_y
        if out > depth[cell]:
            share = WITHIN * depth[cell] / out
            if left[cell] < 0.0:
                left[cell] *= share
            if right[cell] > 0.0:
                right[cell] *= share
            if top[cell] < 0.0:
                top[cell] *= share
            if bottom[cell] > 0.0:
                bottom[cell] *= share


@compiled_noalias
def update_depth(
    depth: np.ndarray,
    elevation: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: float,
    down: float,
    rain: float,
) -> None:
    """One step of the continuity equation: h += dt (q_left - q_right) / dx + dt (q_top - q_bottom) / dy + rain.

    The explicit continuity equation of Bates et al. (2010), with the rain of the step on cells that are no walls.

    depth: water depth h, shape (cells,) [m], float64, replaced.
    elevation: ground, shape (cells,) [m]; WALL takes no rain.
    left: unit discharge through the left faces, positive to the right, shape (cells,) [m2/s], float32.
    right: unit discharge through the right faces [m2/s].
    top: unit discharge through the upper faces, positive downwards [m2/s].
    bottom: unit discharge through the lower faces [m2/s].
    across: dt / dx [s/m].
    down: dt / dy [s/m].
    rain: rain that falls in the step [m].
    """
    for cell in range(depth.shape[0]):
        net_x = np.float64(left[cell]) - np.float64(right[cell])
        net_y = np.float64(top[cell]) - np.float64(bottom[cell])
        gained = across * net_x + down * net_y
        fallen = rain if elevation[cell] < WALL else 0.0
        depth[cell] = max(depth[cell] + gained + fallen, 0.0)  # the limiter leaves at most a rounding below zero


@compiled
def add_rain(depth: np.ndarray, elevation: np.ndarray, rain: float) -> None:
    """Add rain to the cells of a row that are no walls.

    depth: water depth, shape (cells,) [m], float64, changed in place.
    elevation: ground, shape (cells,) [m].
    rain: what fell [m].
    """
    for cell in range(depth.shape[0]):
        depth[cell] += rain if elevation[cell] < WALL else 0.0
