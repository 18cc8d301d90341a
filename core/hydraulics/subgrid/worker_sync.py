"""The steps of the sub-grid scheme, by one thread or by two that hand over rows to each other, in machine code.

The steps of a schedule go down the grid together, each BEHIND rows behind the one before it: what one has touched is
still in the processor's cache for the next. Two workers can share them: worker 0, the leader, makes the schedule and
takes its earlier steps; worker 1, the helper, follows with the later ones, never further down than the leader has come.
Where all steps are done both survey the tiles for the next schedule, the leader from the top, the helper, when it has
come to the bottom, from there. The water is the same to the last bit, whoever does what.

    leader (worker 0)                            signal                 helper (worker 1)
    ---------------------------------------------------------------------------------------------------
    makes schedule n
    FRONT[0], FRONT[1], SURVEYED := 0
    OFFERED := n                          ---- OFFERED  >= n ---->      waits
    steps 0 .. SPLIT - 1                                                n-1 -> n in CLAIMED, or waits for n + 1
      after each front: FRONT[0] := front ---- FRONT[0] >= front -->    waits before each front of SPLIT .. last
    FRONT[0] := CLOSED                                                    after each front: FRONT[1] := front
    n-1 -> n in CLAIMED: if so, the helper is                           FRONT[1] := CLOSED
      busy elsewhere and the leader takes
      steps SPLIT .. last, too
    surveys tile rows from the top        <--- SURVEYED --------->      surveys tile rows from the bottom
      n -> n + FROM_TOP in SURVEYED                                       n -> n + 1 in SURVEYED
      waits until the tile row's steps    <--- FRONT[1] >= row ----
      are done
    if helped, waits                      <--- FINISHED >= n -----      FINISHED := n
    sums up what both did, n := n + 1                                   waits for n + 1
    after the last: OFFERED := CLOSED     ---- OFFERED = CLOSED ->      ends

":=" publishes with release and a wait observes with acquire, so that whoever sees the signal sees all that was written
before it (`core.hydraulics.atomics`). "a -> b in" sets the signal if it still holds a, which succeeds for one worker
alone: CLAIMED says who takes the later steps, SURVEYED who has which row of tiles. The leader changes the schedule and
the sums only between FINISHED = n, or its own claim of n, and OFFERED = n + 1, while the helper touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from core.hydraulics.atomics import CACHE_LINE, compare_and_set, observe, publish, sleep_for
from core.hydraulics.constants import INFLOW, OUTFLOW, RAIN, STEPS, TIME
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled
from core.hydraulics.subgrid import flux_limiter, residence_time, row_step, step_limits, time_levels
from core.hydraulics.subgrid.schedule import highest_due, make_schedule
from core.hydraulics.subgrid.state import END, MAX_LEVEL, RELAXATION, SPLIT, START, SubgridModel, SubgridStep

MAX_WORKERS = 2  # threads that share the work
BEHIND = 2  # rows by which a step follows the one before it: so many are done together in `row_step.step_row`
FRONT = (0, CACHE_LINE)  # entries of WorkerSync.signals: how far down each worker's steps have come in this schedule
OFFERED, CLAIMED, FINISHED, SURVEYED = 2 * CACHE_LINE, 3 * CACHE_LINE, 4 * CACHE_LINE, 5 * CACHE_LINE
CLOSED = 1 << 60  # in OFFERED: there are no more schedules; in FRONT: all the way down
FROM_TOP = 1 << 32  # in SURVEYED, one row of tiles that is surveyed from the top; from the bottom it is 1
SPINS, NAP = 3_000, np.uint32(20)  # looks at a signal, after which others may have the processor for so long [us]


class WorkerSync(NamedTuple):
    """What the threads of a run share beside the model.

    workers: how many they are.
    signals: see above and FRONT to SURVEYED, each on its own line of the cache, shape (6 CACHE_LINE,), int64.
    totals: what each worker let out and in [m3] and how many cells it stepped in this schedule, in the entries of the
        clock, shape (MAX_WORKERS, 5), float64.
    deepest: greatest depth of the tiles that each surveyed, shape (MAX_WORKERS,), float64 [m].
    histogram: of residence times, scratch for each, shape (MAX_WORKERS, residence_time.BINS), float32.
    """

    workers: int
    signals: np.ndarray
    totals: np.ndarray
    deepest: np.ndarray
    histogram: np.ndarray


def new_sync(workers: int) -> WorkerSync:
    """The shared arrays of a run by `workers` threads, at most MAX_WORKERS."""
    return WorkerSync(
        workers=min(workers, MAX_WORKERS),
        signals=np.zeros(6 * CACHE_LINE, np.int64),
        totals=np.zeros((MAX_WORKERS, 5)),
        deepest=np.zeros(MAX_WORKERS),
        histogram=np.zeros((MAX_WORKERS, residence_time.BINS), np.float32),
    )


def advance(model: SubgridModel, sync: WorkerSync, until: float, max_cells: int) -> None:
    """Step by sync.workers threads until the clock shows `until` [s] or some `max_cells` coarse cells were stepped.

    The clock stops between two schedules, so that a call may step more cells than asked for.
    """
    run_workers(partial(advance_worker, model, sync, until, max_cells), sync)


def run_workers(work: Callable[[int], None], sync: WorkerSync) -> None:
    """Have each worker of a run do its part of the work, which takes the worker's number; the helper in a thread."""
    if sync.workers == 1:
        work(0)
        return
    sync.signals[:] = 0
    with ThreadPoolExecutor(1) as pool:
        helping = pool.submit(work, 1)
        try:
            work(0)
        finally:
            sync.signals[OFFERED] = CLOSED  # without release: the helper ends, and reads nothing more
    helping.result()


