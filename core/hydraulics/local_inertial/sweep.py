"""Time steps of the local inertial scheme over the active cells of a grid, many at a call, within machine code.

Rows are taken from top to bottom in one go: the faces of a row, then the limiter one row above, then the depths two
rows above. Up to MAX_BLOCK_STEPS steps of one length, a block, go down the grid behind each other: a row is read from
memory once for all of them, and is in the processor's cache for those that follow.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics import row_kernels
from core.hydraulics.constants import GRAVITY, INFLOW, OUTFLOW, RAIN, STEPS, TIME
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.local_inertial import active_cells, continuity, maxima, momentum
from core.hydraulics.local_inertial.boundary_exchange import (
    discharge_inlets,
    discharge_outlets,
    fastest_rise,
    plan_outflow,
)
from core.hydraulics.local_inertial.state import (
    MAX_BLOCK_STEPS,
    SEGMENT,
    BlockStep,
    FlowState,
    GridTerrain,
    SchemeParameters,
)

MIN_DEPTH = 0.05  # sets the longest step: thin water on a slope outruns the wave that the step is made for [m]
BEHIND = 2  # rows by which a step follows the one before it, whose depths and discharges it needs


@compiled
def advance(
    terrain: GridTerrain,
    forcing: ForcingSeries,
    state: FlowState,
    parameters: SchemeParameters,
    until: float,
    max_steps: int,
) -> None:
    """Step in blocks until the clock shows a time, or a number of steps were taken.

    terrain, parameters, forcing: not changed.
    state: the water, changed in place.
    until: simulated time at which to stop [s].
    max_steps: number of steps after which no other block is begun; a block is not cut short.
    """
    clock, taken = state.clock, 0
    while clock[TIME] < until and taken < max_steps:
        steps, end = _next_block(terrain, forcing, state, parameters, until)
        expected_rain = _find_step_volumes(forcing, state, steps, end)
        active_cells.activate(terrain, state, parameters, steps, expected_rain)
        _sweep(terrain, state, parameters, steps, end, until)
        clock[RAIN] += volume_between(forcing, 0, clock[TIME], end)
        clock[TIME] = end
        clock[STEPS] += steps
        taken += steps


@compiled
def _next_block(
    terrain: GridTerrain, forcing: ForcingSeries, state: FlowState, parameters: SchemeParameters, until: float
) -> tuple[int, float]:
    """How many steps are taken together, and when the last of them ends [s].

    The step follows from the Courant number of a shallow wave, dt = courant * dx / sqrt(g h), with the greatest depth
    now. Steps are equal up to the stop: no short one follows long ones. A block has as many as keep that depth within
    what the scheme bears, if it goes on growing as it did in the block before, and one alone where more water than
    before is about to come in.
    """
    now, previous = state.clock[TIME], state.previous_block
    depth = max(active_cells.greatest_depth(state), MIN_DEPTH)
    longest = min(parameters.courant * min(terrain.dx, terrain.dy) / np.sqrt(GRAVITY * depth), parameters.longest_step)
    left = max(np.ceil((until - now) / longest - 1e-9), 1.0)
    seconds = (until - now) / left
    margin = 0.5 * (parameters.theta / (2.0 * parameters.courant**2) - 1.0)  # it may grow so much; twice is stable
    growth = max(depth / max(previous[0], 1e-9) - 1.0, 0.0) / max(previous[2], 1.0)  # in a step
    rise = fastest_rise(terrain, forcing, now, now + MAX_BLOCK_STEPS * seconds)
    sudden = rise > (1.0 + margin) * previous[1] and rise * MAX_BLOCK_STEPS * seconds > margin * depth
    steps = 1 if sudden else int(min(left, MAX_BLOCK_STEPS, 1.0 + margin / max(growth, 1e-9)))
    previous[0], previous[1], previous[2] = depth, rise, steps
    return steps, until if steps == left else now + steps * seconds


@compiled
def _find_step_volumes(forcing: ForcingSeries, state: FlowState, steps: int, end: float) -> float:
    """Set what each series brings in each step of a block; returns the rain before the last step begins [m]."""
    start = state.clock[TIME]
    seconds = (end - start) / steps
    expected_rain = 0.0
    for step in range(steps):
        expected_rain += state.step_volumes[step - 1, 0] if step > 0 else 0.0
        after = end if step == steps - 1 else start + (step + 1) * seconds
        for number in range(state.step_volumes.shape[1]):
            state.step_volumes[step, number] = volume_between(forcing, number, start + step * seconds, after)
    return expected_rain


@compiled
def _sweep(
    terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, steps: int, end: float, until: float
) -> None:
    """Move the water through a block of steps, up to `end` [s]; each step BEHIND rows behind the one before it."""
    rows, clock = state.depth.shape[0] - 2, state.clock
    start = clock[TIME]
    seconds = (end - start) / steps
    for number in range(steps):
        row_kernels.fill(state.old_flow_y[number, 0], 0.0)
        row_kernels.fill(state.old_flow_y[number, 1], 0.0)
    for front in range(1, rows + 3 + BEHIND * (steps - 1)):
        first = max(0, -((rows + 2 - front) // BEHIND))
        for number in range(first, min(steps, (front - 1) // BEHIND + 1)):
            last = number == steps - 1
            records = (int(clock[STEPS]) + number + 1) % parameters.steps_per_record == 0 or (last and end == until)
            after = end if last else start + (number + 1) * seconds
            step = BlockStep(number, seconds, after, state.step_volumes[number, 0], records, last)
            _step_row(terrain, state, parameters, step, front - BEHIND * number)


@compiled_forceinline
def _step_row(terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, step: BlockStep, row: int) -> None:
    """Discharge at the faces of a row, limits of the row above it, depths of the next above.

    row: from 1 to two beyond the last, so that limits and depths reach the last row.
    """
    rows = state.depth.shape[0] - 2
    if row <= rows:
        _update_discharge_of_row(terrain, state, parameters, step, row)
    if 1 <= row - 1 <= rows:
        _limit_row(terrain, state, step.seconds, row - 1)
    if row >= 3:
        plan_outflow(terrain, state, parameters, step.seconds, row - 2)
        _update_depth_of_row(terrain, state, step, row - 2)
        state.clock[OUTFLOW] += discharge_outlets(terrain, state, row - 2)
        state.clock[INFLOW] += discharge_inlets(terrain, state, step.number, row - 2)
        if step.last:
            _update_segment_depths(state, row - 2)
        if step.records:
            _record_row(state, parameters, step, row - 2)


@compiled_forceinline
def _update_discharge_of_row(
    terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, step: BlockStep, row: int
) -> None:
    """Discharge at the left and the upper faces of a row's cells; old values are kept for the faces that come after."""
    old_x, seconds = state.old_flow_x, step.seconds
    above, below = state.old_flow_y[step.number, row % 2], state.old_flow_y[step.number, 1 - row % 2]
    depth, elevation, friction = state.depth, terrain.elevation, terrain.friction
    flow_x, flow_y = state.flow_x, state.flow_y
    for run in range(state.first_run[row], state.first_run[row + 1]):
        a, b = state.runs[run, 0], state.runs[run, 1]
        flow_depth, drag = state.scratch[0, : b - a], state.scratch[1, : b - a]
        if run == state.first_run[row] or state.runs[run - 1, 1] < a:  # else it was kept with the run before
            old_x[a - 1] = 0.0
        row_kernels.copy(flow_x[row, a : b + 1], old_x[a : b + 1])
        momentum.update_discharge(
            flow_x[row, a:b], old_x[a - 1 : b - 1], old_x[a + 1 : b + 1],
            depth[row, a - 1 : b - 1], depth[row, a:b], elevation[row, a - 1 : b - 1], elevation[row, a:b],
            friction[row, a - 1 : b - 1], friction[row, a:b], flow_depth, drag,
            seconds, GRAVITY * seconds / terrain.dx, parameters.theta, parameters.depth_threshold,
        )  # fmt: skip
        row_kernels.copy(flow_y[row, a:b], below[a:b])
        momentum.update_discharge(
            flow_y[row, a:b], above[a:b], flow_y[row + 1, a:b],
            depth[row - 1, a:b], depth[row, a:b], elevation[row - 1, a:b], elevation[row, a:b],
            friction[row - 1, a:b], friction[row, a:b], flow_depth, drag,
            seconds, GRAVITY * seconds / terrain.dy, parameters.theta, parameters.depth_threshold,
        )  # fmt: skip
    # Zero again where the row after next may be inactive.
    for run in range(state.first_run[row - 1], state.first_run[row]):
        row_kernels.fill(above[state.runs[run, 0] : state.runs[run, 1]], 0.0)


