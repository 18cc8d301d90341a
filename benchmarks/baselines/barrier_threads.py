"""The sub-grid solve by two threads that meet at a plain barrier, for `flood_threads`: the same water to the last bit.

Each thread has one half of the grid, cut where half of the work lies. They meet three times in each of the shortest
steps: for the depths beside the cut, for the discharges through it, and for their limits. Between these, each takes the
rows of its half from top to bottom in one go, as the solver does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from core.hydraulics.atomics import CACHE_LINE, publish
from core.hydraulics.constants import RAIN, STEPS, TIME
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.row_kernels import copy
from core.hydraulics.subgrid import flux_limiter, row_step, step_limits, time_levels, worker_sync
from core.hydraulics.subgrid.schedule import highest_due, make_schedule
from core.hydraulics.subgrid.state import (
    END,
    INACTIVE,
    INNER_ROW,
    MAX_LEVEL,
    RELAXATION,
    START,
    SubgridModel,
    SubgridStep,
)
from core.hydraulics.subgrid.worker_sync import WorkerSync, new_sync, wait_for

# As core.hydraulics.jit compiles, but anew in each process: what is kept on disk does not know what it took from core.
compiled: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy", _nrt=False)
compiled_within: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)


class Borders(NamedTuple):
    """What the two halves of the grid share: discharges beside the cut, and where it is.

    above, below: flow_y of the last row above the cut and of the first below it, before the step, shape (cols + 2,).
    cut: the first row below it, shape (1,), int64.
    """

    above: np.ndarray
    below: np.ndarray
    cut: np.ndarray


def advance(model: SubgridModel, seconds: float) -> int:
    """Two threads that meet at a barrier; returns how often they did."""
    sync, cols = new_sync(2), model.state.depth.shape[1]
    borders = Borders(np.zeros(cols, np.float32), np.zeros(cols, np.float32), np.zeros(1, np.int64))
    # Each half keeps its own old discharges: with one step at a time, both would use the same rows for them.
    lower = model._replace(state=model.state._replace(old_flow_y=np.zeros_like(model.state.old_flow_y)))
    models = (model, lower)

    def work(worker: int) -> None:
        _advance_half(models[worker], sync, borders, seconds, worker)

    worker_sync.run_workers(work, sync)
    return int(sync.signals[0])


@compiled
def _meet(signals: np.ndarray, worker: int, meeting: int) -> int:
    """The barrier: wait until the other worker has come to this meeting; returns the number of the next one."""
    publish(signals, worker * CACHE_LINE, meeting)
    wait_for(signals, (1 - worker) * CACHE_LINE, meeting)
    return meeting + 1


@compiled
def _advance_half(model: SubgridModel, sync: WorkerSync, borders: Borders, until: float, worker: int) -> None:
    """A worker's half of all steps until the clock shows `until` [s]; the first makes schedules and sums up."""
    timing, clock, signals, meeting = model.schedule.timing, model.state.clock, sync.signals, 1
    tile_rows = model.schedule.level.shape[0] - 2
    scratch, histogram = model.state.row_buffers[worker], sync.histogram[worker]
    if worker == 0:
        sync.deepest[0] = step_limits.survey_tiles(model, scratch, histogram, 1, tile_rows + 1)
    meeting = _meet(signals, worker, meeting)
    while clock[TIME] < until:
        if worker == 0:
            make_schedule(model, max(sync.deepest[0], sync.deepest[1]), until, 1)
            sync.totals[:] = 0.0
            borders.cut[0] = 1 + time_levels.TILE_ROWS * _half_of_work(model)
        meeting = _meet(signals, worker, meeting)
        meeting = _take_half_steps(model, sync, borders, worker, meeting)
        meeting = _meet(signals, worker, meeting)
        cut = time_levels.tile_row_of(borders.cut[0])
        first, end = (1, cut) if worker == 0 else (cut, tile_rows + 1)
        sync.deepest[worker] = step_limits.survey_tiles(model, scratch, histogram, first, end)
        meeting = _meet(signals, worker, meeting)
        if worker == 0:
            clock[RAIN] += volume_between(model.forcing, 0, timing[START], timing[END])
            cells = (model.state.depth.shape[0] - 2) * (model.state.depth.shape[1] - 2)
            clock[STEPS] += (sync.totals[0, STEPS] + sync.totals[1, STEPS]) / cells
            clock[TIME] = timing[END]
        meeting = _meet(signals, worker, meeting)
    if worker == 0:
        worker_sync.record_all(model)


