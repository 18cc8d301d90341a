"""For how long water stays in coarse cells, which says how long a step may be: compiled, as `coarse_kernels`."""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import bits_of, compiled, compiled_noalias
from core.hydraulics.row_kernels import ZERO, copy
from core.hydraulics.subgrid.kernels import through

LEAST_PASSING = np.float32(1e-30)  # keeps a division finite where nothing passes [m3/s]
BINS = 96  # of the times that water stays, four to an octave: from 1 / 64 s to 3 days
LAST_BIN = np.float32(BINS - 1)
FIRST_BIN = (127 - 6) * 4  # the place of 1 / 64 s in a float32's exponent and the first two bits after it


@compiled_noalias
def find_stays(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: np.float32,
    dy: np.float32,
    passing: np.ndarray,
    place: np.ndarray,
) -> None:
    """The flow through each cell [m3/s], and the bin of the time that its water stays there, volume by flow."""
    copy(volume, place)  # rounded by itself, so that what follows takes twice as many cells at a time
    for cell in range(volume.shape[0]):
        passing[cell] = through(left[cell], right[cell], top[cell], bottom[cell], dx, dy)
        stays = place[cell] * dx * dy / max(passing[cell], LEAST_PASSING)
        found = np.float32(np.int32(bits_of(stays) >> np.int32(21)) - np.int32(FIRST_BIN))
        place[cell] = min(max(found, ZERO), LAST_BIN)


@compiled
def tally_stays(passing: np.ndarray, place: np.ndarray, tally: np.ndarray) -> None:
    """Add the flow through each cell to its bin."""
    for cell in range(passing.shape[0]):
        tally[np.int64(place[cell])] += passing[cell]


@compiled
def quickest(tally: np.ndarray, hurried: float) -> float:
    """For how long water stays where it passes quickest [s]: of all flow a share of `hurried` stays shorter.

    The lower bound of a bin; of nothing, that of the last.
    """
    total = 0.0
    for place in range(BINS):
        total += tally[place]
    passed, place = 0.0, 0
    while place < BINS - 1 and passed <= hurried * total:
        passed += tally[place]
        place += 1
    octave, part = divmod(place - 1, 4)
    return float(2.0 ** (octave - 6) * (1.0 + 0.25 * part))
