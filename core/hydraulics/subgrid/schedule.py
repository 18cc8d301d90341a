"""The next schedule: which part of the grid steps when, until all of it has come to one time.

Tiles get their time levels by the steps that the water allows. Neighbouring tiles of one level in a row of tiles make a
run, whose columns step together; between two levels there is an interface. A run finds the depths of the cells beside
it, and where the tile after it is slower, the face between them steps with the run. There it takes LANES cells more,
which costs no more than one: what was not due among them is put back.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.constants import GRAVITY, TIME
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled
from core.hydraulics.subgrid import flux_limiter, step_limits, time_levels
from core.hydraulics.subgrid.state import (
    END,
    FIRST_ROW,
    INACTIVE,
    INNER_ROW,
    LAST_ROW,
    MAX_LEVEL,
    RELAXATION,
    SPLIT,
    START,
    UPPER_FACES,
    StepSchedule,
    SubgridModel,
)
from core.hydraulics.subgrid.time_levels import TILE_COLS

LANES = 8  # numbers of single precision that usual vector registers hold


@compiled
def make_schedule(model: SubgridModel, deepest: float, until: float, workers: int) -> None:
    """Replace the schedule by the next one, after a survey of all tiles (`step_limits.survey_tiles`).

    deepest: the greatest depth that the survey found [m].
    until: time at which the run pauses [s].
    workers: threads that share the steps; the second takes those from timing[SPLIT] on.
    """
    terrain, forcing, state, schedule, parameters = model
    now = state.clock[TIME]
    min_step = step_limits.find_min_step(model, deepest)
    raining = volume_between(forcing, 0, now, now + parameters.longest_step) > 0.0
    shortest, highest = time_levels.set_levels(schedule, raining, min_step, parameters.levels)
    _find_runs(schedule, state.depth.shape[1] - 1)
    step_limits.stop_inactive_flow(state, schedule)
    flux_limiter.set_outlet_levels(terrain, schedule)
    # Equal steps up to the stop: a short one between long ones would set water swinging.
    seconds = min(shortest * 2.0**highest, parameters.longest_step)
    schedules_left = np.ceil((until - now) / seconds - 1e-9)
    end = until if schedules_left <= 1.0 else now + (until - now) / schedules_left
    _find_rain(forcing, schedule, now, end, highest)
    schedule.timing[START], schedule.timing[END], schedule.timing[MAX_LEVEL] = now, end, highest
    # How quickly discharges approach those of their neighbours; see results.SubgridOptions.
    wave_speed = np.sqrt(GRAVITY * deepest)
    schedule.timing[RELAXATION] = parameters.flux_relaxation * wave_speed / min(terrain.dx, terrain.dy)
    # Both halves of a schedule are the same work, but that what steps once in it does so at its start.
    schedule.timing[SPLIT] = 1 << highest if workers == 1 else max((1 << highest) // 2, 1)


@compiled
def highest_due(number: int, highest: int) -> int:
    """The highest level that steps in a step of a schedule; highest: of all levels."""
    due = highest
    while number % (1 << due) != 0:
        due -= 1
    return due


@compiled
def _find_rain(forcing: ForcingSeries, schedule: StepSchedule, start: float, end: float, highest: int) -> None:
    """Set what falls in each step of each level [m], between `start` and `end` [s]."""
    count = 1 << highest
    seconds = (end - start) / count
    for number in range(count):
        now = start + number * seconds
        for level in range(highest_due(number, highest) + 1):
            after = number + (1 << level)
            schedule.rain[number, level] = volume_between(
                forcing, 0, now, end if after == count else start + after * seconds
            )


@compiled
def _find_runs(schedule: StepSchedule, last_col: int) -> None:
    """Find the runs and level interfaces of all rows of tiles; last_col: one after the last column of cells."""
    for row in range(1, schedule.level.shape[0] - 1):
        for kind in range(4):
            schedule.run_counts[kind, row], schedule.min_run_level[kind, row] = 0, INACTIVE
        schedule.interface_counts[row] = 0
        for col in range(1, schedule.level.shape[1] - 1):
            own, before, after = schedule.level[row, col], schedule.level[row, col - 1], schedule.level[row, col + 1]
            above, below = schedule.level[row - 1, col], schedule.level[row + 1, col]
            first = 1 + (col - 1) * TILE_COLS
            end = min(first + TILE_COLS, last_col)
            read_first = max(first - LANES, 1) if own < before < INACTIVE else first
            read_end = min(end + LANES, last_col) if own < after < INACTIVE else end
            if own != INACTIVE:
                columns = (first, end, read_first, read_end)
                _add_run(schedule, INNER_ROW, row, columns, own, own)
                _add_run(schedule, FIRST_ROW, row, columns, min(own, above), own)
                _add_run(schedule, LAST_ROW, row, columns, min(own, below), own)
                if above != INACTIVE:
                    _add_run(schedule, UPPER_FACES, row, columns, min(own, above), own)
            if col > 1 and before != own:
                index = schedule.interface_counts[row]
                shut = before == INACTIVE or own == INACTIVE
                schedule.interfaces[row, index, 0] = first
                schedule.interfaces[row, index, 1] = first if own > before else first - 1
                schedule.interfaces[row, index, 2] = INACTIVE if shut else min(own, before)
                schedule.interface_counts[row] = index + 1


@compiled
def _add_run(
    schedule: StepSchedule, kind: int, row: int, columns: tuple[int, int, int, int], level: int, tile_level: int
) -> None:
    """Add a run to a row of tiles, or lengthen the last one by it.

    columns: its first, the one after its last, and the first and the one after the last whose depths it finds.
    level: at which it steps; tile_level: of its tiles.
    """
    first, end, read_first, read_end = columns
    index = schedule.run_counts[kind, row]
    runs = schedule.runs[kind, row]
    if index > 0 and runs[index - 1, 1] == first and runs[index - 1, 2] == level and runs[index - 1, 3] == tile_level:
        runs[index - 1, 1], runs[index - 1, 5] = end, read_end
    else:
        runs[index, 0], runs[index, 1], runs[index, 2], runs[index, 3] = first, end, level, tile_level
        runs[index, 4], runs[index, 5] = read_first, read_end
        schedule.run_counts[kind, row] = index + 1
    schedule.min_run_level[kind, row] = min(schedule.min_run_level[kind, row], level)
