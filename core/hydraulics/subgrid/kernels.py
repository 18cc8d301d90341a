"""The compiled formulas of the sub-grid scheme: pure functions of rows of numbers, as in `kernels`.

A coarse cell holds f x f cells of the terrain. What it stores is counted in metres of one fine cell: volume / (dx dy).
Discharge through a coarse face is the sum of the unit discharges of its f sub-faces [m2/s]. Volumes are float64, so
that no water is lost; depths (`coarse_storage`), counted from each cell's own lowest ground, and discharges are
float32, to be quick.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled_noalias, inlined
from core.hydraulics.row_kernels import FOUR, HALF, NEVER, ONE, TWO, ZERO, copy, inverse_cube_root

LEAST = np.float32(1e-6)  # keeps divisions finite where no sub-face is wet [m]
LEAST_SQUARE = np.float32(1e-12)
STEADY = np.float32(1.25)  # above 1, a cell's four faces together turn no difference of levels over
NEARLY = np.float32(1.0 - 4e-6)  # of what a cell holds may leave it, so that no rounding takes more


@compiled_noalias
def faces(
    flow: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    depth_a: np.ndarray,
    depth_b: np.ndarray,
    share_a: np.ndarray,
    share_b: np.ndarray,
    rise: np.ndarray,
    beds: np.ndarray,
    first: int,
    friction: np.ndarray,
    area: np.ndarray,
    square: np.ndarray,
    seconds: np.float32,
    push: np.float32,
    answer: np.float32,
    likeness: np.float32,
    threshold: np.float32,
) -> None:
    """One step of the momentum equation at coarse faces between a and b; positive flow runs from a to b.

    With h of each sub-face, A = sum h and B = sum h2, conveyance is A ** (1/3) B ** (2/3) / n: exact where the wet
    sub-faces are equally deep and within some hundredths of sum h ** (5/3) / n elsewhere, for one root instead of f.

    Where a step is so long that a face's flow would turn the very difference of levels that drives it, its change is
    slowed down, which leaves the steady state as it is: waves on deep water lag, floods hardly do.

    Two and three sub-faces, those of both modes, take one loop in place of four or five.

    flow: [m2/s], replaced; before, after: of the next faces along it, at the old time. rise: lowest ground of a above
    that of b [m]. beds: the higher ground beside each sub-face above the lowest of b, shape (f, faces of the row) [m];
    first: its column of the first face. friction: g n2. area, square: rooms to work in. push: g dt / distance. answer:
    dt / fine cell size [s/m]. likeness: how much the flow becomes like those beside it; a neighbour without flow has no
    say, as in the solver.
    """
    end, per_threshold, turning = first + flow.shape[0], ONE / threshold, TWO * STEADY * push * answer
    if beds.shape[0] == 3:
        bed_1, bed_2, bed_3 = beds[0, first:end], beds[1, first:end], beds[2, first:end]
        for face in range(flow.shape[0]):
            level = max(depth_a[face] + rise[face], depth_b[face])
            depth_1, depth_2 = max(level - bed_1[face], ZERO), max(level - bed_2[face], ZERO)
            depth_3 = max(level - bed_3[face], ZERO)
            flow[face] = _passed(
                LEAST + depth_1 + depth_2 + depth_3,
                LEAST_SQUARE + depth_1 * depth_1 + depth_2 * depth_2 + depth_3 * depth_3,
                flow[face], before[face], after[face], depth_a[face] + rise[face] - depth_b[face],
                max(share_a[face], share_b[face]), friction[face],
                seconds, push, turning, likeness, threshold, per_threshold,
            )  # fmt: skip
        return
    if beds.shape[0] == 2:
        bed_1, bed_2 = beds[0, first:end], beds[1, first:end]
        for face in range(flow.shape[0]):
            level = max(depth_a[face] + rise[face], depth_b[face])
            depth_1, depth_2 = max(level - bed_1[face], ZERO), max(level - bed_2[face], ZERO)
            flow[face] = _passed(
                LEAST + depth_1 + depth_2, LEAST_SQUARE + depth_1 * depth_1 + depth_2 * depth_2,
                flow[face], before[face], after[face], depth_a[face] + rise[face] - depth_b[face],
                max(share_a[face], share_b[face]), friction[face],
                seconds, push, turning, likeness, threshold, per_threshold,
            )  # fmt: skip
        return
    for face in range(flow.shape[0]):
        area[face] = LEAST
        square[face] = LEAST_SQUARE
    for part in range(beds.shape[0]):
        bed = beds[part, first:end]
        for face in range(flow.shape[0]):
            depth = max(max(depth_a[face] + rise[face], depth_b[face]) - bed[face], ZERO)
            area[face] += depth
            square[face] += depth * depth
    for face in range(flow.shape[0]):
        flow[face] = _passed(
            area[face], square[face], flow[face], before[face], after[face],
            depth_a[face] + rise[face] - depth_b[face], max(share_a[face], share_b[face]), friction[face],
            seconds, push, turning, likeness, threshold, per_threshold,
        )  # fmt: skip


@inlined
def _passed(
    area: np.float32,
    square: np.float32,
    flow: np.float32,
    before: np.float32,
    after: np.float32,
    fall: np.float32,
    share: np.float32,
    friction: np.float32,
    seconds: np.float32,
    push: np.float32,
    turning: np.float32,
    likeness: np.float32,
    threshold: np.float32,
    per_threshold: np.float32,
) -> np.float32:
    """The new flow through a face; area, square: sums of its sub-faces' depths and of their squares."""
    mean = square / area  # depth, weighted by itself
    root = inverse_cube_root(mean)
    slowed = max(ONE, turning * area * share)
    ahead = flow if after == ZERO else after
    behind = flow if before == ZERO else before
    own = flow + HALF * likeness * (ahead + behind)
    pushed = slowed * own + push * area * fall
    rough = seconds * friction * root / square
    linear = slowed * (ONE + likeness)
    moved = TWO * pushed / (linear + np.sqrt(linear * linear + FOUR * rough * abs(pushed)))
    made: np.float32 = moved * min(max((mean - threshold) * per_threshold, ZERO), ONE)
    return made


