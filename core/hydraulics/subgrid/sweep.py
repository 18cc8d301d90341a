"""A row in a step of the sub-grid scheme: of each row, the runs that are due (`coarse_paces`).

Arrays of the coarse grid have a rim of wall, one cell wide. In a step, rows are taken from top to bottom in one go, as
in `sweep`; which step comes to which row when is said in `coarse_plans`.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics import row_kernels
from core.hydraulics.constants import GRAVITY
from core.hydraulics.jit import compiled_forceinline
from core.hydraulics.row_kernels import ZERO
from core.hydraulics.subgrid import flux_limiter, step_limits, time_levels
from core.hydraulics.subgrid import kernels as coarse_kernels
from core.hydraulics.subgrid.state import SubgridState, SubgridStep, SubgridTerrain
from core.hydraulics.subgrid.time_levels import ASLEEP, INSIDE, TOP, UPPER, StepSchedule, SubgridParameters


@compiled_forceinline
def record(
    ground: SubgridTerrain, pools: SubgridState, pace: SubgridParameters, row: int, a: int, b: int, now: float
) -> None:
    """Keep what is the greatest so far in some columns of a row, and when water came first."""
    coarse_kernels.record(
        pools.depth[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], np.float32(ground.dx), np.float32(ground.dy), pools.highest[row, a:b],
        pools.strongest[row, a:b], pools.arrival[row, a:b], np.float32(now), np.float32(pace.arrived_at),
    )  # fmt: skip


@compiled_forceinline
def sweep_row(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    turn: SubgridStep,
    row: int,
) -> int:
    """Depths and flows of a row, limits of the one above it and volumes of the next above, of all that is due.

    Returns how many cells were; rows go from 1 to two beyond the last.
    """
    rows, stepped = pools.volume.shape[0] - 2, 0
    if row <= rows and time_levels.any_due(plan, row, turn.due):
        _see_row(ground, pools, plan, pace, turn, row)
        _flow_in_row(ground, pools, plan, pace, turn, row)
    if 1 <= row - 1 <= rows and time_levels.any_due(plan, row - 1, turn.due):
        flux_limiter.limit_row(ground, pools, plan, turn, row - 1)
    if row >= 3 and time_levels.any_due(plan, row - 2, turn.due):
        stepped = _fill_row(ground, pools, plan, turn, row - 2)
    return stepped


@compiled_forceinline
def _see_row(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    turn: SubgridStep,
    row: int,
) -> None:
    """Depths of what is due, kept where they are the greatest each time that so many steps were taken.

    At the start of a plan they are known from looking around.
    """
    rows = pools.volume.shape[0] - 2
    tile, kind = time_levels.tile_row(row), time_levels.kind_of(row, rows)
    for place in range(plan.many[kind, tile]):
        a, b, level, _, read_first, read_end = plan.runs[kind, tile, place]
        if level <= turn.due:
            if turn.number > 0:
                step_limits.find_depths(ground, pools, row, read_first, read_end)
            if (turn.number >> level) % pace.steps_per_record == 0:
                record(ground, pools, pace, row, a, b, turn.now)


@compiled_forceinline
def _flow_in_row(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    turn: SubgridStep,
    row: int,
) -> None:
    tile, kind = time_levels.tile_row(row), time_levels.kind_of(row, pools.volume.shape[0] - 2)
    old, above, here = (
        pools.rooms[turn.hand, 2],
        pools.before[turn.number, row % 2],
        pools.before[turn.number, 1 - row % 2],
    )
    row_kernels.copy(pools.flow_y[row], here)
    if plan.soonest[INSIDE, tile] <= turn.due:
        row_kernels.copy(pools.flow_x[row], old)
        for place in range(plan.many[INSIDE, tile]):
            a, b, level, _, _, end = plan.runs[INSIDE, tile, place]
            if level <= turn.due:
                first = pools.flow_x[row, a]
                _flow_x(ground, pools, pace, turn, level, row, a, end)
                if place > 0 and plan.runs[INSIDE, tile, place - 1, 5] > a:
                    pools.flow_x[row, a] = first  # it steps with the quicker run before it, and has
                row_kernels.copy(old[b + 1 : end], pools.flow_x[row, b + 1 : end])
        for seam in range(plan.seams_many[tile]):
            if plan.seams[tile, seam, 2] == ASLEEP:
                pools.flow_x[row, plan.seams[tile, seam, 0]] = ZERO
    upper = UPPER if kind == TOP else INSIDE
    if plan.soonest[upper, tile] <= turn.due:
        for place in range(plan.many[upper, tile]):
            a, b, level, _, _, _ = plan.runs[upper, tile, place]
            if level <= turn.due:
                _flow_y(ground, pools, pace, turn, level, row, a, b, above)


@compiled_forceinline
def _flow_x(
    ground: SubgridTerrain,
    pools: SubgridState,
    pace: SubgridParameters,
    turn: SubgridStep,
    level: int,
    row: int,
    a: int,
    b: int,
) -> None:
    """Of the left faces of some columns."""
    room, factor, seconds = pools.rooms[turn.hand], ground.beds_x.shape[1], turn.seconds * (1 << level)
    coarse_kernels.faces(
        pools.flow_x[row, a:b], room[2, a - 1 : b - 1], room[2, a + 1 : b + 1], pools.depth[row, a - 1 : b - 1],
        pools.depth[row, a:b], pools.share[row, a - 1 : b - 1], pools.share[row, a:b], ground.rise_x[row, a:b],
        ground.beds_x[row], a, ground.friction_x[row, a:b], room[0, a:b], room[1, a:b],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dx)),
        np.float32(seconds / ground.dx), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled_forceinline
def _flow_y(
    ground: SubgridTerrain,
    pools: SubgridState,
    pace: SubgridParameters,
    turn: SubgridStep,
    level: int,
    row: int,
    a: int,
    b: int,
    above: np.ndarray,
) -> None:
    """Of the upper faces of some columns; above: old flows of the row above."""
    room, factor, seconds = pools.rooms[turn.hand], ground.beds_y.shape[1], turn.seconds * (1 << level)
    coarse_kernels.faces(
        pools.flow_y[row, a:b], above[a:b], pools.flow_y[row + 1, a:b], pools.depth[row - 1, a:b],
        pools.depth[row, a:b], pools.share[row - 1, a:b], pools.share[row, a:b], ground.rise_y[row, a:b],
        ground.beds_y[row], a, ground.friction_y[row, a:b], room[0, a:b], room[1, a:b],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * ground.dy)),
        np.float32(seconds / ground.dy), np.float32(turn.likening * seconds), np.float32(pace.threshold),
    )  # fmt: skip


@compiled_forceinline
def _fill_row(ground: SubgridTerrain, pools: SubgridState, plan: StepSchedule, turn: SubgridStep, row: int) -> int:
    """Continuity of what is due; returns how many cells were."""
    rows, stepped = pools.volume.shape[0] - 2, 0
    tile, kind = time_levels.tile_row(row), time_levels.kind_of(row, rows)
    for seam in range(plan.seams_many[tile]):
        pools.held[turn.hand, seam] = pools.volume[row, plan.seams[tile, seam, 1]]
    for place in range(plan.many[kind, tile]):
        a, b, level, _, _, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            _fill(ground, pools, turn.seconds * (1 << level), plan.rain[turn.number, level], row, a, b)
            stepped += b - a
    for seam in range(plan.seams_many[tile]):
        if time_levels.steps_alone(plan, turn.due, row, rows, seam):
            col, level = plan.seams[tile, seam, 1], plan.seams[tile, seam, 2]
            pools.volume[row, col] = pools.held[turn.hand, seam]
            _fill_cell(ground, pools, turn.seconds * (1 << level), plan.rain[turn.number, level], row, col)
    return stepped


@compiled_forceinline
def _fill(ground: SubgridTerrain, pools: SubgridState, seconds: float, rain: float, row: int, a: int, b: int) -> None:
    coarse_kernels.fill_cells(
        pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1], pools.flow_y[row, a:b],
        pools.flow_y[row + 1, a:b], ground.caught[row, a:b], seconds / ground.dx, seconds / ground.dy, rain,
    )  # fmt: skip


@compiled_forceinline
def _fill_cell(ground: SubgridTerrain, pools: SubgridState, seconds: float, rain: float, row: int, col: int) -> None:
    """The same for a cell by itself."""
    pools.volume[row, col] = coarse_kernels.filled(
        pools.volume[row, col], pools.flow_x[row, col], pools.flow_x[row, col + 1], pools.flow_y[row, col],
        pools.flow_y[row + 1, col], ground.caught[row, col], seconds / ground.dx, seconds / ground.dy, rain,
    )  # fmt: skip
