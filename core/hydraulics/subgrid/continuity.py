"""Continuity in the cells of a row of the coarse grid: volumes, and what would leave them; compiled.

Pure functions of rows of numbers, free of any grid's layout. What a coarse cell holds is counted in metres on one fine
cell: volume / (dx dy). Volumes are float64, so that no water is lost; discharges are float32.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias, inlined
from core.hydraulics.row_kernels import ZERO, copy

MAX_OUTFLOW_SHARE = np.float32(1.0 - 4e-6)  # of what a cell holds may leave it, so that no rounding takes more


@compiled_noalias
def update_volumes(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    valid_cells: np.ndarray,
    across: float,
    down: float,
    rain: float,
) -> None:
    """Continuity: what came in less what went out, and the rain.

    volume: of each cell, shape (cells,), float64, replaced [m].
    left, right, top, bottom: discharge through the faces, positive to the right and down, shape (cells,) [m2/s].
    valid_cells: fine cells with data, on which rain falls, shape (cells,).
    across, down: dt / dx and dt / dy, of fine cells [s/m].
    rain: what falls in this step [m].
    """
    for cell in range(volume.shape[0]):
        volume[cell] = updated_volume(
            volume[cell], left[cell], right[cell], top[cell], bottom[cell], valid_cells[cell], across, down, rain
        )


@inlined
def updated_volume(
    volume: float,
    left: np.float32,
    right: np.float32,
    top: np.float32,
    bottom: np.float32,
    valid_cells: np.float32,
    across: float,
    down: float,
    rain: float,
) -> float:
    """The new volume of one cell [m]; arguments as for `update_volumes`."""
    inflow = across * np.float64(left) + down * np.float64(top)
    outflow = across * np.float64(right) + down * np.float64(bottom)
    return max(volume + (inflow - outflow) + rain * np.float64(valid_cells), 0.0)


@compiled_noalias
def count_overdrawn(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: np.float32,
    down: np.float32,
    rounded: np.ndarray,
) -> int:
    """How many cells would lose nearly all that they hold, or more, in a step.

    rounded: scratch for the volumes in single precision, shape (cells,), float32.
    Others: as for `update_volumes`.
    """
    copy(volume, rounded)  # rounded by itself, so that what follows takes twice as many cells at a time
    count = np.int32(0)
    for cell in range(volume.shape[0]):
        lost = outflow_of_cell(left[cell], right[cell], top[cell], bottom[cell], across, down)
        count = np.int32(count + np.int32(lost > MAX_OUTFLOW_SHARE * rounded[cell]))
    return int(count)


@inlined
def outflow_of_cell(
    left: np.float32, right: np.float32, top: np.float32, bottom: np.float32, across: np.float32, down: np.float32
) -> np.float32:
    """What runs out of a cell through all its faces in a step [m]; arguments as for `update_volumes`."""
    return across * (max(-left, ZERO) + max(right, ZERO)) + down * (max(-top, ZERO) + max(bottom, ZERO))