@compiled
def advance_worker(model: SubgridModel, sync: WorkerSync, until: float, max_cells: int, worker: int) -> None:
    """One worker's part of `advance`: the leader's, or the helper's, which ends when OFFERED says CLOSED."""
    if worker == 0:
        _lead(model, sync, until, max_cells)
    else:
        number = wait_for(sync.signals, OFFERED, 1)
        while number < CLOSED:
            if compare_and_set(sync.signals, CLAIMED, number - 1, number):
                _take_steps(model, sync, 1)
                _survey(model, sync, 1)
                publish(sync.signals, FINISHED, number)
            number = wait_for(sync.signals, OFFERED, number + 1)


@compiled
def _lead(model: SubgridModel, sync: WorkerSync, until: float, max_cells: int) -> None:
    """Make schedules and take part in them until the clock shows `until` [s] or `max_cells` were stepped."""
    state, timing = model.state, model.schedule.timing
    clock, stepped, number = state.clock, 0, 0
    if timing[END] == 0.0:  # each schedule ends with the survey for the next
        tile_rows = model.schedule.level.shape[0] - 2
        sync.deepest[0] = step_limits.survey_tiles(model, state.row_buffers[0], sync.histogram[0], 1, tile_rows + 1)
    while clock[TIME] < until and stepped < max_cells:
        make_schedule(model, max(sync.deepest[0], sync.deepest[1]), until, sync.workers)
        sync.totals[:], sync.deepest[:] = 0.0, 0.0
        number += 1
        _carry_out(model, sync, number)
        cells = 0
        for worker in range(MAX_WORKERS):
            clock[OUTFLOW] += sync.totals[worker, OUTFLOW]
            clock[INFLOW] += sync.totals[worker, INFLOW]
            cells += int(sync.totals[worker, STEPS])
        clock[RAIN] += volume_between(model.forcing, 0, timing[START], timing[END])
        clock[TIME] = timing[END]
        clock[STEPS] += cells / ((state.depth.shape[0] - 2) * (state.depth.shape[1] - 2))
        stepped += 1 + cells
    if clock[TIME] >= until:
        record_all(model)


@compiled
def _carry_out(model: SubgridModel, sync: WorkerSync, number: int) -> None:
    """The leader's part of a schedule, all of it if the helper is busy elsewhere; number: of the schedule, from 1."""
    publish(sync.signals, FRONT[0], 0)
    publish(sync.signals, FRONT[1], 0)
    publish(sync.signals, SURVEYED, 0)
    if sync.workers > 1:
        publish(sync.signals, OFFERED, number)
    _take_steps(model, sync, 0)
    helped = sync.workers > 1 and not compare_and_set(sync.signals, CLAIMED, number - 1, number)
    if sync.workers > 1 and not helped:
        _take_steps(model, sync, 1)
    _survey(model, sync, 0)
    if helped:
        wait_for(sync.signals, FINISHED, number)


