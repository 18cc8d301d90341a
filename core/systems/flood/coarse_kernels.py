"""The compiled formulas of the sub-grid scheme: pure functions of rows of numbers, as in `kernels`.

A coarse cell holds f x f cells of the terrain. What it stores is counted in metres of one fine cell: volume / (dx dy).
Discharge through a coarse face is the sum of the unit discharges of its f sub-faces [m2/s]. Volumes are float64, so
that no water is lost; depths, counted from each cell's own lowest ground, and discharges are float32, to be quick.
"""

from __future__ import annotations

import numpy as np

from core.systems.flood.compiling import bits_of, compiled
from core.systems.flood.kernels import FOUR, NEVER, NONE, ONE, TWO, inverse_cube_root

LEAST = np.float32(1e-6)  # keeps divisions finite where no sub-face is wet [m]
LEAST_SQUARE = np.float32(1e-12)
STEADY = np.float32(1.25)  # above 1, a cell's four faces together turn no difference of levels over
HALF = np.float32(0.5)
NEARLY = np.float32(1.0 - 4e-6)  # of what a cell holds may leave it, so that no rounding takes more
BINS = 96  # of the times that water stays, four to an octave: from 1 / 64 s to 3 days
FIRST_BIN = (127 - 6) * 4  # the place of 1 / 64 s in a float32's exponent and the first two bits after it


@compiled
def depths(
    volume: np.ndarray,
    kept: np.ndarray,
    film: np.ndarray,
    curve: np.ndarray,
    shares: np.ndarray,
    room: np.ndarray,
    depth: np.ndarray,
    share: np.ndarray,
) -> None:
    """How deep a cell's volume stands above its lowest ground, and how far it rises per volume.

    Of the volume, the share 1 - `kept` is a film on the slopes and stands nowhere, up to `film` [m].

    Over the k lowest fine cells it would stand at (volume + their elevations) / k; the least over all k is the one at
    which just these are wet.

    volume [m], depth [m] and share: shape (cells,). curve: mean elevation of the k lowest above the lowest, shape
    (terms, cells) [m], zero for k = 1. shares: 1 / k, shape (terms,).
    """
    for cell in range(volume.shape[0]):
        held = np.float32(volume[cell])
        room[cell] = max(held * kept[cell], held - film[cell])
        depth[cell] = room[cell]
        share[cell] = ONE
    for term in range(1, shares.shape[0]):
        part = shares[term]
        for cell in range(volume.shape[0]):
            stands = room[cell] * part + curve[term, cell]
            share[cell] = part if stands < depth[cell] else share[cell]
            depth[cell] = min(depth[cell], stands)


@compiled
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
    friction: np.ndarray,
    area: np.ndarray,
    square: np.ndarray,
    highest: np.ndarray,
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

    flow: [m2/s], replaced; before, after: of the next faces along it, at the old time. rise: lowest ground of a above
    that of b [m]. beds: the higher ground beside each sub-face above the lowest of b, shape (f, faces) [m]. friction:
    g n2. area, square, highest: rooms to work in. push: g dt / distance. answer: dt / fine cell size [s/m]. likeness:
    how much the flow becomes like those beside it; a neighbour without flow has no say, as in the solver.
    """
    for face in range(flow.shape[0]):
        highest[face] = max(depth_a[face] + rise[face], depth_b[face])
        area[face] = LEAST
        square[face] = LEAST_SQUARE
    for part in range(beds.shape[0]):
        for face in range(flow.shape[0]):
            depth = max(highest[face] - beds[part, face], NONE)
            area[face] += depth
            square[face] += depth * depth
    per_threshold, turning = ONE / threshold, TWO * STEADY * push * answer
    for face in range(flow.shape[0]):
        mean = square[face] / area[face]  # depth, weighted by itself
        root = inverse_cube_root(mean)
        slowed = max(ONE, turning * area[face] * max(share_a[face], share_b[face]))
        ahead = flow[face] if after[face] == NONE else after[face]
        behind = flow[face] if before[face] == NONE else before[face]
        own = flow[face] + HALF * likeness * (ahead + behind)
        pushed = slowed * own + push * area[face] * (depth_a[face] + rise[face] - depth_b[face])
        rough = seconds * friction[face] * root / square[face]
        linear = slowed * (ONE + likeness)
        moved = TWO * pushed / (linear + np.sqrt(linear * linear + FOUR * rough * abs(pushed)))
        flow[face] = moved * min(max((mean - threshold) * per_threshold, NONE), ONE)


@compiled
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
        come = across * np.float64(left[cell]) + down * np.float64(top[cell])
        gone = across * np.float64(right[cell]) + down * np.float64(bottom[cell])
        volume[cell] = max(volume[cell] + (come - gone) + rain * np.float64(caught[cell]), 0.0)


@compiled
def count_overdrawn(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    across: np.float32,
    down: np.float32,
) -> int:
    """How many cells would lose nearly all that they hold, or more; arguments as for `fill_cells`."""
    found = 0
    for cell in range(volume.shape[0]):
        out_x = max(-left[cell], NONE) + max(right[cell], NONE)
        out_y = max(-top[cell], NONE) + max(bottom[cell], NONE)
        found += across * out_x + down * out_y > NEARLY * np.float32(volume[cell])
    return found


@compiled
def through(
    left: np.float32, right: np.float32, top: np.float32, bottom: np.float32, dx: np.float32, dy: np.float32
) -> np.float32:
    """The flow through a cell, half of all that crosses its faces [m3/s]."""
    return np.float32(HALF * (dy * (abs(left) + abs(right)) + dx * (abs(top) + abs(bottom))))


@compiled
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


@compiled
def tally_stays(
    volume: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: np.float32,
    dy: np.float32,
    tally: np.ndarray,
) -> None:
    """Add the flow through each cell [m3/s] to the bin of the time that its water stays there, volume by flow."""
    for cell in range(volume.shape[0]):
        passing = through(left[cell], right[cell], top[cell], bottom[cell], dx, dy)
        if passing > NONE:
            stays = np.float32(volume[cell]) * dx * dy / passing
            tally[min(max((bits_of(stays) >> 21) - FIRST_BIN, 0), BINS - 1)] += passing


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
