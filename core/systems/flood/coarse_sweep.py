"""Steps of the sub-grid scheme, each part of the grid at its own pace, as many as asked for, within machine code.

Arrays of the coarse grid have a rim of wall, one cell wide. In a step, rows are taken from top to bottom in one go, as
in `sweep`; of each row, the runs that are due (`coarse_paces`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.systems.flood import coarse_kernels, coarse_paces, kernels
from core.systems.flood.coarse_paces import ASLEEP, INSIDE, TALL, TOP, UPPER, WIDE, Pace, Plan
from core.systems.flood.compiling import compiled
from core.systems.flood.exchange import volume_between
from core.systems.flood.kernels import GRAVITY, NONE
from core.systems.flood.state import INFLOW, OUTFLOW, RAIN, STEPS, TIME, Series


class Basins(NamedTuple):
    """Coarse ground; shape (rows + 2, cols + 2), with a rim; float32 unless said.

    lowest: ground of each cell, float64 [m]. curve: mean elevation of the k lowest fine cells above it, shape (rows + 2,
    terms, cols + 2) [m]; shares: 1 / k. kept, film: see coarse_kernels.depths. rise_x, rise_y: lowest ground of the
    cell before the left and the upper face above the own [m]. beds_x, beds_y: higher ground beside each sub-face above
    the own lowest, shape (rows + 2, f, cols + 2) [m]; friction_x, friction_y: g n2 of the face. caught: number of fine
    cells with data. dx, dy: of a fine cell [m]. Outlets and inlets, float64: see state.Ground; outlet_bed: ground of
    the fine cell that lets out, above its coarse cell's lowest [m].
    """

    lowest: np.ndarray
    curve: np.ndarray
    shares: np.ndarray
    kept: np.ndarray
    film: np.ndarray
    rise_x: np.ndarray
    rise_y: np.ndarray
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
    """What a step changes; float32, shape with a rim, unless said.

    volume: float64 [m]. depth, highest: above the cell's lowest ground [m]. share: level gained per volume. flow_x,
    flow_y [m2/s]. strongest [m3/s]. rooms: to work in, shape (6, cols + 2); held: the same, float64, a row. clock: see
    state.
    """

    volume: np.ndarray
    depth: np.ndarray
    share: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    highest: np.ndarray
    strongest: np.ndarray
    rooms: np.ndarray
    held: np.ndarray
    clock: np.ndarray


class Turn(NamedTuple):
    """One of the shortest steps: its number in the plan, up to which level all is due, its length [s], and how quickly
    flows become like their neighbours' [1/s].
    """

    number: int
    due: int
    seconds: float
    likening: float


@compiled
def advance(
    ground: Basins, series: Series, pools: Pools, plan: Plan, pace: Pace, until: float, most_cells: int
) -> None:
    """Step until the clock shows `until` [s], or about `most_cells` coarse cells were stepped."""
    clock, stepped = pools.clock, 0
    while clock[TIME] < until and stepped < most_cells:
        least, deepest = _look_around(ground, pools, plan, pace)
        raining = volume_between(series, 0, clock[TIME], clock[TIME] + pace.longest_step) > 0.0
        shortest, highest = coarse_paces.set_levels(plan, raining, least)
        coarse_paces.find_runs(plan, pools.depth.shape[1] - 1)
        _quiet(pools, plan)
        _pace_outlets(ground, plan)
        # Equal steps up to the stop: a short one between long ones would set water swinging.
        together = min(shortest * 2.0**highest, pace.longest_step)
        left = np.ceil((until - clock[TIME]) / together - 1e-9)
        end = until if left <= 1.0 else clock[TIME] + (until - clock[TIME]) / left
        here = _steps(ground, series, pools, plan, pace, end, highest, _likening(ground, pace, deepest))
        clock[STEPS] += here / ((pools.depth.shape[0] - 2) * (pools.depth.shape[1] - 2))
        stepped += 1 + here
    if clock[TIME] >= until:
        _see_all(ground, pools)


@compiled
def _likening(ground: Basins, pace: Pace, deepest: float) -> float:
    """How quickly flows become like their neighbours' [1/s]; see coarse.Options."""
    return pace.likeness * np.sqrt(GRAVITY * deepest) / min(ground.dx, ground.dy)


@compiled
def _steps(
    ground: Basins,
    series: Series,
    pools: Pools,
    plan: Plan,
    pace: Pace,
    end: float,
    highest: int,
    likening: float,
) -> int:
    """All steps of a plan, up to `end` [s]; returns how many cells were stepped."""
    clock, count, stepped = pools.clock, 2**highest, 0
    start = clock[TIME]
    seconds = (end - start) / count
    for number in range(count):
        due = highest
        while number % 2**due != 0:
            due -= 1
        turn = Turn(number, due, seconds, likening)
        now = start + number * seconds
        for level in range(due + 1):
            after = number + 2**level
            plan.rain[level] = volume_between(series, 0, now, end if after == count else start + after * seconds)
        stepped += _sweep(ground, pools, plan, pace, turn)
        clock[OUTFLOW] += _let_out(ground, pools, plan, pace, turn)
        clock[INFLOW] += _let_in(ground, series, pools, now, end if number == count - 1 else now + seconds)
    clock[RAIN] += volume_between(series, 0, start, end)
    clock[TIME] = end
    return stepped


