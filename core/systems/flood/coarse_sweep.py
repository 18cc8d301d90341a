"""Steps of the sub-grid scheme, each part of the grid at its own pace, as many as asked for, within machine code.

Arrays of the coarse grid have a rim of wall, one cell wide. In a step, rows are taken from top to bottom in one go, as
in `sweep`; of each row, the runs that are due (`coarse_paces`). The steps of a plan go down the grid together.
"""

from __future__ import annotations

import numpy as np

from core.systems.flood import coarse_kernels, coarse_limits, coarse_paces, coarse_survey, kernels
from core.systems.flood.coarse_paces import ASLEEP, INSIDE, TOP, UPPER, Pace, Plan
from core.systems.flood.coarse_state import Basins, Pools, Turn
from core.systems.flood.compiling import compiled, compiled_within
from core.systems.flood.exchange import volume_between
from core.systems.flood.kernels import GRAVITY, NONE
from core.systems.flood.state import INFLOW, OUTFLOW, RAIN, STEPS, TIME, Series

BEHIND = 2  # rows by which a step follows the one before it: so many are done together in `_sweep_row`


@compiled
def advance(
    ground: Basins, series: Series, pools: Pools, plan: Plan, pace: Pace, until: float, most_cells: int
) -> None:
    """Step until the clock shows `until` [s], or about `most_cells` coarse cells were stepped."""
    clock, stepped = pools.clock, 0
    while clock[TIME] < until and stepped < most_cells:
        least, deepest = coarse_survey.look_around(ground, series, pools, plan, pace)
        raining = volume_between(series, 0, clock[TIME], clock[TIME] + pace.longest_step) > 0.0
        shortest, highest = coarse_paces.set_levels(plan, raining, least, pace.levels)
        coarse_paces.find_runs(plan, pools.depth.shape[1] - 1)
        coarse_survey.quiet(pools, plan)
        coarse_limits.pace_outlets(ground, plan)
        # Equal steps up to the stop: a short one between long ones would set water swinging.
        together = min(shortest * 2.0**highest, pace.longest_step)
        left = np.ceil((until - clock[TIME]) / together - 1e-9)
        end = until if left <= 1.0 else clock[TIME] + (until - clock[TIME]) / left
        here = _steps(ground, series, pools, plan, pace, end, highest, _likening(ground, pace, deepest))
        clock[STEPS] += here / ((pools.depth.shape[0] - 2) * (pools.depth.shape[1] - 2))
        stepped += 1 + here
    if clock[TIME] >= until:
        _see_all(ground, pools, pace)