@compiled_forceinline
def _limit_row(terrain: GridTerrain, state: FlowState, seconds: float, row: int) -> None:
    """Limit the discharge out of a row's cells to what they hold."""
    across, down = seconds / terrain.dx, seconds / terrain.dy
    for run in range(state.first_run[row], state.first_run[row + 1]):
        a, b = state.runs[run, 0], state.runs[run, 1]
        depth, left, right = state.depth[row, a:b], state.flow_x[row, a:b], state.flow_x[row, a + 1 : b + 1]
        top, bottom = state.flow_y[row, a:b], state.flow_y[row + 1, a:b]
        if continuity.count_overdrawn(depth, left, right, top, bottom, across, down):
            continuity.limit_outflow(depth, left, right, top, bottom, across, down)


@compiled_forceinline
def _update_depth_of_row(terrain: GridTerrain, state: FlowState, step: BlockStep, row: int) -> None:
    """Apply continuity and rain to a row's active cells."""
    across, down = step.seconds / terrain.dx, step.seconds / terrain.dy
    for run in range(state.first_run[row], state.first_run[row + 1]):
        a, b = state.runs[run, 0], state.runs[run, 1]
        continuity.update_depth(
            state.depth[row, a:b], terrain.elevation[row, a:b],
            state.flow_x[row, a:b], state.flow_x[row, a + 1 : b + 1],
            state.flow_y[row, a:b], state.flow_y[row + 1, a:b], across, down, step.rain,
        )  # fmt: skip


@compiled_forceinline
def _update_segment_depths(state: FlowState, row: int) -> None:
    """Set the greatest depth of a row's active segments, by which the next block is planned."""
    for run in range(state.first_run[row], state.first_run[row + 1]):
        a, b = state.runs[run, 0], state.runs[run, 1]
        for segment in range((a - 1) // SEGMENT + 1, (b - 2) // SEGMENT + 2):
            first, end = active_cells.segment_columns(state, segment)
            state.segment_depth[row, segment] = row_kernels.largest(state.depth[row, first:end])


@compiled_forceinline
def _record_row(state: FlowState, parameters: SchemeParameters, step: BlockStep, row: int) -> None:
    """Update maxima and arrival of a row's active cells."""
    for run in range(state.first_run[row], state.first_run[row + 1]):
        a, b = state.runs[run, 0], state.runs[run, 1]
        maxima.record_maxima(
            state.depth[row, a:b], state.flow_x[row, a:b], state.flow_x[row, a + 1 : b + 1],
            state.flow_y[row, a:b], state.flow_y[row + 1, a:b],
            state.max_depth[row, a:b], state.arrival[row, a:b], state.max_speed[row, a:b],
            np.float32(step.end), parameters.arrival_depth,
        )  # fmt: skip
