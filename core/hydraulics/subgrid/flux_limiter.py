"""The flux limiter and the edges: cells never lose more than they hold, also while steps of faces are under way.

A face of a higher level than its cell's takes water away for several of the cell's steps. What it has yet to take is
set aside: only the rest may leave through the faces whose steps begin.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.row_kernels import ZERO, inverse_cube_root
from core.hydraulics.subgrid import continuity, time_levels
from core.hydraulics.subgrid.state import StepSchedule, SubgridParameters, SubgridState, SubgridStep, SubgridTerrain

SAFE_OUTFLOW_SHARE = 0.999  # where less of what a cell holds leaves it, no limit is needed, however it is rounded


@compiled_forceinline
def limit_row(
    terrain: SubgridTerrain, state: SubgridState, schedule: StepSchedule, step: SubgridStep, row: int
) -> None:
    """Scale down the discharges out of those cells of a row that would lose more in their faces' steps than they hold.

    Water leaves through a face from one cell alone, so that no discharge is scaled twice and the order does not matter.
    """
    rows = state.volume.shape[0] - 2
    tile_row, kind = time_levels.tile_row_of(row), time_levels.row_kind(row, rows)
    for index in range(schedule.run_counts[kind, tile_row]):
        first, end, level, tile_level, _, _ = schedule.runs[kind, tile_row, index]
        if level <= step.due:
            seconds = step.seconds * (1 << tile_level)
            across, down = np.float32(seconds / terrain.dx), np.float32(seconds / terrain.dy)
            overdrawn = continuity.count_overdrawn(
                state.volume[row, first:end], state.flow_x[row, first:end], state.flow_x[row, first + 1 : end + 1],
                state.flow_y[row, first:end], state.flow_y[row + 1, first:end], across, down,
                state.row_buffers[step.worker, 0],
            )  # fmt: skip
            for col in range(first, end if overdrawn else first):
                _limit_cell(terrain, state, schedule, step, row, col)
    for interface in range(schedule.interface_counts[tile_row]):
        if time_levels.steps_alone(schedule, step.due, row, rows, interface):
            _limit_cell(terrain, state, schedule, step, row, schedule.interfaces[tile_row, interface, 1])


@compiled
def _limit_cell(
    terrain: SubgridTerrain, state: SubgridState, schedule: StepSchedule, step: SubgridStep, row: int, col: int
) -> None:
    """Scale the flows out of a cell whose step begins, so that with those under way they leave what it holds."""
    x, y, seconds = state.flow_x, state.flow_y, step.seconds * (1 << time_levels.tile_level(schedule, row, col))
    across, down = np.float32(seconds / terrain.dx), np.float32(seconds / terrain.dy)
    lost = continuity.outflow_of_cell(x[row, col], x[row, col + 1], y[row, col], y[row + 1, col], across, down)
    if lost <= SAFE_OUTFLOW_SHARE * state.volume[row, col]:
        return
    under_way, beginning = _outflow_to_come(terrain, state, schedule, step.number, step.seconds, row, col)
    available = continuity.MAX_OUTFLOW_SHARE * state.volume[row, col] - under_way
    if beginning > available:
        share, number = np.float32(max(available, 0.0) / beginning), step.number
        if x[row, col] < ZERO and number % time_levels.face_steps(schedule, row, col, row, col - 1) == 0:
            x[row, col] *= share
        if x[row, col + 1] > ZERO and number % time_levels.face_steps(schedule, row, col, row, col + 1) == 0:
            x[row, col + 1] *= share
        if y[row, col] < ZERO and number % time_levels.face_steps(schedule, row, col, row - 1, col) == 0:
            y[row, col] *= share
        if y[row + 1, col] > ZERO and number % time_levels.face_steps(schedule, row, col, row + 1, col) == 0:
            y[row + 1, col] *= share


@compiled
def _outflow_to_come(
    terrain: SubgridTerrain,
    state: SubgridState,
    schedule: StepSchedule,
    number: int,
    seconds: float,
    row: int,
    col: int,
) -> tuple[float, float]:
    """What is still to leave a cell through faces whose step is under way, and through those whose step begins [m].

    number: of the shortest steps that have begun.
    seconds: length of the shortest step [s].
    """
    under_way, beginning = 0.0, 0.0
    for side in range(4):
        forward = side % 2
        if side < 2:
            flow, width = state.flow_x[row, col + forward], terrain.dx
            steps = time_levels.face_steps(schedule, row, col, row, col - 1 + 2 * forward)
        else:
            flow, width = state.flow_y[row + forward, col], terrain.dy
            steps = time_levels.face_steps(schedule, row, col, row - 1 + 2 * forward, col)
        out = flow if forward == 1 else -flow
        if out > ZERO:
            steps_taken = number % steps
            outflow = np.float64(out) * seconds * (steps - steps_taken) / width
            under_way += outflow if steps_taken > 0 else 0.0
            beginning += outflow if steps_taken == 0 else 0.0
    return under_way, beginning


@compiled
def set_outlet_levels(terrain: SubgridTerrain, schedule: StepSchedule) -> None:
    """Set the level at which the cell of each outlet steps."""
    for outlet in range(terrain.outlets.shape[0]):
        row, col = terrain.outlets[outlet, 0], terrain.outlets[outlet, 1]
        schedule.outlet_level[outlet] = time_levels.cell_level(schedule, row, col)


@compiled_forceinline
def discharge_outlets(
    terrain: SubgridTerrain,
    state: SubgridState,
    schedule: StepSchedule,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
) -> float:
    """Let water out at a row's outlets, which are fine cells; returns its volume [m3].

    The lesser of normal (Manning's) and critical flow at the depth at the start of the cell's step, and no more than
    the cell holds less what is yet to leave it through faces whose steps are under way.
    """
    total = 0.0
    for outlet in range(terrain.first_outlet[row], terrain.first_outlet[row + 1]):
        level = schedule.outlet_level[outlet]
        if level <= step.due:
            col = terrain.outlets[outlet, 1]
            depth = state.depth[row, col] - terrain.outlet_bed[outlet]
            if depth > parameters.threshold:
                normal = terrain.outlet_normal[outlet] * depth * depth * inverse_cube_root(np.float32(depth))
                critical = terrain.outlet_critical[outlet] * depth * np.sqrt(depth)
                under_way, _ = _outflow_to_come(
                    terrain, state, schedule, step.number + (1 << level), step.seconds, row, col
                )
                available = max(state.volume[row, col] - under_way, 0.0)
                outflow = min(step.seconds * (1 << level) * min(normal, critical), available)
                state.volume[row, col] -= outflow
                total += outflow
    return total * terrain.dx * terrain.dy


@compiled_forceinline
def discharge_inlets(
    terrain: SubgridTerrain, forcing: ForcingSeries, state: SubgridState, row: int, start: float, end: float
) -> float:
    """Let the water of the series from `start` to `end` [s] in at a row's inlets; returns its volume [m3]."""
    total = 0.0
    for inlet in range(terrain.first_inlet[row], terrain.first_inlet[row + 1]):
        _, col, number = terrain.inlets[inlet]
        inflow = volume_between(forcing, number, start, end) * terrain.inlet_share[inlet]
        state.volume[row, col] += inflow
        total += inflow * terrain.dx * terrain.dy
    return total