@compiled
def _likening(ground: Basins, pace: Pace, deepest: float) -> float:
    """How quickly flows become like their neighbours' [1/s]; see coarse.Options."""
    return float(pace.likeness * np.sqrt(GRAVITY * deepest) / min(ground.dx, ground.dy))


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
    """All steps of a plan, up to `end` [s]; returns how many cells were stepped.

    They follow each other down the grid, each some rows behind the one before it: what one has touched is still in
    the processor's cache for the next.
    """
    rows, clock, count, stepped = pools.volume.shape[0] - 2, pools.clock, 1 << highest, 0
    start = clock[TIME]
    seconds = (end - start) / count
    _rain_of_steps(series, plan, start, end, highest)
    for front in range(1, rows + 3 + BEHIND * (count - 1)):
        first = max(0, -((rows + 2 - front) // BEHIND))
        for number in range(first, min(count, (front - 1) // BEHIND + 1)):
            now, row = start + number * seconds, front - BEHIND * number
            turn = Turn(number, _due(number, highest), now, seconds, likening)
            stepped += _sweep_row(ground, pools, plan, pace, turn, row)
            if row >= 3:
                after = end if number == count - 1 else now + seconds
                clock[OUTFLOW] += coarse_limits.let_out(ground, pools, plan, pace, turn, row - 2)
                clock[INFLOW] += coarse_limits.let_in(ground, series, pools, row - 2, now, after)
    clock[RAIN] += volume_between(series, 0, start, end)
    clock[TIME] = end
    return stepped


@compiled
def _due(number: int, highest: int) -> int:
    """Up to which level all steps at this place in a plan."""
    due = highest
    while number % (1 << due) != 0:
        due -= 1
    return due


@compiled
def _rain_of_steps(series: Series, plan: Plan, start: float, end: float, highest: int) -> None:
    """What falls in each step of each level [m]."""
    count = 1 << highest
    seconds = (end - start) / count
    for number in range(count):
        now = start + number * seconds
        for level in range(_due(number, highest) + 1):
            after = number + (1 << level)
            plan.rain[number, level] = volume_between(
                series, 0, now, end if after == count else start + after * seconds
            )


@compiled
def _see_all(ground: Basins, pools: Pools, pace: Pace) -> None:
    """The depths of all cells at this time, kept where they are the greatest."""
    end = pools.depth.shape[1] - 1
    for row in range(1, pools.depth.shape[0] - 1):
        coarse_survey.find_depths(ground, pools, row, 1, end)
        _record(ground, pools, pace, row, 1, end, pools.clock[TIME])


@compiled_within
def _record(ground: Basins, pools: Pools, pace: Pace, row: int, a: int, b: int, now: float) -> None:
    coarse_kernels.record(
        pools.depth[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], np.float32(ground.dx), np.float32(ground.dy), pools.highest[row, a:b],
        pools.strongest[row, a:b], pools.arrival[row, a:b], np.float32(now), np.float32(pace.arrived_at),
    )  # fmt: skip


@compiled_within
def _sweep_row(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn, row: int) -> int:
    """Depths and flows of a row, limits of the one above it and volumes of the next above, of all that is due.

    Returns how many cells were; rows go from 1 to two beyond the last.
    """
    rows, stepped = pools.volume.shape[0] - 2, 0
    if row <= rows and coarse_paces.any_due(plan, row, turn.due):
        _see_row(ground, pools, plan, pace, turn, row)
        _flow_in_row(ground, pools, plan, pace, turn, row)
    if 1 <= row - 1 <= rows and coarse_paces.any_due(plan, row - 1, turn.due):
        coarse_limits.limit_row(ground, pools, plan, turn, row - 1)
    if row >= 3 and coarse_paces.any_due(plan, row - 2, turn.due):
        stepped = _fill_row(ground, pools, plan, turn, row - 2)
    return stepped


@compiled_within
def _see_row(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn, row: int) -> None:
    """Depths of what is due, kept where they are the greatest each time that so many steps were taken.

    At the start of a plan they are known from looking around.
    """
    rows = pools.volume.shape[0] - 2
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, rows)
    for place in range(plan.many[kind, tile]):
        a, b, level, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            if turn.number > 0:
                coarse_survey.find_depths(ground, pools, row, a, b)
            if (turn.number >> level) % pace.steps_per_record == 0:
                _record(ground, pools, pace, row, a, b, turn.now)
    for seam in range(plan.seams_many[tile]):
        if coarse_paces.steps_alone(plan, turn.due, row, rows, seam):
            col = plan.seams[tile, seam, 1]
            coarse_survey.find_depths(ground, pools, row, col, col + 1)


@compiled_within
def _flow_in_row(ground: Basins, pools: Pools, plan: Plan, pace: Pace, turn: Turn, row: int) -> None:
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, pools.volume.shape[0] - 2)
    old, above, here = pools.rooms[2], pools.before[turn.number, row % 2], pools.before[turn.number, 1 - row % 2]
    kernels.copy(pools.flow_y[row], here)
    if plan.soonest[INSIDE, tile] <= turn.due:
        kernels.copy(pools.flow_x[row], old)
        for place in range(plan.many[INSIDE, tile]):
            a, b, level, _ = plan.runs[INSIDE, tile, place]
            if level <= turn.due:
                _flow_x(ground, pools, pace, turn, level, row, a, b)
        for seam in range(plan.seams_many[tile]):
            col, slower, level = plan.seams[tile, seam]
            if level == ASLEEP:
                pools.flow_x[row, col] = NONE
            elif level <= turn.due and slower == col:
                pools.flow_x[row, col] = old[col]
                _flow_x(ground, pools, pace, turn, level, row, col, col + 1)
    upper = UPPER if kind == TOP else INSIDE
    if plan.soonest[upper, tile] <= turn.due:
        for place in range(plan.many[upper, tile]):
            a, b, level, _ = plan.runs[upper, tile, place]
            if level <= turn.due:
                _flow_y(ground, pools, pace, turn, level, row, a, b, above)


@compiled_within
def _flow_x(ground: Basins, pools: Pools, pace: Pace, turn: Turn, level: int, row: int, a: int, b: int) -> None:
    """Of the left faces of some columns."""
    old, factor, seconds = pools.rooms[2], ground.beds_x.shape[1], turn.seconds * (1 << level)
    coarse_kernels.faces(
        pools.flow_x[row, a:b], old[a - 1 : b - 1], old[a + 1 : b + 1], pools.depth[row, a - 1 : b - 1],
        pools.depth[row, a:b], pools.share[row, a - 1 : b - 1], pools.share[row, a:b], ground.rise_x[row, a:b],
        ground.beds_x[row], a, ground.friction_x[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dx)),
        np.float32(seconds / ground.dx), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled_within
def _flow_y(
    ground: Basins, pools: Pools, pace: Pace, turn: Turn, level: int, row: int, a: int, b: int, above: np.ndarray
) -> None:
    """Of the upper faces of some columns; above: old flows of the row above."""
    factor, seconds = ground.beds_y.shape[1], turn.seconds * (1 << level)
    coarse_kernels.faces(
        pools.flow_y[row, a:b], above[a:b], pools.flow_y[row + 1, a:b], pools.depth[row - 1, a:b],
        pools.depth[row, a:b], pools.share[row - 1, a:b], pools.share[row, a:b], ground.rise_y[row, a:b],
        ground.beds_y[row], a, ground.friction_y[row, a:b], pools.rooms[0, a:b], pools.rooms[1, a:b],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dy)),
        np.float32(seconds / ground.dy), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled_within
def _fill_row(ground: Basins, pools: Pools, plan: Plan, turn: Turn, row: int) -> int:
    """Continuity of what is due; returns how many cells were."""
    rows, stepped = pools.volume.shape[0] - 2, 0
    tile, kind = coarse_paces.tile_row(row), coarse_paces.kind_of(row, rows)
    for seam in range(plan.seams_many[tile]):
        pools.held[seam] = pools.volume[row, plan.seams[tile, seam, 1]]
    for place in range(plan.many[kind, tile]):
        a, b, level, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            _fill(ground, pools, turn.seconds * (1 << level), plan.rain[turn.number, level], row, a, b)
            stepped += b - a
    for seam in range(plan.seams_many[tile]):
        if coarse_paces.steps_alone(plan, turn.due, row, rows, seam):
            col, level = plan.seams[tile, seam, 1], plan.seams[tile, seam, 2]
            pools.volume[row, col] = pools.held[seam]
            _fill(ground, pools, turn.seconds * (1 << level), plan.rain[turn.number, level], row, col, col + 1)
    return stepped


@compiled_within
def _fill(ground: Basins, pools: Pools, seconds: float, rain: float, row: int, a: int, b: int) -> None:
    coarse_kernels.fill_cells(
        pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], ground.caught[row, a:b], seconds / ground.dx, seconds / ground.dy, rain,
    )  # fmt: skip
