"""One row in a step of the sub-grid scheme: depths, discharges, limits and volumes of those runs that are due.

In a step, rows are taken from top to bottom in one go: while a row's discharges are found, the row above it is limited
and the next above gets its new volumes. Which step comes to which row when is said in `worker_sync`.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.constants import GRAVITY
from core.hydraulics.jit import compiled_forceinline
from core.hydraulics.row_kernels import ZERO, copy
from core.hydraulics.subgrid import continuity, flux_limiter, momentum, residence_time, step_limits, time_levels
from core.hydraulics.subgrid.state import (
    FIRST_ROW,
    INACTIVE,
    INNER_ROW,
    UPPER_FACES,
    StepSchedule,
    SubgridParameters,
    SubgridState,
    SubgridStep,
    SubgridTerrain,
)


@compiled_forceinline
def step_row(
    terrain: SubgridTerrain,
    state: SubgridState,
    schedule: StepSchedule,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
) -> int:
    """Depths and discharges of a row, limits of the one above it and volumes of the next above, of all that is due.

    row: from 1 to two beyond the last.
    Returns how many cells got new volumes.
    """
    rows, stepped = state.volume.shape[0] - 2, 0
    if row <= rows and time_levels.any_due(schedule, row, step.due):
        update_depths(terrain, state, schedule, parameters, step, row)
        update_flows(terrain, state, schedule, parameters, step, row, state.flow_y[row + 1])
    if 1 <= row - 1 <= rows and time_levels.any_due(schedule, row - 1, step.due):
        flux_limiter.limit_row(terrain, state, schedule, step, row - 1)
    if row >= 3 and time_levels.any_due(schedule, row - 2, step.due):
        stepped = update_volumes(terrain, state, schedule, step, row - 2)
    return stepped


@compiled_forceinline
def update_depths(
    terrain: SubgridTerrain,
    state: SubgridState,
    schedule: StepSchedule,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
) -> None:
    """Find the depths of what is due in a row, and every so many steps record its maxima.

    In the first step of a schedule, depths are known from the survey of all tiles.
    """
    rows = state.volume.shape[0] - 2
    tile_row, kind = time_levels.tile_row_of(row), time_levels.row_kind(row, rows)
    for index in range(schedule.run_counts[kind, tile_row]):
        first, end, level, _, read_first, read_end = schedule.runs[kind, tile_row, index]
        if level <= step.due:
            if step.number > 0:
                step_limits.find_row_depths(terrain, state, row, read_first, read_end)
            if (step.number >> level) % parameters.steps_per_record == 0:
                record_row_maxima(terrain, state, parameters, row, first, end, step.start)


@compiled_forceinline
def record_row_maxima(
    terrain: SubgridTerrain,
    state: SubgridState,
    parameters: SubgridParameters,
    row: int,
    first: int,
    end: int,
    now: float,
) -> None:
    """Record the maxima and the arrival time of the columns `first` to `end` of a row at the time `now` [s]."""
    residence_time.record_maxima(
        state.depth[row, first:end], state.flow_x[row, first:end], state.flow_x[row, first + 1 : end + 1],
        state.flow_y[row, first:end], state.flow_y[row + 1, first:end], np.float32(terrain.dx),
        np.float32(terrain.dy), state.max_depth[row, first:end], state.max_throughflow[row, first:end],
        state.arrival[row, first:end], np.float32(now), np.float32(parameters.arrival_depth),
    )  # fmt: skip


@compiled_forceinline
def update_flows(
    terrain: SubgridTerrain,
    state: SubgridState,
    schedule: StepSchedule,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
    old_below: np.ndarray,
) -> None:
    """Step the discharges through the left and the upper faces of what is due in a row.

    old_below: flow_y of the row below before this step, shape (cols + 2,) [m2/s]. That of the row above stands in
    state.old_flow_y, where that of this row is put.
    """
    tile_row, kind = time_levels.tile_row_of(row), time_levels.row_kind(row, state.volume.shape[0] - 2)
    old_x, old_above, old_y = (
        state.row_buffers[step.worker, 2],
        state.old_flow_y[step.number, row % 2],
        state.old_flow_y[step.number, 1 - row % 2],
    )
    copy(state.flow_y[row], old_y)
    if schedule.min_run_level[INNER_ROW, tile_row] <= step.due:
        copy(state.flow_x[row], old_x)
        for index in range(schedule.run_counts[INNER_ROW, tile_row]):
            first, end, level, _, _, read_end = schedule.runs[INNER_ROW, tile_row, index]
            if level <= step.due:
                first_flow = state.flow_x[row, first]
                _update_flow_x(terrain, state, parameters, step, row, (first, read_end, level))
                if index > 0 and schedule.runs[INNER_ROW, tile_row, index - 1, 5] > first:
                    state.flow_x[row, first] = first_flow  # it steps with the run before it, which is quicker, and has
                copy(old_x[end + 1 : read_end], state.flow_x[row, end + 1 : read_end])
        for interface in range(schedule.interface_counts[tile_row]):
            if schedule.interfaces[tile_row, interface, 2] == INACTIVE:
                state.flow_x[row, schedule.interfaces[tile_row, interface, 0]] = ZERO
    upper = UPPER_FACES if kind == FIRST_ROW else INNER_ROW
    if schedule.min_run_level[upper, tile_row] <= step.due:
        for index in range(schedule.run_counts[upper, tile_row]):
            first, end, level, _, _, _ = schedule.runs[upper, tile_row, index]
            if level <= step.due:
                _update_flow_y(terrain, state, parameters, step, row, (first, end, level), (old_above, old_below))


@compiled_forceinline
def _update_flow_x(
    terrain: SubgridTerrain,
    state: SubgridState,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
    run: tuple[int, int, int],
) -> None:
    """Step the discharges through the left faces of a run: its first column, the one after its last, and its level."""
    first, end, level = run
    buffers, factor, seconds = state.row_buffers[step.worker], terrain.sills_x.shape[1], step.seconds * (1 << level)
    momentum.step_flow(
        state.flow_x[row, first:end], buffers[2, first - 1 : end - 1], buffers[2, first + 1 : end + 1],
        state.depth[row, first - 1 : end - 1], state.depth[row, first:end],
        state.storage_slope[row, first - 1 : end - 1], state.storage_slope[row, first:end],
        terrain.bed_drop_x[row, first:end], terrain.sills_x[row], first, terrain.friction_x[row, first:end],
        buffers[0, first:end], buffers[1, first:end],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * terrain.dx)),
        np.float32(seconds / terrain.dx), np.float32(step.relaxation * seconds), np.float32(parameters.threshold),
    )  # fmt: skip


@compiled_forceinline
def _update_flow_y(
    terrain: SubgridTerrain,
    state: SubgridState,
    parameters: SubgridParameters,
    step: SubgridStep,
    row: int,
    run: tuple[int, int, int],
    old_flows: tuple[np.ndarray, np.ndarray],
) -> None:
    """Step the discharges through the upper faces of a run: its first column, the one after its last, and its level.

    old_flows: flow_y of the rows above and below before this step, each of shape (cols + 2,) [m2/s].
    """
    first, end, level = run
    old_above, old_below = old_flows
    buffers, factor, seconds = state.row_buffers[step.worker], terrain.sills_y.shape[1], step.seconds * (1 << level)
    momentum.step_flow(
        state.flow_y[row, first:end], old_above[first:end], old_below[first:end],
        state.depth[row - 1, first:end], state.depth[row, first:end],
        state.storage_slope[row - 1, first:end], state.storage_slope[row, first:end],
        terrain.bed_drop_y[row, first:end], terrain.sills_y[row], first, terrain.friction_y[row, first:end],
        buffers[0, first:end], buffers[1, first:end],
        np.float32(seconds), np.float32(GRAVITY * seconds / (factor * terrain.dy)),
        np.float32(seconds / terrain.dy), np.float32(step.relaxation * seconds), np.float32(parameters.threshold),
    )  # fmt: skip


@compiled_forceinline
def update_volumes(
    terrain: SubgridTerrain, state: SubgridState, schedule: StepSchedule, step: SubgridStep, row: int
) -> int:
    """Continuity for what is due in a row; returns how many cells were."""
    rows, stepped = state.volume.shape[0] - 2, 0
    tile_row, kind = time_levels.tile_row_of(row), time_levels.row_kind(row, rows)
    for interface in range(schedule.interface_counts[tile_row]):
        col = schedule.interfaces[tile_row, interface, 1]
        state.interface_volumes[step.worker, interface] = state.volume[row, col]
    for index in range(schedule.run_counts[kind, tile_row]):
        first, end, level, _, _, _ = schedule.runs[kind, tile_row, index]
        if level <= step.due:
            seconds, rain = step.seconds * (1 << level), schedule.rain[step.number, level]
            _update_run_volumes(terrain, state, seconds, rain, row, first, end)
            stepped += end - first
    for interface in range(schedule.interface_counts[tile_row]):
        if time_levels.steps_alone(schedule, step.due, row, rows, interface):
            col, level = schedule.interfaces[tile_row, interface, 1], schedule.interfaces[tile_row, interface, 2]
            state.volume[row, col] = state.interface_volumes[step.worker, interface]
            _update_cell_volume(
                terrain, state, step.seconds * (1 << level), schedule.rain[step.number, level], row, col
            )
    return stepped


@compiled_forceinline
def _update_run_volumes(
    terrain: SubgridTerrain, state: SubgridState, seconds: float, rain: float, row: int, first: int, end: int
) -> None:
    """Continuity for the columns `first` to `end` of a row, over `seconds` [s] with so much rain [m]."""
    continuity.update_volumes(
        state.volume[row, first:end], state.flow_x[row, first:end], state.flow_x[row, first + 1 : end + 1],
        state.flow_y[row, first:end], state.flow_y[row + 1, first:end], terrain.valid_cells[row, first:end],
        seconds / terrain.dx, seconds / terrain.dy, rain,
    )  # fmt: skip


@compiled_forceinline
def _update_cell_volume(
    terrain: SubgridTerrain, state: SubgridState, seconds: float, rain: float, row: int, col: int
) -> None:
    """Continuity for one cell, over `seconds` [s] with so much rain [m]."""
    state.volume[row, col] = continuity.updated_volume(
        state.volume[row, col], state.flow_x[row, col], state.flow_x[row, col + 1], state.flow_y[row, col],
        state.flow_y[row + 1, col], terrain.valid_cells[row, col], seconds / terrain.dx, seconds / terrain.dy, rain,
    )  # fmt: skip