@compiled
def _take_steps(model: SubgridModel, sync: WorkerSync, worker: int) -> None:
    """The steps of a schedule that are a worker's, front by front, each BEHIND rows behind the one before it.

    At the front f, step k has come to row f - BEHIND k. The helper waits until the leader has passed the same front.
    """
    terrain, forcing, state, schedule, parameters = model
    start, end, highest = schedule.timing[START], schedule.timing[END], int(schedule.timing[MAX_LEVEL])
    rows, count, split = state.volume.shape[0] - 2, 1 << highest, int(schedule.timing[SPLIT])
    totals = sync.totals[worker]
    seconds = (end - start) / count
    own, past = (0, split) if worker == 0 else (split, count)
    for front in range(1 + BEHIND * own, rows + 3 + BEHIND * (past - 1) if own < past else 0):
        if worker > 0:
            wait_for(sync.signals, FRONT[0], front)
        first = max(own, -((rows + 2 - front) // BEHIND))
        for number in range(first, min(past, (front - 1) // BEHIND + 1)):
            now, row = start + number * seconds, front - BEHIND * number
            due = highest_due(number, highest)
            step = SubgridStep(number, due, now, seconds, schedule.timing[RELAXATION], worker)
            totals[STEPS] += row_step.step_row(terrain, state, schedule, parameters, step, row)
            if row >= 3:
                after = end if number == count - 1 else now + seconds
                totals[OUTFLOW] += flux_limiter.discharge_outlets(terrain, state, schedule, parameters, step, row - 2)
                totals[INFLOW] += flux_limiter.discharge_inlets(terrain, forcing, state, row - 2, now, after)
        publish(sync.signals, FRONT[worker], front)
    if worker > 0:
        wait_for(sync.signals, FRONT[0], CLOSED)  # at once, unless all steps are the leader's
    publish(sync.signals, FRONT[worker], CLOSED)


@compiled
def _survey(model: SubgridModel, sync: WorkerSync, worker: int) -> None:
    """Survey rows of tiles that no worker has, until there are none: the leader downwards, the helper upwards."""
    tile_rows, last = model.schedule.level.shape[0] - 2, sync.workers - 1
    count = 1 << int(model.schedule.timing[MAX_LEVEL])
    surveyed = observe(sync.signals, SURVEYED)
    while (surveyed // FROM_TOP) + (surveyed % FROM_TOP) < tile_rows:
        if compare_and_set(sync.signals, SURVEYED, surveyed, surveyed + (FROM_TOP if worker == 0 else 1)):
            tile_row = 1 + surveyed // FROM_TOP if worker == 0 else tile_rows - surveyed % FROM_TOP
            below = 1 + min(tile_row * time_levels.TILE_ROWS, model.state.depth.shape[0] - 2)
            if worker != last:
                wait_for(sync.signals, FRONT[last], below + BEHIND * count)  # the row below it is done with, too
            scratch, histogram = model.state.row_buffers[worker], sync.histogram[worker]
            deepest = step_limits.survey_tiles(model, scratch, histogram, tile_row, tile_row + 1)
            sync.deepest[worker] = max(sync.deepest[worker], deepest)
        surveyed = observe(sync.signals, SURVEYED)


@compiled
def wait_for(signals: np.ndarray, index: int, least: int) -> int:
    """Wait until another worker has published at least so much in an entry of `signals`; returns what it published."""
    spins, value = 0, observe(signals, index)
    while value < least:
        spins += 1
        if spins > SPINS:
            sleep_for(NAP)
        value = observe(signals, index)
    return int(value)


@compiled
def record_all(model: SubgridModel) -> None:
    """Find the depths of all cells at the clock's time and record their maxima."""
    terrain, state = model.terrain, model.state
    end = state.depth.shape[1] - 1
    for row in range(1, state.depth.shape[0] - 1):
        step_limits.find_row_depths(terrain, state, row, 1, end)
        row_step.record_row_maxima(terrain, state, model.parameters, row, 1, end, state.clock[TIME])
