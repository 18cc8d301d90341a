"""The compiled formulas of the sub-grid scheme: pure functions of rows of numbers, as in `kernels`.

A coarse cell holds f x f cells of the terrain. What it stores is counted in metres of one fine cell: volume / (dx dy).
Discharge through a coarse face is the sum of the unit discharges of its f sub-faces [m2/s].
"""

from __future__ import annotations

import numpy as np

from core.systems.flood.compiling import compiled
from core.systems.flood.kernels import inverse_cube_root

LEAST = 1e-6  # keeps divisions finite where no sub-face is wet [m]
THETA = 0.8  # weight of a face's own discharge against its neighbours', as in solver.Options
STEADY = 1.25  # above 1, a cell's four faces together turn no difference of levels over


@compiled
def levels(
    volume: np.ndarray,
    kept: np.ndarray,
    film: np.ndarray,
    curve: np.ndarray,
    shares: np.ndarray,
    room: np.ndarray,
    level: np.ndarray,
    share: np.ndarray,
) -> None:
    """The level at which a cell's volume stands, and how far it rises per volume.

    Of the volume, the share 1 - `kept` is a film on the slopes and stands nowhere, up to `film` [m].

    Over the k lowest fine cells it would stand at (volume + their elevations) / k; the least over all k is the one at
    which just these are wet.

    volume [m], level [m] and share: shape (cells,). curve: mean elevation of the k lowest, shape (terms, cells) [m].
    shares: 1 / k, shape (terms,).
    """
    for cell in range(volume.shape[0]):
        room[cell] = max(volume[cell] * kept[cell], volume[cell] - film[cell])
        level[cell] = room[cell] * shares[0] + curve[0, cell]
        share[cell] = shares[0]
    for term in range(1, shares.shape[0]):
        part = shares[term]
        for cell in range(volume.shape[0]):
            stands = room[cell] * part + curve[term, cell]
            share[cell] = part if stands < level[cell] else share[cell]
            level[cell] = min(level[cell], stands)


@compiled
def faces(
    flow: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    level_a: np.ndarray,
    level_b: np.ndarray,
    share_a: np.ndarray,
    share_b: np.ndarray,
    beds: np.ndarray,
    friction: np.ndarray,
    area: np.ndarray,
    square: np.ndarray,
    highest: np.ndarray,
    seconds: float,
    push: float,
    answer: float,
    threshold: float,
) -> None:
    """One step of the momentum equation at coarse faces between a and b; positive flow runs from a to b.

    With h of each sub-face, A = sum h and B = sum h2, conveyance is A ** (1/3) B ** (2/3) / n: exact where the wet
    sub-faces are equally deep and within some hundredths of sum h ** (5/3) / n elsewhere, for one root instead of f.

    Where a step is so long that a face's flow would turn the very difference of levels that drives it, its change is
    slowed down, which leaves the steady state as it is: waves on deep water lag, floods hardly do.

    flow: [m2/s], replaced; before, after: of the next faces along it, at the old time. beds: the higher ground
    beside each sub-face, shape (f, faces) [m]. friction: g n2.
    area, square, highest: rooms to work in. push: g dt / distance. answer: dt / fine cell size [s/m].
    """
    for face in range(flow.shape[0]):
        highest[face] = max(level_a[face], level_b[face])
        area[face] = LEAST
        square[face] = LEAST * LEAST
    for part in range(beds.shape[0]):
        for face in range(flow.shape[0]):
            depth = max(highest[face] - beds[part, face], 0.0)
            area[face] += depth
            square[face] += depth * depth
    per_threshold = 1.0 / threshold
    for face in range(flow.shape[0]):
        mean = square[face] / area[face]  # depth, weighted by itself
        root = inverse_cube_root(np.float32(mean))
        turned = 2.0 * push * answer * area[face] * max(share_a[face], share_b[face])
        slowed = max(1.0, STEADY * turned)
        ahead = flow[face] if after[face] == 0.0 else after[face]
        behind = flow[face] if before[face] == 0.0 else before[face]
        own = THETA * flow[face] + 0.5 * (1.0 - THETA) * (ahead + behind)
        pushed = slowed * own + push * area[face] * (level_a[face] - level_b[face])
        rough = seconds * friction[face] * root / square[face]
        moved = 2.0 * pushed / (slowed + np.sqrt(slowed * slowed + 4.0 * rough * abs(pushed)))
        flow[face] = moved * min(max((mean - threshold) * per_threshold, 0.0), 1.0)


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
        moved = across * (left[cell] - right[cell]) + down * (top[cell] - bottom[cell])
        volume[cell] = max(volume[cell] + moved + rain * caught[cell], 0.0)


@compiled
def through(left: float, right: float, top: float, bottom: float, dx: float, dy: float) -> float:
    """The flow through a cell, half of all that crosses its faces [m3/s]."""
    return 0.5 * (dy * (abs(left) + abs(right)) + dx * (abs(top) + abs(bottom)))


@compiled
def record(
    level: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    dx: float,
    dy: float,
    highest: np.ndarray,
    strongest: np.ndarray,
) -> None:
    """Keep the highest level [m] and the largest flow through a cell [m3/s]."""
    for cell in range(level.shape[0]):
        highest[cell] = max(highest[cell], level[cell])
        strongest[cell] = max(strongest[cell], through(left[cell], right[cell], top[cell], bottom[cell], dx, dy))


@compiled
def wet_range(level: np.ndarray, lowest: np.ndarray, threshold: float) -> tuple[int, int, float]:
    """The first wet place, the one after the last (0, 0 if none is), and the largest depth [m]."""
    deepest = 0.0
    for cell in range(level.shape[0]):
        deepest = max(deepest, level[cell] - lowest[cell])
    if deepest <= threshold:
        return 0, 0, deepest
    first, last = 0, level.shape[0] - 1
    while level[first] - lowest[first] <= threshold:
        first += 1
    while level[last] - lowest[last] <= threshold:
        last -= 1
    return first, last + 1, deepest