@compiled
def _see_all(ground: Basins, pools: Pools) -> None:
    """The depths of all cells at this time, kept where they are the greatest."""
    end = pools.depth.shape[1] - 1
    for row in range(1, pools.depth.shape[0] - 1):
        _find_depths(ground, pools, row, 1, end)
        _record(ground, pools, row, 1, end)


@compiled
def _find_depths(ground: Basins, pools: Pools, row: int, a: int, b: int) -> None:
    coarse_kernels.depths(
        pools.volume[row, a:b], ground.kept[row, a:b], ground.film[row, a:b], ground.curve[row, :, a:b], ground.shares,
        pools.rooms[0, a:b], pools.depth[row, a:b], pools.share[row, a:b],
    )  # fmt: skip


@compiled
def _record(ground: Basins, pools: Pools, row: int, a: int, b: int) -> None:
    coarse_kernels.record(
        pools.depth[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], np.float32(ground.dx), np.float32(ground.dy), pools.highest[row, a:b],
        pools.strongest[row, a:b],
    )  # fmt: skip


@compiled
def _look_around(ground: Basins, pools: Pools, plan: Plan, pace: Pace) -> tuple[float, float]:
    """What step each tile's water allows; returns a step that is always short enough [s], and the greatest depth [m].

    A tile with an inlet is taken to be wet, and no slower than another.
    """
    rows, cols = pools.depth.shape
    narrowest, quickest, deepest = min(ground.dx, ground.dy) * ground.beds_x.shape[1], pace.longest_step, NONE
    for tile in range(1, plan.level.shape[0] - 1):
        top, end = 1 + (tile - 1) * TALL, min(1 + tile * TALL, rows - 1)
        for row in range(top, end):
            _find_depths(ground, pools, row, 1, cols - 1)
        for col in range(1, plan.level.shape[1] - 1):
            a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
            depth = NONE
            for row in range(top, end):
                depth = max(depth, coarse_kernels.largest(pools.depth[row, a:b]))
            kernels.fill(plan.tally, NONE)
            for row in range(top, end if depth > NONE else top):
                coarse_kernels.tally_stays(
                    pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
                    pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], np.float32(ground.dx),
                    np.float32(ground.dy), plan.tally,
                )  # fmt: skip
            coarse_paces.look(plan, pace, narrowest, tile, col, depth)
            quickest, deepest = min(quickest, plan.longest[tile, col]), max(deepest, depth)
    for inlet in range(ground.inlets.shape[0]):
        tile, col = coarse_paces.tile_row(ground.inlets[inlet, 0]), coarse_paces.tile_col(ground.inlets[inlet, 1])
        plan.wet[tile, col] = 1
        plan.longest[tile, col] = quickest
    return coarse_paces.SAFE * coarse_paces.crossing(narrowest, deepest), deepest


@compiled
def _quiet(pools: Pools, plan: Plan) -> None:
    """Nothing runs through the faces of tiles that are asleep."""
    rows, cols = pools.depth.shape
    for row in range(1, rows - 1):
        tile = coarse_paces.tile_row(row)
        for col in range(1, plan.level.shape[1] - 1):
            if plan.level[tile, col] == ASLEEP:
                a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
                kernels.fill(pools.flow_x[row, a : b + 1], NONE)
                kernels.fill(pools.flow_y[row, a:b], NONE)
                kernels.fill(pools.flow_y[row + 1, a:b], NONE)


@compiled
def _sweep(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn) -> int:
    """One of the shortest steps: depths, flows, limits and volumes of all that is due; returns how many cells were."""
    rows, stepped = pools.volume.shape[0] - 2, 0
    for line in (4, 5):  # old flows through the upper faces of two rows
        kernels.fill(pools.rooms[line], NONE)
    for row in range(1, rows + 3):
        if row <= rows and coarse_paces.any_due(plan, row, turn.due):
            _see_row(ground, pools, plan, pace, turn, row)
            _flow_in_row(ground, pools, plan, pace, turn, row)
        if 1 <= row - 1 <= rows and coarse_paces.any_due(plan, row - 1, turn.due):
            _limit_row(ground, pools, plan, turn, row - 1)
        if row >= 3 and coarse_paces.any_due(plan, row - 2, turn.due):
            stepped += _fill_row(ground, pools, plan, turn, row - 2)
    return stepped


