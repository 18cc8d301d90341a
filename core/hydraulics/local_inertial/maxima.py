"""Greatest depth, greatest speed and arrival time of the cells of a row: compiled."""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias
from core.hydraulics.row_kernels import HALF, NEVER, ZERO


@compiled_noalias
def record_maxima(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    max_depth: np.ndarray,
    arrival: np.ndarray,
    max_speed: np.ndarray,
    now: np.float32,
    arrival_depth: float,
) -> None:
    """Update the greatest depth, the arrival time and the greatest speed of each cell.

    Speed is the mean unit discharge of opposite faces by the depth, in cells where the water has arrived.

    depth: water depth, shape (cells,) [m], float64.
    left: unit discharge through the left faces, positive to the right, shape (cells,) [m2/s], float32.
    right: unit discharge through the right faces [m2/s].
    top: unit discharge through the upper faces, positive downwards [m2/s].
    bottom: unit discharge through the lower faces [m2/s].
    max_depth: greatest depth so far, shape (cells,) [m], float32, changed in place.
    arrival: first time of a depth of `arrival_depth`, infinite for never [s], float32, changed in place.
    max_speed: greatest speed so far, shape (cells,) [m/s], float32, changed in place.
    now: simulated time [s].
    arrival_depth: depth from which on the water has arrived [m].
    """
    for cell in range(depth.shape[0]):
        max_depth[cell] = max(max_depth[cell], np.float32(depth[cell]))
        arrived = depth[cell] >= arrival_depth
        arrival[cell] = min(arrival[cell], now if arrived else NEVER)
        east, south = HALF * (left[cell] + right[cell]), HALF * (top[cell] + bottom[cell])
        speed = np.sqrt(east * east + south * south) / np.float32(max(depth[cell], arrival_depth))
        max_speed[cell] = max(max_speed[cell], speed if arrived else ZERO)
