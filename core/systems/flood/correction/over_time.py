"""Depth over time in the physics' proportions, and arrival where the corrected water comes to stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hydraulics.hazard import WET
from core.hydraulics.jit import compiled
from core.systems.flood.correction.arrival_interval import ArrivalSpread
from core.systems.flood.physics import Physics

WINDOW_SIDE = 5  # of the square whose water tells when a newly wet cell got its own [cells]
HALF_WINDOW = WINDOW_SIDE // 2
MAX_THINNING = 3.0  # factor by which the depth of thin flow may be changed to keep the water's volume
MAX_THIN = np.float32(WET - 1e-4)  # depth of thin flow: less than a depth at which water has arrived [m]
MIN_DEPTH = 0.01  # of the physics, below which the time of a cell is its surroundings' [m]


@dataclass(frozen=True)
class CorrectedFlood:
    """What the network makes of the physics' forecast; float32, NaN for no data.

    max_depth: greatest depth, shape (rows, cols) [m].
    low, high: its 80 % interval, shape (rows, cols) [m].
    arrival: first time with 0.05 m, NaN for never, shape (rows, cols) [s].
    moments: depth at the lead times, shape (times, rows, cols) [m].
    arrival_spread: how far arrivals may be off; None where the version does not know it.
    """

    max_depth: np.ndarray
    low: np.ndarray
    high: np.ndarray
    arrival: np.ndarray
    moments: np.ndarray
    arrival_spread: ArrivalSpread | None = None


def correct_over_time(physics: Physics, max_depth: np.ndarray, low: np.ndarray, high: np.ndarray) -> CorrectedFlood:
    """What a corrected greatest depth and its interval say about the lead times.

    physics: the forecast without the network.
    max_depth: corrected greatest depth, float32 of shape (rows, cols) [m].
    low, high: its 80 % interval, likewise [m].

    All arrays are changed in place, the physics' moments too: twice as many of them would be gigabytes.
    """
    max_around = _mean_around(physics.max_depth)
    for depth, misplaced in zip(physics.moments, physics.misplaced, strict=True):
        volume = _scale_to_maximum(depth, physics.max_depth, max_around, max_depth)
        _restore_volume(depth, volume / (1.0 + misplaced))
        np.fmax(max_depth, depth, out=max_depth)
    np.fmin(low, max_depth, out=low)
    np.fmax(high, max_depth, out=high)
    return CorrectedFlood(max_depth, low, high, _arrival(physics.arrival, max_depth), physics.moments)


def _mean_around(depth: np.ndarray) -> np.ndarray:
    """Mean depth in the square of WINDOW_SIDE cells about each, no data being dry; shape (rows, cols) [m]."""
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(np.nan_to_num(depth), WINDOW_SIDE, mode="nearest"))


def _scale_to_maximum(
    depth: np.ndarray, physics_max: np.ndarray, max_around: np.ndarray, max_depth: np.ndarray
) -> float:
    """Replace depth at one time by the share of the corrected maximum that it is of the physics' maximum.

    depth: of the physics at one time, shape (rows, cols) [m]; changed in place.
    physics_max: its greatest depth [m]; where that is below MIN_DEPTH, the share is that of the surroundings.
    max_around: mean of the greatest depth in the surroundings [m].
    max_depth: corrected greatest depth [m].

    Returns what `depth` held before, summed over all cells [m].
    """
    cols = depth.shape[1]
    ring, columns = np.empty((WINDOW_SIDE, cols), np.float32), np.empty(cols + 2 * HALF_WINDOW)
    return float(_scale_cells(depth, physics_max, max_around, max_depth, ring, columns))


@compiled
def _fill_ring(depth: np.ndarray, row: int, ring: np.ndarray) -> None:
    """Copy a row into its place in the ring, no data as dry; rows off the grid are left out."""
    for col in range(depth.shape[1] if row < depth.shape[0] else 0):
        ring[row % WINDOW_SIDE, col] = depth[row, col] if depth[row, col] > 0.0 else np.float32(0.0)


@compiled
def _sum_columns(ring: np.ndarray, row: int, rows: int, columns: np.ndarray) -> None:
    """Sum each column over the ring's rows about a row; the rows and columns at the rim are repeated beyond it."""
    cols = ring.shape[1]
    for col in range(cols):
        total = 0.0
        for near in range(row - HALF_WINDOW, row + HALF_WINDOW + 1):
            total += ring[min(max(near, 0), rows - 1) % WINDOW_SIDE, col]
        columns[col + HALF_WINDOW] = total
    for rim in range(HALF_WINDOW):
        columns[rim], columns[cols + HALF_WINDOW + rim] = columns[HALF_WINDOW], columns[cols + HALF_WINDOW - 1]


