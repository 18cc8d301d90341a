"""Depth over time in the physics' proportions, and arrival where the corrected water comes to stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hydraulics.jit import compiled
from core.hydraulics.subgrid.results import ARRIVAL_DEPTH
from core.systems.flood.physics import Physics

NEAR = 5  # side of the square whose water tells when a newly wet cell got its own [cells]
HALF = NEAR // 2
FILM = 3.0  # factor by which a film's depth may be changed to keep the water's volume
BELOW = np.float32(0.0499)  # what counts as a film: less than a depth at which water has arrived [m]
FAINT = 0.01  # depth of the physics below which the time of a cell is its surroundings' [m]


@dataclass(frozen=True)
class Corrected:
    """float32, shape (rows, cols), NaN for no data: greatest depth, its 80 % interval [m], arrival [s].

    moments: depth at lead times, shape (times, rows, cols) [m].
    """

    max_depth: np.ndarray
    low: np.ndarray
    high: np.ndarray
    arrival: np.ndarray
    moments: np.ndarray


def over_time(physics: Physics, max_depth: np.ndarray, low: np.ndarray, high: np.ndarray) -> Corrected:
    """What a corrected greatest depth and its interval say about the lead times; float32 of shape (rows, cols) [m].

    All that is given is changed in place, the physics' moments too: twice as many of them would be gigabytes.
    """
    around = _around(physics.max_depth)
    for depth, misplaced in zip(physics.moments, physics.misplaced, strict=True):
        here = _share(depth, physics.max_depth, around, max_depth)
        _balanced(depth, here / (1.0 + misplaced))
        np.fmax(max_depth, depth, out=max_depth)
    np.fmin(low, max_depth, out=low)
    np.fmax(high, max_depth, out=high)
    return Corrected(max_depth, low, high, _arrival(physics.arrival, max_depth), physics.moments)


def _around(depth: np.ndarray) -> np.ndarray:
    """Mean depth in the square of NEAR cells a side about each, no data being dry."""
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(np.nan_to_num(depth), NEAR, mode="nearest"))


def _share(depth: np.ndarray, before: np.ndarray, around: np.ndarray, max_depth: np.ndarray) -> float:
    """Replace the physics' depth at a time by the share of `max_depth` that it is of its greatest, `before`.

    Where that is FAINT, the share is that of its surroundings, of which `around` is the greatest. Returns what the
    depth held, summed over all cells [m].
    """
    cols = depth.shape[1]
    ring, columns = np.empty((NEAR, cols), np.float32), np.empty(cols + 2 * HALF)
    return float(_take_share(depth, before, around, max_depth, ring, columns))


@compiled
def _remember(depth: np.ndarray, row: int, ring: np.ndarray) -> None:
    """Put a row into its place in the ring, no data as dry; of rows off the grid nothing."""
    for col in range(depth.shape[1] if row < depth.shape[0] else 0):
        ring[row % NEAR, col] = depth[row, col] if depth[row, col] > 0.0 else np.float32(0.0)


@compiled
def _add_up(ring: np.ndarray, row: int, rows: int, columns: np.ndarray) -> None:
    """Sums of each column over the ring's rows about a row; those at the rim count again beyond it."""
    cols = ring.shape[1]
    for col in range(cols):
        total = 0.0
        for near in range(row - HALF, row + HALF + 1):
            total += ring[min(max(near, 0), rows - 1) % NEAR, col]
        columns[col + HALF] = total
    for rim in range(HALF):
        columns[rim], columns[cols + HALF + rim] = columns[HALF], columns[cols + HALF - 1]


@compiled
def _take_share(
    depth: np.ndarray,
    before: np.ndarray,
    around: np.ndarray,
    max_depth: np.ndarray,
    ring: np.ndarray,
    columns: np.ndarray,
) -> float:
    """See `_share`. ring: the rows about the present one as they were, row r at r % NEAR; columns: their sums."""
    rows, cols = depth.shape
    held = 0.0
    for row in range(HALF):
        _remember(depth, row, ring)
    for row in range(rows):
        _remember(depth, row + HALF, ring)
        _add_up(ring, row, rows, columns)
        for col in range(cols):
            here, own = ring[row % NEAR, col], before[row, col]
            held += here
            if own >= FAINT:
                share = here / own
            else:
                total = 0.0
                for near in range(col, col + NEAR):
                    total += columns[near]
                share = total / NEAR**2 / max(around[row, col], 1e-6)
            depth[row, col] = min(share, 1.0) * max_depth[row, col]
    return held


def _balanced(depth: np.ndarray, held: float) -> None:
    """Make films thicker or thinner, so that all cells together hold `held` [m], as far as they can.

    What stands deeper stays as the network says; of a film a factor of FILM is within what it is known to.
    """
    there, thin = _contents(depth)
    if thin > 0.0:
        _thicken(depth, float(np.clip(1.0 + (held - there) / thin, 1.0 / FILM, FILM)))


@compiled
def _contents(depth: np.ndarray) -> tuple[float, float]:
    """What all cells hold, and what the films among them hold [m]."""
    there, thin = 0.0, 0.0
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            deep = depth[row, col]
            if deep > 0.0:  # which NaN is not
                there += deep
                if deep < BELOW:
                    thin += deep
    return there, thin


@compiled
def _thicken(depth: np.ndarray, factor: float) -> None:
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            deep = depth[row, col]
            if 0.0 < deep < BELOW:
                depth[row, col] = min(np.float32(deep * factor), BELOW)


def _arrival(known: np.ndarray, max_depth: np.ndarray) -> np.ndarray:
    """The physics' arrival where the corrected water comes; where theirs never came, that of the nearest cell."""
    from scipy.ndimage import distance_transform_edt

    never, wet = np.isnan(known), max_depth >= ARRIVAL_DEPTH
    arrival = np.where(wet, known, np.float32(np.nan))
    new = wet & never
    if new.any() and not never.all():
        rows, cols = distance_transform_edt(never, return_distances=False, return_indices=True)
        arrival[new] = known[rows[new], cols[new]]
    return arrival