@compiled
def _single(plan: Plan, turn: Turn, row: int, rows: int, seam: int) -> bool:
    """Whether the slower cell beside a seam steps now by itself, more often than the run that it lies in."""
    tile = coarse_paces.tile_row(row)
    level = plan.seams[tile, seam, 2]
    return level <= turn.due and level < coarse_paces.level_in_run(plan, row, rows, plan.seams[tile, seam, 1])


@compiled
def _see_row(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn, row: int) -> None:
    """Depths of what is due, kept where they are the greatest each time that so many steps were taken."""
    rows = pools.volume.shape[0] - 2
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, rows)
    for place in range(plan.count[kind, tile]):
        a, b, level, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            _find_depths(ground, pools, row, a, b)
            if (turn.number >> level) % pace.steps_per_record == 0:
                _record(ground, pools, row, a, b)
    for seam in range(plan.seam_count[tile]):
        if _single(plan, turn, row, rows, seam):
            col = plan.seams[tile, seam, 1]
            _find_depths(ground, pools, row, col, col + 1)


@compiled
def _flow_in_row(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn, row: int) -> None:
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, pools.volume.shape[0] - 2)
    old, above, here = pools.rooms[3], pools.rooms[4 + row % 2], pools.rooms[5 - row % 2]
    kernels.copy(pools.flow_y[row], here)
    if plan.soonest[INSIDE, tile] <= turn.due:
        kernels.copy(pools.flow_x[row], old)
        for place in range(plan.count[INSIDE, tile]):
            a, b, level, _ = plan.runs[INSIDE, tile, place]
            if level <= turn.due:
                _flow_x(ground, pools, pace, turn, level, row, a, b)
        for seam in range(plan.seam_count[tile]):
            col, slower, level = plan.seams[tile, seam]
            if level == ASLEEP:
                pools.flow_x[row, col] = NONE
            elif level <= turn.due and slower == col:
                pools.flow_x[row, col] = old[col]
                _flow_x(ground, pools, pace, turn, level, row, col, col + 1)
    upper = UPPER if kind == TOP else INSIDE
    if plan.soonest[upper, tile] <= turn.due:
        for place in range(plan.count[upper, tile]):
            a, b, level, _ = plan.runs[upper, tile, place]
            if level <= turn.due:
                _flow_y(ground, pools, pace, turn, level, row, a, b, above)


@compiled
def _flow_x(ground: Basins, pools: Pools, pace: Pace, turn: Turn, level: int, row: int, a: int, b: int) -> None:
    """Of the left faces of some columns."""
    old, factor, seconds = pools.rooms[3], ground.beds_x.shape[1], turn.seconds * 2**level
    coarse_kernels.faces(
        pools.flow_x[row, a:b], old[a - 1 : b - 1], old[a + 1 : b + 1], pools.depth[row, a - 1 : b - 1],
        pools.depth[row, a:b], pools.share[row, a - 1 : b - 1], pools.share[row, a:b], ground.rise_x[row, a:b],
        ground.beds_x[row, :, a:b], ground.friction_x[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        pools.rooms[2, a:b], np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dx)),
        np.float32(seconds / ground.dx), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled
def _flow_y(
    ground: Basins, pools: Pools, pace: Pace, turn: Turn, level: int, row: int, a: int, b: int, above: np.ndarray
) -> None:
    """Of the upper faces of some columns; above: old flows of the row above."""
    factor, seconds = ground.beds_y.shape[1], turn.seconds * 2**level
    coarse_kernels.faces(
        pools.flow_y[row, a:b], above[a:b], pools.flow_y[row + 1, a:b], pools.depth[row - 1, a:b],
        pools.depth[row, a:b], pools.share[row - 1, a:b], pools.share[row, a:b], ground.rise_y[row, a:b],
        ground.beds_y[row, :, a:b], ground.friction_y[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        pools.rooms[2, a:b], np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dy)),
        np.float32(seconds / ground.dy), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled
def _limit_row(ground: Basins, pools: Pools, plan: Plan, turn: Turn, row: int) -> None:
    """No cell loses more in its faces' steps than it holds."""
    rows = pools.volume.shape[0] - 2
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, rows)
    for place in range(plan.count[kind, tile]):
        a, b, level, own = plan.runs[kind, tile, place]
        if level <= turn.due:
            seconds = turn.seconds * 2**own
            across, down = np.float32(seconds / ground.dx), np.float32(seconds / ground.dy)
            overdrawn = coarse_kernels.count_overdrawn(
                pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
                pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], across, down,
            )  # fmt: skip
            for col in range(a, b if overdrawn else a):
                _limit_cell(ground, pools, plan, turn, row, col)
    for seam in range(plan.seam_count[tile]):
        if _single(plan, turn, row, rows, seam):
            _limit_cell(ground, pools, plan, turn, row, plan.seams[tile, seam, 1])


