"""Steps of the scheme over the wet part of a grid, as many as are asked for, without leaving machine code.

The grid has a rim of wall, one cell wide, so that no loop knows an edge. A row is cut into units of UNIT cells, which
wake and sleep (`waking`).

Rows are taken from top to bottom in one go: the faces of a row, then the limiter one row above, then the depths two
rows above. Up to TOGETHER steps of one length, a block, go down the grid behind each other: a row is read from memory
once for all of them, and is in the processor's cache for those that follow.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.boundary_exchange import let_in, let_out, plan_outflow, quickest_rise, volume_between
from core.hydraulics.jit import compiled, compiled_within
from core.hydraulics.local_inertial import active_cells, kernels
from core.hydraulics.local_inertial.active_cells import TOGETHER
from core.hydraulics.local_inertial.kernels import GRAVITY
from core.hydraulics.local_inertial.state import (
    INFLOW,
    OUTFLOW,
    RAIN,
    STEPS,
    TIME,
    UNIT,
    BlockStep,
    FlowState,
    ForcingSeries,
    GridTerrain,
    SchemeParameters,
)

LEAST_DEPTH = 0.05  # sets the longest step: thin water on a slope outruns the wave that the step is made for [m]
BEHIND = 2  # rows by which a step follows the one before it, whose depths and flows it needs


@compiled
def advance(
    ground: GridTerrain,
    series: ForcingSeries,
    water: FlowState,
    scheme: SchemeParameters,
    until: float,
    most_steps: int,
) -> None:
    """Step until the clock shows `until` [s], or at least `most_steps` were taken; a block is not cut short."""
    clock, taken = water.clock, 0
    while clock[TIME] < until and taken < most_steps:
        steps, end = _next_block(ground, series, water, scheme, until)
        falling = _find_what_comes(series, water, steps, end)
        active_cells.wake(ground, water, scheme, steps, falling)
        _sweep(ground, water, scheme, steps, end, until)
        clock[RAIN] += volume_between(series, 0, clock[TIME], end)
        clock[TIME] = end
        clock[STEPS] += steps
        taken += steps


@compiled
def _next_block(
    ground: GridTerrain, series: ForcingSeries, water: FlowState, scheme: SchemeParameters, until: float
) -> tuple[int, float]:
    """How many steps are taken together, and when the last of them ends [s].

    They are equal up to the stop: no short one follows long ones. Their length is reckoned with the greatest depth now.
    There are as many as leave it within what the scheme bears, if it goes on growing as it did in the block before, and
    one alone where more water than before is about to come in.
    """
    now, eve = water.clock[TIME], water.eve
    depth = max(active_cells.greatest_depth(water), LEAST_DEPTH)
    longest = min(scheme.courant * min(ground.dx, ground.dy) / np.sqrt(GRAVITY * depth), scheme.longest_step)
    left = max(np.ceil((until - now) / longest - 1e-9), 1.0)
    seconds = (until - now) / left
    room = 0.5 * (scheme.theta / (2.0 * scheme.courant**2) - 1.0)  # by what share it may grow; twice that is stable
    growth = max(depth / max(eve[0], 1e-9) - 1.0, 0.0) / max(eve[2], 1.0)  # in a step
    rise = quickest_rise(ground, series, now, now + TOGETHER * seconds)
    sudden = rise > (1.0 + room) * eve[1] and rise * TOGETHER * seconds > room * depth
    steps = 1 if sudden else int(min(left, TOGETHER, 1.0 + room / max(growth, 1e-9)))
    eve[0], eve[1], eve[2] = depth, rise, steps
    return steps, until if steps == left else now + steps * seconds


@compiled
def _find_what_comes(series: ForcingSeries, water: FlowState, steps: int, end: float) -> float:
    """What each series brings in each step of a block; returns the rain before the last of them begins [m]."""
    start = water.clock[TIME]
    seconds = (end - start) / steps
    falling = 0.0
    for step in range(steps):
        falling += water.coming[step - 1, 0] if step > 0 else 0.0
        after = end if step == steps - 1 else start + (step + 1) * seconds
        for number in range(water.coming.shape[1]):
            water.coming[step, number] = volume_between(series, number, start + step * seconds, after)
    return falling


@compiled
def _sweep(
    ground: GridTerrain, water: FlowState, scheme: SchemeParameters, steps: int, end: float, until: float
) -> None:
    """Move the water through a block of steps, up to `end` [s]."""
    rows, clock = water.depth.shape[0] - 2, water.clock
    start = clock[TIME]
    seconds = (end - start) / steps
    for step in range(steps):
        kernels.fill(water.before[step, 0], 0.0)
        kernels.fill(water.before[step, 1], 0.0)
    for front in range(1, rows + 3 + BEHIND * (steps - 1)):
        first = max(0, -((rows + 2 - front) // BEHIND))
        for step in range(first, min(steps, (front - 1) // BEHIND + 1)):
            last = step == steps - 1
            records = (int(clock[STEPS]) + step + 1) % scheme.steps_per_record == 0 or (last and end == until)
            after = end if last else start + (step + 1) * seconds
            turn = BlockStep(step, seconds, after, water.coming[step, 0], records, last)
            _step_row(ground, water, scheme, turn, front - BEHIND * step)


@compiled_within
def _step_row(ground: GridTerrain, water: FlowState, scheme: SchemeParameters, turn: BlockStep, row: int) -> None:
    """The faces of a row, the limits of the one above it, the depths of the next above; to two rows beyond the last."""
    rows = water.depth.shape[0] - 2
    if row <= rows:
        _flow_in_row(ground, water, scheme, turn, row)
    if 1 <= row - 1 <= rows:
        _limit_row(ground, water, turn.seconds, row - 1)
    if row >= 3:
        plan_outflow(ground, water, scheme, turn.seconds, row - 2)
        _fill_row(ground, water, turn, row - 2)
        water.clock[OUTFLOW] += let_out(ground, water, row - 2)
        water.clock[INFLOW] += let_in(ground, water, turn.number, row - 2)
        if turn.last:
            _survey_row(water, row - 2)
        if turn.records:
            _record_row(water, scheme, turn, row - 2)


@compiled_within
def _flow_in_row(ground: GridTerrain, water: FlowState, scheme: SchemeParameters, turn: BlockStep, row: int) -> None:
    """The left and the upper faces of a row's cells. Old flows are set aside, for the faces that come after."""
    old, seconds = water.aside, turn.seconds
    above, here = water.before[turn.number, row % 2], water.before[turn.number, 1 - row % 2]
    depth, elevation, friction = water.depth, ground.elevation, ground.friction
    flow_x, flow_y = water.flow_x, water.flow_y
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        share, held = water.room[0, : b - a], water.room[1, : b - a]
        if run == water.first_run[row] or water.runs[run - 1, 1] < a:  # else it was set aside with the run before
            old[a - 1] = 0.0
        kernels.copy(flow_x[row, a : b + 1], old[a : b + 1])
        kernels.flow_through_faces(
            flow_x[row, a:b], old[a - 1 : b - 1], old[a + 1 : b + 1],
            depth[row, a - 1 : b - 1], depth[row, a:b], elevation[row, a - 1 : b - 1], elevation[row, a:b],
            friction[row, a - 1 : b - 1], friction[row, a:b], share, held,
            seconds, GRAVITY * seconds / ground.dx, scheme.theta, scheme.threshold,
        )  # fmt: skip
        kernels.copy(flow_y[row, a:b], here[a:b])
        kernels.flow_through_faces(
            flow_y[row, a:b], above[a:b], flow_y[row + 1, a:b],
            depth[row - 1, a:b], depth[row, a:b], elevation[row - 1, a:b], elevation[row, a:b],
            friction[row - 1, a:b], friction[row, a:b], share, held,
            seconds, GRAVITY * seconds / ground.dy, scheme.theta, scheme.threshold,
        )  # fmt: skip
    for run in range(water.first_run[row - 1], water.first_run[row]):  # zero again where the row after next may sleep
        kernels.fill(above[water.runs[run, 0] : water.runs[run, 1]], 0.0)