@compiled_noalias
def fill_cells(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    caught: np.ndarray,
    across: float,
    down: float,
    rain: float,
) -> None:
    """Continuity; caught: fine cells with data, on which `rain` [m] falls. across: dt / dx; down: dt / dy [s/m]."""
    for cell in range(volume.shape[0]):
        volume[cell] = filled(
            volume[cell], left[cell], right[cell], top[cell], bottom[cell], caught[cell], across, down, rain
        )


@inlined
def filled(
    volume: float,
    left: np.float32,
    right: np.float32,
    top: np.float32,
    bottom: np.float32,
    caught: np.float32,
    across: float,
    down: float,
    rain: float,
) -> float:
    """A cell's new volume; see `fill_cells`."""
    come = across * np.float64(left) + down * np.float64(top)
    gone = across * np.float64(right) + down * np.float64(bottom)
    return max(volume + (come - gone) + rain * np.float64(caught), 0.0)


@compiled_noalias
def count_overdrawn(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: np.float32,
    down: np.float32,
    held: np.ndarray,
) -> int:
    """How many cells would lose nearly all that they hold, or more; arguments as for `fill_cells`; held: a room."""
    copy(volume, held)  # rounded by itself, so that what follows takes twice as many cells at a time
    found = np.int32(0)
    for cell in range(volume.shape[0]):
        lost = leaving(left[cell], right[cell], top[cell], bottom[cell], across, down)
        found = np.int32(found + np.int32(lost > NEARLY * held[cell]))
    return int(found)


@inlined
def leaving(
    left: np.float32, right: np.float32, top: np.float32, bottom: np.float32, across: np.float32, down: np.float32
) -> np.float32:
    """What runs out of a cell [m]; arguments as for `fill_cells`."""
    return across * (max(-left, ZERO) + max(right, ZERO)) + down * (max(-top, ZERO) + max(bottom, ZERO))


@inlined
def through(
    left: np.float32, right: np.float32, top: np.float32, bottom: np.float32, dx: np.float32, dy: np.float32
) -> np.float32:
    """The flow through a cell, half of all that crosses its faces [m3/s]."""
    return np.float32(HALF * (dy * (abs(left) + abs(right)) + dx * (abs(top) + abs(bottom))))


@compiled_noalias
def record(
    depth: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: np.float32,
    dy: np.float32,
    highest: np.ndarray,
    strongest: np.ndarray,
    arrival: np.ndarray,
    now: np.float32,
    arrived: np.float32,
) -> None:
    """Keep the greatest depth [m], the largest flow through a cell [m3/s] and the first time [s] of `arrived` [m]."""
    for cell in range(depth.shape[0]):
        highest[cell] = max(highest[cell], depth[cell])
        arrival[cell] = min(arrival[cell], now if depth[cell] >= arrived else NEVER)
        strongest[cell] = max(strongest[cell], through(left[cell], right[cell], top[cell], bottom[cell], dx, dy))