@compiled
def _limit_cell(ground: Basins, pools: Pools, plan: Plan, turn: Turn, row: int, col: int) -> None:
    """Scale the flows out of a cell whose step begins, so that with those under way they leave what it holds."""
    x, y = pools.flow_x, pools.flow_y
    held, begun = _leaving(ground, pools, plan, turn.number, turn.seconds, row, col)
    left = coarse_kernels.NEARLY * pools.volume[row, col] - held
    if begun > left:
        share, own = np.float32(max(left, 0.0) / begun), coarse_paces.level_at(plan, row, col)
        if x[row, col] < NONE and turn.number % 2 ** min(own, coarse_paces.level_at(plan, row, col - 1)) == 0:
            x[row, col] *= share
        if x[row, col + 1] > NONE and turn.number % 2 ** min(own, coarse_paces.level_at(plan, row, col + 1)) == 0:
            x[row, col + 1] *= share
        if y[row, col] < NONE and turn.number % 2 ** min(own, coarse_paces.level_at(plan, row - 1, col)) == 0:
            y[row, col] *= share
        if y[row + 1, col] > NONE and turn.number % 2 ** min(own, coarse_paces.level_at(plan, row + 1, col)) == 0:
            y[row + 1, col] *= share


@compiled
def _leaving(
    ground: Basins, pools: Pools, plan: Plan, number: int, seconds: float, row: int, col: int
) -> tuple[float, float]:
    """What is still to leave a cell through faces whose step is under way, and through those whose step begins [m]."""
    held, begun, own = 0.0, 0.0, coarse_paces.level_at(plan, row, col)
    for side in range(4):
        forward = side % 2
        if side < 2:
            flow, width = pools.flow_x[row, col + forward], ground.dx
            beside = coarse_paces.level_at(plan, row, col - 1 + 2 * forward)
        else:
            flow, width = pools.flow_y[row + forward, col], ground.dy
            beside = coarse_paces.level_at(plan, row - 1 + 2 * forward, col)
        out = flow if forward == 1 else -flow
        if out > NONE:
            steps = 2 ** min(own, beside)
            under_way = number % steps
            gone = np.float64(out) * seconds * (steps - under_way) / width
            held += gone if under_way > 0 else 0.0
            begun += gone if under_way == 0 else 0.0
    return held, begun


@compiled
def _fill_row(ground: Basins, pools: Pools, plan: Plan, turn: Turn, row: int) -> int:
    """Continuity of what is due; returns how many cells were."""
    rows, stepped = pools.volume.shape[0] - 2, 0
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, rows)
    for seam in range(plan.seam_count[tile]):
        pools.held[seam] = pools.volume[row, plan.seams[tile, seam, 1]]
    for place in range(plan.count[kind, tile]):
        a, b, level, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            _fill(ground, pools, turn.seconds * 2**level, plan.rain[level], row, a, b)
            stepped += b - a
    for seam in range(plan.seam_count[tile]):
        if _single(plan, turn, row, rows, seam):
            col, level = plan.seams[tile, seam, 1], plan.seams[tile, seam, 2]
            pools.volume[row, col] = pools.held[seam]
            _fill(ground, pools, turn.seconds * 2**level, plan.rain[level], row, col, col + 1)
    return stepped


@compiled
def _fill(ground: Basins, pools: Pools, seconds: float, rain: float, row: int, a: int, b: int) -> None:
    coarse_kernels.fill_cells(
        pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], ground.caught[row, a:b], seconds / ground.dx, seconds / ground.dy, rain,
    )  # fmt: skip


@compiled
def _pace_outlets(ground: Basins, plan: Plan) -> None:
    """The level at which each outlet's cell steps."""
    for outlet in range(ground.outlets.shape[0]):
        plan.outlets[outlet] = coarse_paces.level_of_cell(plan, ground.outlets[outlet, 0], ground.outlets[outlet, 1])


@compiled
def _let_out(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn) -> float:
    """Let out of each outlet, a fine cell, by the depth at the start of its step, what is there; returns it [m3]."""
    gone = 0.0
    for outlet in range(ground.outlets.shape[0]):
        level = plan.outlets[outlet]
        if level <= turn.due:
            row, col = ground.outlets[outlet]
            depth = pools.depth[row, col] - ground.outlet_bed[outlet]
            if depth > pace.threshold:
                normal = ground.outlet_normal[outlet] * depth * depth * kernels.inverse_cube_root(np.float32(depth))
                critical = ground.outlet_critical[outlet] * depth * np.sqrt(depth)
                held, _ = _leaving(ground, pools, plan, turn.number + 2**level, turn.seconds, row, col)
                left = max(pools.volume[row, col] - held, 0.0)
                out = min(turn.seconds * 2**level * min(normal, critical), left)
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