@compiled_within
def _limit_row(ground: GridTerrain, water: FlowState, seconds: float, row: int) -> None:
    """No cell loses more than it holds."""
    across, down = seconds / ground.dx, seconds / ground.dy
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        depth, left, right = water.depth[row, a:b], water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1]
        top, bottom = water.flow_y[row, a:b], water.flow_y[row + 1, a:b]
        if kernels.count_overdrawn(depth, left, right, top, bottom, across, down):
            kernels.limit_outflow(depth, left, right, top, bottom, across, down)


@compiled_within
def _fill_row(ground: GridTerrain, water: FlowState, turn: BlockStep, row: int) -> None:
    """Continuity, and rain."""
    across, down = turn.seconds / ground.dx, turn.seconds / ground.dy
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        kernels.fill_cells(
            water.depth[row, a:b], ground.elevation[row, a:b],
            water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1],
            water.flow_y[row, a:b], water.flow_y[row + 1, a:b], across, down, turn.rain,
        )  # fmt: skip


@compiled_within
def _survey_row(water: FlowState, row: int) -> None:
    """The largest depth of each unit, for the next block."""
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        for unit in range((a - 1) // UNIT + 1, (b - 2) // UNIT + 2):
            first, end = active_cells.columns(water, unit)
            water.unit_depth[row, unit] = kernels.largest(water.depth[row, first:end])


@compiled_within
def _record_row(water: FlowState, scheme: SchemeParameters, turn: BlockStep, row: int) -> None:
    """Keep maxima and arrival."""
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        kernels.record(
            water.depth[row, a:b], water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1],
            water.flow_y[row, a:b], water.flow_y[row + 1, a:b],
            water.deepest[row, a:b], water.arrival[row, a:b], water.fastest[row, a:b],
            np.float32(turn.end), scheme.arrived_at,
        )  # fmt: skip