@compiled
def _scale_cells(
    depth: np.ndarray,
    physics_max: np.ndarray,
    max_around: np.ndarray,
    max_depth: np.ndarray,
    ring: np.ndarray,
    columns: np.ndarray,
) -> float:
    """The loop of `_scale_to_maximum`; arrays as there.

    ring: scratch, shape (WINDOW_SIDE, cols): rows about the present one as they were, row r at r % WINDOW_SIDE [m].
    columns: scratch, shape (cols + 2 HALF_WINDOW,): sums of the ring's columns [m].
    """
    rows, cols = depth.shape
    held = 0.0
    for row in range(HALF_WINDOW):
        _fill_ring(depth, row, ring)
    for row in range(rows):
        _fill_ring(depth, row + HALF_WINDOW, ring)
        _sum_columns(ring, row, rows, columns)
        for col in range(cols):
            before, own = ring[row % WINDOW_SIDE, col], physics_max[row, col]
            held += before
            if own >= MIN_DEPTH:
                share = before / own
            else:
                total = 0.0
                for near in range(col, col + WINDOW_SIDE):
                    total += columns[near]
                share = total / WINDOW_SIDE**2 / max(max_around[row, col], 1e-6)
            depth[row, col] = min(share, 1.0) * max_depth[row, col]
    return held


def _restore_volume(depth: np.ndarray, volume: float) -> None:
    """Make thin flow deeper or shallower, so that all cells together hold a volume, as far as they can.

    depth: shape (rows, cols) [m]; changed in place.
    volume: what all cells are to hold, as depths summed [m].

    What stands deeper stays as the network says; of thin flow a factor of MAX_THINNING is within its uncertainty.
    """
    total, thin = _sum_depths(depth)
    if thin > 0.0:
        _scale_thin_flow(depth, float(np.clip(1.0 + (volume - total) / thin, 1.0 / MAX_THINNING, MAX_THINNING)))


@compiled
def _sum_depths(depth: np.ndarray) -> tuple[float, float]:
    """The depths of all cells, and of those with thin flow among them, summed [m]."""
    total, thin = 0.0, 0.0
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            deep = depth[row, col]
            if deep > 0.0:  # which NaN is not
                total += deep
                if deep < MAX_THIN:
                    thin += deep
    return total, thin


@compiled
def _scale_thin_flow(depth: np.ndarray, factor: float) -> None:
    """Multiply the depth of thin flow by a factor, up to MAX_THIN; shape (rows, cols) [m]."""
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            deep = depth[row, col]
            if 0.0 < deep < MAX_THIN:
                depth[row, col] = min(np.float32(deep * factor), MAX_THIN)


def _arrival(physics_arrival: np.ndarray, max_depth: np.ndarray) -> np.ndarray:
    """The physics' arrival where the corrected water comes; where theirs never came, that of the nearest cell.

    physics_arrival: NaN for never, shape (rows, cols) [s].
    max_depth: corrected greatest depth, shape (rows, cols) [m].
    """
    from scipy.ndimage import distance_transform_edt

    never, wet = np.isnan(physics_arrival), max_depth >= WET
    arrival = np.where(wet, physics_arrival, np.float32(np.nan))
    new = wet & never
    if new.any() and not never.all():
        rows, cols = distance_transform_edt(never, return_distances=False, return_indices=True)
        arrival[new] = physics_arrival[rows[new], cols[new]]
    return arrival
