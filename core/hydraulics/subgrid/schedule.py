"""Steps of the sub-grid scheme, each part of the grid at its own pace, as many as asked for, within machine code.

The steps of a plan go down the grid together, each some rows behind the one before it: what one has touched is still in
the processor's cache for the next. Two threads can share them: the first takes the earlier steps, the second follows
with the later ones, never further down than the first has come. Where all steps are done they look around for the next
plan, the first from the top, the second from the bottom when it has come there. The water is the same to the last bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.constants import GRAVITY, INFLOW, OUTFLOW, RAIN, STEPS, TIME
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import claim, compiled, sleep_for, tell, told
from core.hydraulics.subgrid import column_runs, flux_limiter, residence_time, step_limits, sweep, time_levels
from core.hydraulics.subgrid.state import SubgridState, SubgridStep, SubgridTerrain
from core.hydraulics.subgrid.time_levels import StepSchedule, SubgridParameters

BEHIND = 2  # rows by which a step follows the one before it: so many are done together in `coarse_sweep.sweep_row`
MOST_HANDS = 2  # threads that share the work
FRONTS, PLANS, TAKEN, DONE, SEEN = (0, 8), 16, 24, 32, 40  # places in Crew.signals, each on its own line of the cache
ENDED = 1 << 60  # for PLANS: there are no more; for FRONTS: all the way down
FROM_TOP = 1 << 32  # in SEEN, one row of tiles that is looked at from the top; from the bottom it is 1
PATIENCE, NAP = 3_000, np.uint32(20)  # looks at a signal, after which others may have the processor for so long [us]
START, END, HIGHEST, LIKENING, FIRST = range(5)  # places in Crew.course


class WorkerSync(NamedTuple):
    """What the threads of a run tell each other.

    hands: how many they are. signals, int64: at FRONTS how far down each has come in this plan; at PLANS, TAKEN and
    DONE the number of plans that the first has given out, whose second part was taken up, and that the second finished;
    at SEEN how many rows of tiles were looked at for the next plan, see FROM_TOP. course, of the plan, zero before the
    first: start and end [s], up to which level its tiles step, Turn.likening, and the first step that is the second
    thread's. moved: what each let out and in [m3] and how many cells it stepped, in the places of the clock, shape
    (MOST_HANDS, 5). deepest: of what each looked at. tally: room for each, see `coarse_stays`.
    """

    hands: int
    signals: np.ndarray
    course: np.ndarray
    moved: np.ndarray
    deepest: np.ndarray
    tally: np.ndarray


def new_sync(hands: int) -> WorkerSync:
    """Of so many threads, up to MOST_HANDS."""
    return WorkerSync(
        hands=min(hands, MOST_HANDS),
        signals=np.zeros(48, np.int64),
        course=np.zeros(5),
        moved=np.zeros((MOST_HANDS, 5)),
        deepest=np.zeros(MOST_HANDS),
        tally=np.zeros((MOST_HANDS, residence_time.BINS), np.float32),
    )


@compiled
def advance(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    until: float,
    most_cells: int,
    hand: int,
) -> None:
    """Step until the clock shows `until` [s], or about `most_cells` coarse cells were stepped.

    hand: 0 for the first thread. The second, 1, helps it until PLANS says ENDED.
    """
    if hand == 0:
        _lead(ground, series, pools, plan, pace, sync, until, most_cells)
    else:
        plans = _wait_for(sync.signals, PLANS, 1)
        while plans < ENDED:
            if claim(sync.signals, TAKEN, plans - 1, plans):
                _steps(ground, series, pools, plan, pace, sync, 1)
                _look(ground, pools, plan, pace, sync, 1)
                tell(sync.signals, DONE, plans)
            plans = _wait_for(sync.signals, PLANS, plans + 1)


@compiled
def _lead(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    until: float,
    most_cells: int,
) -> None:
    clock, stepped, plans = pools.clock, 0, 0
    if sync.course[END] == 0.0:  # each plan ends with looking around for the next
        sync.deepest[0] = _look_at(ground, pools, plan, pace, sync, 0, 1, plan.level.shape[0] - 1)
    while clock[TIME] < until and stepped < most_cells:
        _lay_out(ground, series, pools, plan, pace, sync, until)
        sync.moved[:], sync.deepest[:] = 0.0, 0.0
        plans += 1
        _do(ground, series, pools, plan, pace, sync, plans)
        here = 0
        for hand in range(MOST_HANDS):
            clock[OUTFLOW] += sync.moved[hand, OUTFLOW]
            clock[INFLOW] += sync.moved[hand, INFLOW]
            here += int(sync.moved[hand, STEPS])
        clock[RAIN] += volume_between(series, 0, sync.course[START], sync.course[END])
        clock[TIME] = sync.course[END]
        clock[STEPS] += here / ((pools.depth.shape[0] - 2) * (pools.depth.shape[1] - 2))
        stepped += 1 + here
    if clock[TIME] >= until:
        _see_all(ground, pools, pace)


@compiled
def _do(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    plans: int,
) -> None:
    """All steps of a plan, the so-manieth of this call, and what is to be seen for the next."""
    tell(sync.signals, FRONTS[0], 0)
    tell(sync.signals, FRONTS[1], 0)
    tell(sync.signals, SEEN, 0)
    if sync.hands > 1:
        tell(sync.signals, PLANS, plans)
    _steps(ground, series, pools, plan, pace, sync, 0)
    helped = sync.hands > 1 and not claim(sync.signals, TAKEN, plans - 1, plans)
    if sync.hands > 1 and not helped:
        _steps(ground, series, pools, plan, pace, sync, 1)  # the second is busy elsewhere
    _look(ground, pools, plan, pace, sync, 0)
    if helped:
        _wait_for(sync.signals, DONE, plans)


@compiled
def _look(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    hand: int,
) -> None:
    """Look at rows of tiles that nobody has, until there are none: the first thread downwards, the second upwards."""
    tiles, last, count = plan.level.shape[0] - 2, sync.hands - 1, 1 << int(sync.course[HIGHEST])
    seen = told(sync.signals, SEEN)
    while (seen // FROM_TOP) + (seen % FROM_TOP) < tiles:
        if claim(sync.signals, SEEN, seen, seen + (FROM_TOP if hand == 0 else 1)):
            tile = 1 + seen // FROM_TOP if hand == 0 else tiles - seen % FROM_TOP
            below = 1 + min(tile * time_levels.TALL, pools.depth.shape[0] - 2)
            if hand != last:
                _wait_for(sync.signals, FRONTS[last], below + BEHIND * count)  # the row below it is done with, too
            deepest = _look_at(ground, pools, plan, pace, sync, hand, tile, tile + 1)
            sync.deepest[hand] = max(sync.deepest[hand], deepest)
        seen = told(sync.signals, SEEN)


@compiled
def _look_at(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    hand: int,
    first: int,
    past: int,
) -> float:
    room, tally = pools.rooms[hand], sync.tally[hand]
    return float(step_limits.look_around(ground, pools, plan, pace, room, tally, first, past))


@compiled
def _wait_for(signals: np.ndarray, place: int, least: int) -> int:
    """Until another thread has told so much; returns what it told."""
    looks, found = 0, told(signals, place)
    while found < least:
        looks += 1
        if looks > PATIENCE:
            sleep_for(NAP)
        found = told(signals, place)
    return int(found)


@compiled
def _lay_out(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    until: float,
) -> None:
    """Make the next plan: who steps when, until when, and who of the sync takes which steps."""
    now = pools.clock[TIME]
    deepest = max(sync.deepest[0], sync.deepest[1])
    least = step_limits.least_step(ground, series, pools, plan, pace, deepest)
    raining = volume_between(series, 0, now, now + pace.longest_step) > 0.0
    shortest, highest = time_levels.set_levels(plan, raining, least, pace.levels)
    column_runs.find_runs(plan, pools.depth.shape[1] - 1)
    step_limits.quiet(pools, plan)
    flux_limiter.pace_outlets(ground, plan)
    # Equal steps up to the stop: a short one between long ones would set water swinging.
    together = min(shortest * 2.0**highest, pace.longest_step)
    left = np.ceil((until - now) / together - 1e-9)
    end = until if left <= 1.0 else now + (until - now) / left
    _rain_of_steps(series, plan, now, end, highest)
    sync.course[START], sync.course[END], sync.course[HIGHEST] = now, end, highest
    # How quickly flows become like their neighbours'; see coarse.Options.
    sync.course[LIKENING] = pace.likeness * np.sqrt(GRAVITY * deepest) / min(ground.dx, ground.dy)
    # Both halves of a plan are the same work, but that what steps once in it does so at its start.
    sync.course[FIRST] = 1 << highest if sync.hands == 1 else max((1 << highest) // 2, 1)


@compiled
def _steps(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    sync: WorkerSync,
    hand: int,
) -> None:
    """One thread's steps of a plan, each BEHIND rows behind the one before it."""
    start, end, highest = sync.course[START], sync.course[END], int(sync.course[HIGHEST])
    rows, count, middle, moved = (
        pools.volume.shape[0] - 2,
        1 << highest,
        int(sync.course[FIRST]),
        sync.moved[hand],
    )
    seconds = (end - start) / count
    own, past = (0, middle) if hand == 0 else (middle, count)
    for front in range(1 + BEHIND * own, rows + 3 + BEHIND * (past - 1) if own < past else 0):
        if hand > 0:
            _wait_for(sync.signals, FRONTS[0], front)
        first = max(own, -((rows + 2 - front) // BEHIND))
        for number in range(first, min(past, (front - 1) // BEHIND + 1)):
            now, row = start + number * seconds, front - BEHIND * number
            turn = SubgridStep(number, _due(number, highest), now, seconds, sync.course[LIKENING], hand)
            moved[STEPS] += sweep.sweep_row(ground, pools, plan, pace, turn, row)
            if row >= 3:
                after = end if number == count - 1 else now + seconds
                moved[OUTFLOW] += flux_limiter.let_out(ground, pools, plan, pace, turn, row - 2)
                moved[INFLOW] += flux_limiter.let_in(ground, series, pools, row - 2, now, after)
        tell(sync.signals, FRONTS[hand], front)
    if hand > 0:
        _wait_for(sync.signals, FRONTS[0], ENDED)  # at once, unless all steps are the first's
    tell(sync.signals, FRONTS[hand], ENDED)


@compiled
def _due(number: int, highest: int) -> int:
    """Up to which level all steps at this place in a plan."""
    due = highest
    while number % (1 << due) != 0:
        due -= 1
    return due


@compiled
def _rain_of_steps(series: ForcingSeries, plan: StepSchedule, start: float, end: float, highest: int) -> None:
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
def _see_all(ground: SubgridTerrain, pools: SubgridState, pace: SubgridParameters) -> None:
    """The depths of all cells at this time, kept where they are the greatest."""
    end = pools.depth.shape[1] - 1
    for row in range(1, pools.depth.shape[0] - 1):
        step_limits.find_depths(ground, pools, row, 1, end)
        sweep.record(ground, pools, pace, row, 1, end, pools.clock[TIME])
