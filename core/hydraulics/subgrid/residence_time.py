"""How much water runs through coarse cells, its maxima, and for how long it stays there: compiled.

Residence time, a cell's volume by the flow through it, bounds a step: in a longer one the cell would be emptied and
filled, and levels swing.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import bits_of, compiled, compiled_noalias, inlined
from core.hydraulics.row_kernels import HALF, NEVER, ZERO, copy

MIN_THROUGHFLOW = np.float32(1e-30)  # keeps a division finite where nothing runs [m3/s]
BINS = 96  # of residence times, four to an octave: from 1 / 64 s to 3 days
LAST_BIN = np.float32(BINS - 1)
FIRST_BIN = (127 - 6) * 4  # the value of 1 / 64 s in a float32's exponent and the first two bits after it


@inlined
def throughflow_of_cell(
    left: np.float32, right: np.float32, top: np.float32, bottom: np.float32, dx: np.float32, dy: np.float32
) -> np.float32:
    """The flow through a cell, half of all that crosses its faces [m3/s].

    left, right, top, bottom: discharge through its faces [m2/s].
    dx, dy: size of a fine cell [m].
    """
    return np.float32(HALF * (dy * (abs(left) + abs(right)) + dx * (abs(top) + abs(bottom))))


@compiled_noalias
def record_maxima(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: np.float32,
    dy: np.float32,
    max_depth: np.ndarray,
    max_throughflow: np.ndarray,
    arrival: np.ndarray,
    now: np.float32,
    arrival_depth: np.float32,
) -> None:
    """Keep the greatest depth, the largest flow and the arrival time of each cell of a row.

    depth: above the cell's lowest ground, shape (cells,), float32 [m].
    left, right, top, bottom: discharge through the faces, shape (cells,) [m2/s].
    dx, dy: size of a fine cell [m].
    max_depth, max_throughflow, arrival: so far, shape (cells,), float32, replaced [m], [m3/s], [s].
    now: time of these depths [s].
    arrival_depth: the water has arrived from this depth on [m].
    """
    for cell in range(depth.shape[0]):
        max_depth[cell] = max(max_depth[cell], depth[cell])
        arrival[cell] = min(arrival[cell], now if depth[cell] >= arrival_depth else NEVER)
        throughflow = throughflow_of_cell(left[cell], right[cell], top[cell], bottom[cell], dx, dy)
        max_throughflow[cell] = max(max_throughflow[cell], throughflow)


@compiled_noalias
def find_residence_times(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: np.float32,
    dy: np.float32,
    throughflow: np.ndarray,
    time_bin: np.ndarray,
) -> None:
    """The flow through each cell of a row, and the bin of its residence time, volume by flow.

    volume: shape (cells,), float64 [m].
    left, right, top, bottom: discharge through the faces, shape (cells,) [m2/s].
    dx, dy: size of a fine cell [m].
    throughflow: the flow through each cell, shape (cells,), float32, replaced [m3/s].
    time_bin: number of the bin, 0 to BINS - 1, shape (cells,), float32, replaced.
    """
    copy(volume, time_bin)  # rounded by itself, so that what follows takes twice as many cells at a time
    for cell in range(volume.shape[0]):
        throughflow[cell] = throughflow_of_cell(left[cell], right[cell], top[cell], bottom[cell], dx, dy)
        seconds = time_bin[cell] * dx * dy / max(throughflow[cell], MIN_THROUGHFLOW)
        number = np.float32(np.int32(bits_of(seconds) >> np.int32(21)) - np.int32(FIRST_BIN))
        time_bin[cell] = min(max(number, ZERO), LAST_BIN)


@compiled
def add_to_histogram(throughflow: np.ndarray, time_bin: np.ndarray, histogram: np.ndarray) -> None:
    """Add the flow through each cell to the bin of its residence time.

    throughflow, time_bin: as `find_residence_times` has them.
    histogram: flow in each bin, shape (BINS,), float32, changed [m3/s].
    """
    for cell in range(throughflow.shape[0]):
        histogram[np.int64(time_bin[cell])] += throughflow[cell]


@compiled
def residence_of_fast_flow(histogram: np.ndarray, fast_flow_share: float) -> float:
    """The residence time that all but the fastest flow exceeds: the lower bound of a bin [s].

    histogram: flow in each bin, shape (BINS,) [m3/s]. Without any flow, the result is the longest time.
    fast_flow_share: share of all flow that may stay for a shorter time.
    """
    total = 0.0
    for index in range(BINS):
        total += histogram[index]
    passed, index = 0.0, 0
    while index < BINS - 1 and passed <= fast_flow_share * total:
        passed += histogram[index]
        index += 1
    octave, part = divmod(index - 1, 4)
    return float(2.0 ** (octave - 6) * (1.0 + 0.25 * part))