@compiled
def _half_of_work(model: SubgridModel) -> int:
    """After how many rows of tiles half of the cells that the schedule steps lie above."""
    tile_rows, total, above, cut = model.schedule.level.shape[0] - 2, 0, 0, 0
    for tile_row in range(1, tile_rows + 1):
        total += _work(model, tile_row)
    while cut < tile_rows - 1 and (cut == 0 or 2 * above < total):
        cut += 1
        above += _work(model, cut)
    return cut


@compiled
def _work(model: SubgridModel, tile_row: int) -> int:
    """How many cells of a row of cells are stepped in a schedule."""
    schedule, highest, cells = model.schedule, int(model.schedule.timing[MAX_LEVEL]), 0
    for index in range(schedule.run_counts[INNER_ROW, tile_row]):
        first, end, level, _, _, _ = schedule.runs[INNER_ROW, tile_row, index]
        cells += (end - first) * (1 << (highest - level)) if level < INACTIVE else 0
    return cells


@compiled
def _take_half_steps(model: SubgridModel, sync: WorkerSync, borders: Borders, worker: int, meeting: int) -> int:
    """A worker's half of all steps of a schedule; returns the number of the next meeting."""
    terrain, schedule, signals, totals = model.terrain, model.schedule, sync.signals, sync.totals[worker]
    start, end, highest = schedule.timing[START], schedule.timing[END], int(schedule.timing[MAX_LEVEL])
    rows, count, cut = model.state.volume.shape[0] - 2, 1 << highest, borders.cut[0]
    seconds = (end - start) / count
    first_row, last_row = (1, cut - 1) if worker == 0 else (cut, rows)
    for number in range(count):
        now = start + number * seconds
        after = end if number == count - 1 else now + seconds
        step = SubgridStep(number, highest_due(number, highest), now, seconds, schedule.timing[RELAXATION], worker)
        _prepare_border(model, step, borders, first_row, last_row)
        meeting = _meet(signals, worker, meeting)
        _sweep_half(model, step, borders, first_row, last_row, after, totals)
        meeting = _meet(signals, worker, meeting)
        if worker == 0 and time_levels.any_due(schedule, last_row, step.due):
            flux_limiter.limit_row(terrain, model.state, schedule, step, last_row)
        meeting = _meet(signals, worker, meeting)
        for row in range(last_row - 1 if worker == 0 else first_row, last_row + 1 if worker == 0 else first_row + 1):
            _fill_row(model, step, row, after, totals)
    return meeting


@compiled_within
def _prepare_border(model: SubgridModel, step: SubgridStep, borders: Borders, first_row: int, last_row: int) -> None:
    """Depths of the last row above the cut, and the discharges on both sides before the step."""
    terrain, _, state, schedule, parameters = model
    if step.worker == 1:
        copy(state.flow_y[first_row], borders.below)
        return
    if time_levels.any_due(schedule, last_row, step.due):
        row_step.update_depths(terrain, state, schedule, parameters, step, last_row)
    copy(state.flow_y[last_row], borders.above)


@compiled_within
def _sweep_half(
    model: SubgridModel,
    step: SubgridStep,
    borders: Borders,
    first_row: int,
    last_row: int,
    after: float,
    totals: np.ndarray,
) -> None:
    """What of a step needs nothing of the other half's, down the rows in one go; see `row_step.step_row`."""
    terrain, _, state, schedule, parameters = model
    worker, due = step.worker, step.due
    if worker == 1:
        copy(borders.above, state.old_flow_y[step.number, first_row % 2])
    for row in range(first_row, last_row + (1 if worker == 0 else 3)):
        if row <= last_row and time_levels.any_due(schedule, row, due):
            if worker == 1 or row < last_row:
                row_step.update_depths(terrain, state, schedule, parameters, step, row)
            old_below = borders.below if worker == 0 and row == last_row else state.flow_y[row + 1]
            row_step.update_flows(terrain, state, schedule, parameters, step, row, old_below)
        if first_row <= row - 1 <= last_row and time_levels.any_due(schedule, row - 1, due):
            flux_limiter.limit_row(terrain, state, schedule, step, row - 1)
        if row - 2 >= first_row + worker:
            _fill_row(model, step, row - 2, after, totals)


@compiled_within
def _fill_row(model: SubgridModel, step: SubgridStep, row: int, after: float, totals: np.ndarray) -> None:
    """Volumes, outlets and inlets of a row in a step that ends at `after` [s]."""
    terrain, forcing, state, schedule, parameters = model
    if time_levels.any_due(schedule, row, step.due):
        totals[STEPS] += row_step.update_volumes(terrain, state, schedule, step, row)
    flux_limiter.discharge_outlets(terrain, state, schedule, parameters, step, row)
    flux_limiter.discharge_inlets(terrain, forcing, state, row, step.start, after)
