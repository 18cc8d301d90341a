"""The step that the water allows: a survey of all tiles before a schedule is made, and the bound from the inlets."""

from __future__ import annotations

import numpy as np

from core.hydraulics.constants import TIME
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.row_kernels import fill, largest
from core.hydraulics.subgrid import residence_time, storage_curve, time_levels
from core.hydraulics.subgrid.state import (
    INACTIVE,
    StepSchedule,
    SubgridModel,
    SubgridParameters,
    SubgridState,
    SubgridTerrain,
)
from core.hydraulics.subgrid.time_levels import TILE_COLS, TILE_ROWS

SAFE_COURANT = 0.6  # at which no step need be shorter; that of local_inertial.solver.SolverOptions
MIN_INLET_DEPTH = 0.2  # to which an inlet's cell is taken to be filled, to find its step [m]


@compiled_forceinline
def find_row_depths(terrain: SubgridTerrain, state: SubgridState, row: int, first: int, end: int) -> None:
    """Find the depths of the columns `first` to `end` of a row from their volumes."""
    storage_curve.find_depths(
        state.volume[row, first:end], terrain.standing_share[row, first:end], terrain.thin_flow_limit[row, first:end],
        terrain.storage_curve[row], first, terrain.storage_slopes,
        state.depth[row, first:end], state.storage_slope[row, first:end],
    )  # fmt: skip


@compiled
def survey_tiles(model: SubgridModel, scratch: np.ndarray, histogram: np.ndarray, first: int, end: int) -> float:
    """Find all depths in the rows of tiles `first` to `end` and the step that each tile allows.

    scratch: two rows of cells, shape (2 or more, cols + 2), float32.
    histogram: for residence times, shape (residence_time.BINS,), float32.
    Returns the greatest depth in these rows [m].
    """
    terrain, state, schedule = model.terrain, model.state, model.schedule
    rows, cols = state.depth.shape
    width, deepest = _coarse_width(terrain), 0.0
    for tile_row in range(first, end):
        top, bottom = 1 + (tile_row - 1) * TILE_ROWS, min(1 + tile_row * TILE_ROWS, rows - 1)
        for row in range(top, bottom):
            find_row_depths(terrain, state, row, 1, cols - 1)
        for tile_col in range(1, schedule.level.shape[1] - 1):
            left, right = 1 + (tile_col - 1) * TILE_COLS, min(1 + tile_col * TILE_COLS, cols - 1)
            depth = 0.0
            for row in range(top, bottom):
                depth = max(depth, float(largest(state.depth[row, left:right])))
            fill(histogram, 0.0)
            for row in range(top, bottom if depth > 0.0 else top):
                residence_time.find_residence_times(
                    state.volume[row, left:right], state.flow_x[row, left:right],
                    state.flow_x[row, left + 1 : right + 1], state.flow_y[row, left:right],
                    state.flow_y[row + 1, left:right], np.float32(terrain.dx), np.float32(terrain.dy),
                    scratch[0, left:right], scratch[1, left:right],
                )  # fmt: skip
                residence_time.add_to_histogram(scratch[0, left:right], scratch[1, left:right], histogram)
            _limit_step(schedule, model.parameters, histogram, width, tile_row, tile_col, depth)
            deepest = max(deepest, depth)
    return deepest


@compiled
def _limit_step(
    schedule: StepSchedule,
    parameters: SubgridParameters,
    histogram: np.ndarray,
    width: float,
    tile_row: int,
    tile_col: int,
    depth: float,
) -> None:
    """Set what step a tile allows by the crossing of a wave and by its residence time, and whether it is wet.

    histogram: flow in each bin of residence times, shape (residence_time.BINS,) [m3/s].
    width: of a coarse cell [m].
    depth: the greatest in the tile [m].
    """
    residence = residence_time.residence_of_fast_flow(histogram, parameters.fast_flow_share)
    schedule.wet[tile_row, tile_col] = 1 if depth > parameters.threshold else 0
    schedule.allowed_step[tile_row, tile_col] = min(
        parameters.courant * time_levels.crossing_time(width, depth),
        parameters.residence_share * residence,
        parameters.longest_step,
    )


@compiled
def find_min_step(model: SubgridModel, deepest: float) -> float:
    """A step that is always short enough [s], by the survey of all tiles and by the inlets.

    A tile with an inlet is taken to be wet, and while something comes in, to step as shortly as any.

    deepest: the greatest depth on the grid [m].
    """
    terrain, schedule, parameters = model.terrain, model.schedule, model.parameters
    shortest = parameters.longest_step
    for row in range(1, schedule.allowed_step.shape[0] - 1):
        for col in range(1, schedule.allowed_step.shape[1] - 1):
            shortest = min(shortest, schedule.allowed_step[row, col])
    min_step = SAFE_COURANT * time_levels.crossing_time(_coarse_width(terrain), deepest)
    for inlet in range(terrain.inlets.shape[0]):
        row, col, _ = terrain.inlets[inlet]
        tile_row, tile_col = time_levels.tile_row_of(row), time_levels.tile_col_of(col)
        schedule.wet[tile_row, tile_col] = 1
        inlet_step = _inlet_step(model, inlet)
        if inlet_step > 0.0:
            min_step = min(min_step, inlet_step)
            schedule.allowed_step[tile_row, tile_col] = min(shortest, min_step)
    return float(min_step)


@compiled
def _coarse_width(terrain: SubgridTerrain) -> float:
    """The lesser of a coarse cell's sides [m]."""
    return float(min(terrain.dx, terrain.dy) * terrain.sills_x.shape[1])


@compiled
def _inlet_step(model: SubgridModel, inlet: int) -> float:
    """The step in which an inlet brings, at its rate now or soon, the residence share of what its cell holds [s].

    Zero if it brings nothing.
    """
    terrain, state, parameters = model.terrain, model.state, model.parameters
    row, col, number = terrain.inlets[inlet]
    now, soon = state.clock[TIME], state.clock[TIME] + parameters.longest_step
    rate = volume_between(model.forcing, number, now, soon) / parameters.longest_step * terrain.inlet_share[inlet]
    volume = max(state.volume[row, col], MIN_INLET_DEPTH * terrain.valid_cells[row, col])
    return float(parameters.residence_share * volume / rate) if rate > 0.0 else 0.0


@compiled
def stop_inactive_flow(state: SubgridState, schedule: StepSchedule) -> None:
    """Set the discharge through all faces of inactive tiles to zero."""
    rows, cols = state.depth.shape
    for row in range(1, rows - 1):
        tile_row = time_levels.tile_row_of(row)
        for tile_col in range(1, schedule.level.shape[1] - 1):
            if schedule.level[tile_row, tile_col] == INACTIVE:
                left, right = 1 + (tile_col - 1) * TILE_COLS, min(1 + tile_col * TILE_COLS, cols - 1)
                fill(state.flow_x[row, left : right + 1], 0.0)
                fill(state.flow_y[row, left:right], 0.0)
                fill(state.flow_y[row + 1, left:right], 0.0)
