"""A step of the sub-grid scheme over the wet range of each row, and as many as asked for, within machine code.

Arrays of the coarse grid have a rim of wall, one cell wide. Rows are taken from top to bottom in one go, as in `sweep`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.systems.flood import coarse_kernels, kernels
from core.systems.flood.compiling import compiled
from core.systems.flood.exchange import volume_between
from core.systems.flood.kernels import GRAVITY
from core.systems.flood.state import INFLOW, OUTFLOW, RAIN, STEPS, TIME, Series
from core.systems.flood.sweep import LEAST_DEPTH

SAFE = 0.6  # courant of which no step need be shorter, as solver.Options has it
BINS, SECOND, PER_OCTAVE = 96, 24, 4  # of the times that water stays: from 1 / 64 s to 3 days; the place of 1 s


class Basins(NamedTuple):
    """Coarse ground; shape (rows + 2, cols + 2), with a rim.

    curve: mean elevation of the k lowest fine cells, shape (terms, ...) [m]; shares: 1 / k. kept, film: see
    coarse_kernels.levels. beds_x, beds_y: higher
    ground beside each sub-face of the left and of the upper face, shape (f, ...) [m]; friction_x, friction_y: g n2 of
    the face. caught: number of fine cells with data. dx, dy: of a fine cell [m]. Outlets and inlets: see state.Ground;
    outlet_bed: ground of the fine cell that lets out [m].
    """

    curve: np.ndarray
    shares: np.ndarray
    kept: np.ndarray
    film: np.ndarray
    beds_x: np.ndarray
    beds_y: np.ndarray
    friction_x: np.ndarray
    friction_y: np.ndarray
    caught: np.ndarray
    dx: float
    dy: float
    outlets: np.ndarray
    outlet_bed: np.ndarray
    outlet_normal: np.ndarray
    outlet_critical: np.ndarray
    inlets: np.ndarray
    inlet_share: np.ndarray


class Pools(NamedTuple):
    """What a step changes. volume, level, highest [m], flow_x, flow_y [m2/s], strongest [m3/s]: shape with a rim.

    share: level gained per volume. ranges: awake columns from, to, of each row. rooms: to work in. clock: see state.
    stays: for how long water stays in the cells that it passes quickest, shape (1,) [s]. tally: see _find_stay.
    """

    volume: np.ndarray
    level: np.ndarray
    share: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    highest: np.ndarray
    strongest: np.ndarray
    ranges: np.ndarray
    wet: np.ndarray
    rooms: np.ndarray
    leaving: np.ndarray
    clock: np.ndarray
    stays: np.ndarray
    tally: np.ndarray


class Pace(NamedTuple):
    """The numbers that the scheme is steered by; see `coarse.Options`."""

    courant: float
    threshold: float
    longest_step: float
    steps_per_record: int
    turnover: float
    hurried: float


@compiled
def advance(ground: Basins, series: Series, pools: Pools, pace: Pace, until: float, most_steps: int) -> None:
    """Step until the clock shows `until` [s], or `most_steps` were taken."""
    clock = pools.clock
    narrowest = min(ground.dx, ground.dy) * ground.beds_x.shape[0]
    for _ in range(most_steps):
        if clock[TIME] >= until:
            break
        depth = max(_find_wet(ground, pools, pace), LEAST_DEPTH)
        crossing = narrowest / np.sqrt(GRAVITY * depth)
        seconds = min(pace.courant * crossing, max(pace.turnover * pools.stays[0], SAFE * crossing), pace.longest_step)
        # Equal steps up to the stop: a short one between long ones would set water swinging.
        left = np.ceil((until - clock[TIME]) / seconds - 1e-9)
        end = until if left <= 1.0 else clock[TIME] + (until - clock[TIME]) / left
        seconds = end - clock[TIME]
        rain = volume_between(series, 0, clock[TIME], end)
        _wake(pools, rain > 0.0)
        _plan_outflow(ground, pools, pace, seconds)
        _sweep(ground, pools, pace, seconds, rain)
        clock[RAIN] += rain
        clock[OUTFLOW] += _let_out(ground, pools)
        clock[INFLOW] += _let_in(ground, series, pools, clock[TIME], end)
        clock[TIME] = end
        clock[STEPS] += 1
        if clock[STEPS] % pace.steps_per_record == 0 or end == until:
            record(ground, pools)
            pools.stays[0] = _find_stay(ground, pools, pace.hurried)


@compiled
def _find_stay(ground: Basins, pools: Pools, hurried: float) -> float:
    """How long water stays in a cell, volume by flow: of all flow a share of `hurried` stays shorter [s].

    Of a longer step a cell could not let out what flows in, and the water would heap up.
    """
    tally, area, total = pools.tally, ground.dx * ground.dy, 0.0
    kernels.fill(tally, 0.0)
    for row in range(1, pools.volume.shape[0] - 1):
        a, b = pools.ranges[row]
        for col in range(a, b):
            through = coarse_kernels.through(
                pools.flow_x[row, col], pools.flow_x[row, col + 1], pools.flow_y[row, col], pools.flow_y[row + 1, col],
                ground.dx, ground.dy,
            )  # fmt: skip
            if through > 0.0 and pools.volume[row, col] > 0.0:
                place = PER_OCTAVE * np.log2(pools.volume[row, col] * area / through) + SECOND
                tally[min(max(int(place), 0), BINS - 1)] += through
                total += through
    passed, place = 0.0, 0
    while place < BINS - 1 and passed <= hurried * total:
        passed += tally[place]
        place += 1
    return float(2.0 ** ((place - 1 - SECOND) / PER_OCTAVE))


@compiled
def _find_wet(ground: Basins, pools: Pools, pace: Pace) -> float:
    """The levels of all rows, and where they are wet; returns the largest depth [m]."""
    deepest = 0.0
    rows, cols = pools.volume.shape
    for row in range(1, rows - 1):
        coarse_kernels.levels(
            pools.volume[row, 1 : cols - 1], ground.kept[row, 1 : cols - 1], ground.film[row, 1 : cols - 1],
            ground.curve[:, row, 1 : cols - 1], ground.shares, pools.rooms[0, 1 : cols - 1],
            pools.level[row, 1 : cols - 1], pools.share[row, 1 : cols - 1],
        )  # fmt: skip
        first, end, depth = coarse_kernels.wet_range(
            pools.level[row, 1 : cols - 1], ground.curve[0, row, 1 : cols - 1], pace.threshold
        )
        pools.wet[row, 0], pools.wet[row, 1] = first + 1, end + 1
        deepest = max(deepest, depth)
    return deepest


@compiled
def _wake(pools: Pools, raining: bool) -> None:
    """Ranges that take part in the next step: wet cells and their neighbours, all cells while it rains."""
    rows, cols = pools.volume.shape
    for row in range(1, rows - 1):
        a, b = cols, 0
        for line in range(row - 1, row + 2):
            if pools.wet[line, 1] > pools.wet[line, 0]:
                a, b = min(a, pools.wet[line, 0] - 1), max(b, pools.wet[line, 1] + 1)
        a, b = (1, cols - 1) if raining else (max(a, 1), min(b, cols - 1))
        was_a, was_b = pools.ranges[row]
        if b <= a:
            a = b = 1
        for col in range(was_a, was_b):
            if col < a or col >= b:
                pools.flow_x[row, col] = 0.0
                pools.flow_y[row, col] = 0.0
        pools.ranges[row, 0], pools.ranges[row, 1] = a, b


@compiled
def _sweep(ground: Basins, pools: Pools, pace: Pace, seconds: float, rain: float) -> None:
    rows = pools.volume.shape[0] - 2
    for line in (4, 5):  # old flows through the upper faces of two rows
        kernels.fill(pools.rooms[line], 0.0)
    for row in range(1, rows + 3):
        if row <= rows:
            _flow_in_row(ground, pools, pace, seconds, row)
        if 1 <= row - 1 <= rows:
            _limit_row(ground, pools, seconds, row - 1)
        if row >= 3:
            _fill_row(ground, pools, seconds, rain, row - 2)


@compiled
def _flow_in_row(ground: Basins, pools: Pools, pace: Pace, seconds: float, row: int) -> None:
    a, b = pools.ranges[row]
    old, above, here = pools.rooms[3], pools.rooms[4 + row % 2], pools.rooms[5 - row % 2]
    kernels.copy(pools.flow_x[row], old)
    kernels.copy(pools.flow_y[row], here)
    level, share, factor = pools.level, pools.share, ground.beds_x.shape[0]
    coarse_kernels.faces(
        pools.flow_x[row, a:b], old[a - 1 : b - 1], old[a + 1 : b + 1],
        level[row, a - 1 : b - 1], level[row, a:b], share[row, a - 1 : b - 1], share[row, a:b],
        ground.beds_x[:, row, a:b], ground.friction_x[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        pools.rooms[2, a:b], seconds, GRAVITY * seconds / (factor * ground.dx), seconds / ground.dx, pace.threshold,
    )  # fmt: skip
    coarse_kernels.faces(
        pools.flow_y[row, a:b], above[a:b], pools.flow_y[row + 1, a:b],
        level[row - 1, a:b], level[row, a:b], share[row - 1, a:b], share[row, a:b],
        ground.beds_y[:, row, a:b], ground.friction_y[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        pools.rooms[2, a:b], seconds, GRAVITY * seconds / (factor * ground.dy), seconds / ground.dy, pace.threshold,
    )  # fmt: skip


@compiled
def _limit_row(ground: Basins, pools: Pools, seconds: float, row: int) -> None:
    across, down = seconds / ground.dx, seconds / ground.dy
    a, b = pools.ranges[row]
    volume, left, right = pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1]
    top, bottom = pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b]
    if kernels.count_overdrawn(volume, left, right, top, bottom, across, down):
        kernels.limit_outflow(volume, left, right, top, bottom, across, down)


@compiled
def _fill_row(ground: Basins, pools: Pools, seconds: float, rain: float, row: int) -> None:
    a, b = pools.ranges[row]
    coarse_kernels.fill_cells(
        pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
        pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], ground.caught[row, a:b],
        seconds / ground.dx, seconds / ground.dy, rain,
    )  # fmt: skip


@compiled
def record(ground: Basins, pools: Pools) -> None:
    """Keep what is highest and strongest so far, by the levels at the start of the step."""
    for row in range(1, pools.volume.shape[0] - 1):
        a, b = pools.ranges[row]
        coarse_kernels.record(
            pools.level[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
            pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], ground.dx, ground.dy,
            pools.highest[row, a:b], pools.strongest[row, a:b],
        )  # fmt: skip


@compiled
def _plan_outflow(ground: Basins, pools: Pools, pace: Pace, seconds: float) -> None:
    """What each outlet, a fine cell, will let out in this step by the depth at its start [m]."""
    for outlet in range(ground.outlets.shape[0]):
        depth = pools.level[ground.outlets[outlet, 0], ground.outlets[outlet, 1]] - ground.outlet_bed[outlet]
        pools.leaving[outlet] = 0.0
        if depth > pace.threshold:
            normal = ground.outlet_normal[outlet] * depth * depth * kernels.inverse_cube_root(np.float32(depth))
            critical = ground.outlet_critical[outlet] * depth * np.sqrt(depth)
            pools.leaving[outlet] = seconds * min(normal, critical)


@compiled
def _let_out(ground: Basins, pools: Pools) -> float:
    """Take away what was planned, at most what is there; returns its volume [m3]."""
    gone = 0.0
    for outlet in range(ground.outlets.shape[0]):
        if pools.leaving[outlet] > 0.0:
            row, col = ground.outlets[outlet]
            out = min(pools.leaving[outlet], pools.volume[row, col])
            pools.volume[row, col] -= out
            gone += out
    return gone * ground.dx * ground.dy


@compiled
def _let_in(ground: Basins, series: Series, pools: Pools, start: float, end: float) -> float:
    """Water enters at the inlets; returns its volume [m3]."""
    come = 0.0
    for inlet in range(ground.inlets.shape[0]):
        row, col, number = ground.inlets[inlet]
        added = volume_between(series, number, start, end) * ground.inlet_share[inlet]
        pools.volume[row, col] += added
        come += added * ground.dx * ground.dy
    return come
