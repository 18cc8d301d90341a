"""The local inertial scheme as a plain compiled loop over all cells, as one writes it first.

Bates et al. (2010), with the q-centred discharge of de Almeida et al. (2012), theta = 0.8.
"""

from __future__ import annotations

import time
from typing import Any

import numba
import numpy as np

GRAVITY = 9.80665


def run(
    ground: np.ndarray, width: float, manning: float, seconds: float, rain: float, inflow: np.ndarray
) -> dict[str, Any]:
    """Solve between closed edges.

    ground: elevation, shape (rows, cols) [m].
    width: of a cell [m].
    manning: Manning's n [s m-1/3].
    seconds: when the solution ends [s].
    rain: everywhere [m/s].
    inflow: per area of each cell, shape (rows, cols) [m/s].

    Returns processor `seconds`, `steps`, and final `depth`, shape (rows, cols) [m].
    """
    _steps(ground, width, manning, 1e-9, rain, inflow)  # compiles
    started = time.process_time()
    depth, steps = _steps(ground, width, manning, seconds, rain, inflow)
    return {"seconds": time.process_time() - started, "steps": steps, "depth": depth}


@numba.njit(cache=True)
def _steps(
    ground: np.ndarray, width: float, manning: float, seconds: float, rain: float, inflow: np.ndarray
) -> tuple[np.ndarray, int]:
    rows, cols = ground.shape
    depth = np.zeros((rows, cols))
    east, south = np.zeros((rows, cols + 1)), np.zeros((rows + 1, cols))
    old_east, old_south = east.copy(), south.copy()
    now, steps = 0.0, 0
    while now < seconds:
        step = min(0.6 * width / np.sqrt(GRAVITY * max(depth.max(), 0.05)), seconds - now)
        old_east[:], old_south[:] = east, south
        for row in range(rows):
            for col in range(1, cols):
                east[row, col] = _discharge(
                    old_east[row, col], old_east[row, col - 1], old_east[row, col + 1], depth[row, col - 1],
                    depth[row, col], ground[row, col - 1], ground[row, col], width, manning, step,
                )  # fmt: skip
        for row in range(1, rows):
            for col in range(cols):
                south[row, col] = _discharge(
                    old_south[row, col], old_south[row - 1, col], old_south[row + 1, col], depth[row - 1, col],
                    depth[row, col], ground[row - 1, col], ground[row, col], width, manning, step,
                )  # fmt: skip
        for row in range(rows):
            for col in range(cols):
                moved = east[row, col] - east[row, col + 1] + south[row, col] - south[row + 1, col]
                depth[row, col] = max(depth[row, col] + step * (moved / width + rain + inflow[row, col]), 0.0)
        now += step
        steps += 1
    return depth, steps


@numba.njit(cache=True)
def _discharge(
    flow: float, before: float, after: float, depth_a: float, depth_b: float, ground_a: float, ground_b: float,
    width: float, manning: float, step: float,
) -> float:  # fmt: skip
    level_a, level_b = ground_a + depth_a, ground_b + depth_b
    depth = max(level_a, level_b) - max(ground_a, ground_b)
    if depth <= 0.001:
        return 0.0
    driven = 0.8 * flow + 0.1 * (before + after) + GRAVITY * depth * step * (level_a - level_b) / width
    return driven / (1.0 + GRAVITY * step * manning**2 * abs(flow) / depth ** (7.0 / 3.0))
