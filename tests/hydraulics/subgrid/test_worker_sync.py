"""Two threads share the steps of a sub-grid solve: the water is that of one to the last bit, whoever is late."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import numpy as np
import pytest

from core.errors import Cancelled
from core.hydraulics.constants import OUTFLOW, STEPS, TIME
from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.subgrid import solver, worker_sync
from core.hydraulics.subgrid.results import SubgridOptions
from core.hydraulics.subgrid.solver import new_model, solve_subgrid
from core.hydraulics.subgrid.state import SubgridModel
from core.hydraulics.subgrid.worker_sync import CLAIMED, FINISHED, WorkerSync
from core.hydraulics.thread_tuner import ThreadTuner
from core.progress import Progress
from tests.support.terrains import STORM, hills, river, rough

Work = Callable[[int], None]
NO_LIMIT = 1 << 60


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[WorkerSync]:
    """What the workers of each solve share; all there are take part, however small the grid and slow the machine."""
    made: list[WorkerSync] = []
    usual = worker_sync.new_sync

    def new_sync(workers: int) -> WorkerSync:
        made.append(usual(workers))
        return made[-1]

    monkeypatch.setattr(worker_sync, "new_sync", new_sync)
    monkeypatch.setattr(solver, "MIN_SHARED_CELLS", 0)
    monkeypatch.setattr(ThreadTuner, "choose", lambda self: (self._max_threads, False))
    return made


@pytest.mark.parametrize("factor", [2, 3])
def test_two_threads_bring_the_water_of_one_to_the_last_bit(factor: int, syncs: list[WorkerSync]) -> None:
    one, two = (
        solve_subgrid(rough(), 3600.0, STORM, [river()], [900.0, 1800.0], factor, directed=[900.0], threads=threads)
        for threads in (1, 2)
    )
    assert not syncs[0].totals[1].any()
    assert syncs[1].totals[1, [OUTFLOW, STEPS]].all()  # the second did a part of the last schedule
    assert one.steps == two.steps
    assert abs(two.balance.error) < 1e-9
    np.testing.assert_array_equal(one.arrival, two.arrival)
    for before, after in zip((one.highest, *one.snapshots), (two.highest, *two.snapshots), strict=True):
        np.testing.assert_array_equal(before.level, after.level)
        np.testing.assert_array_equal(before.through, after.through)


def test_a_cancelled_run_leaves_no_thread_behind(syncs: list[WorkerSync], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_progress: Progress) -> None:
        raise Cancelled("Stopped.")

    monkeypatch.setattr(solver, "CELLS_PER_CALL", 100)
    before = threading.active_count()
    with pytest.raises(Cancelled):
        solve_subgrid(rough(), 3600.0, STORM, [river()], progress=stop, threads=2)
    assert syncs[0].workers == 2
    assert threading.active_count() == before


# Thousands of hand-overs

SECONDS = 300.0  # of each flood [s]
FLOODS = 20  # of each kind of delay
FEW_CELLS = 100_000  # to step in a call: some ten schedules


class Delays:
    """Starts both workers of each call when and where the kind of delay says.

    none: at once. late: up to 0.2 ms late every other time, so that the leader now waits and now does all by itself.
    moved: at once, but they are moved between the processor's cores all the time: both onto one, where one of them
    stops in the middle of a row for as long as the other has it, and apart.
    """

    def __init__(self, kind: str) -> None:
        self.kind, self._random, self._threads = kind, np.random.default_rng(0), [0, 0]

    def started(self, work: Work) -> Work:
        """The work of both, as it is to be started."""
        naps = self._random.uniform(0, 2e-4, 2) * self._random.integers(0, 2, 2) * (self.kind == "late")

        def begin(worker: int) -> None:
            self._threads[worker] = threading.get_native_id()
            time.sleep(naps[worker])
            work(worker)

        return begin

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this lasts, the workers may be moved between cores."""
        if self.kind != "moved":
            yield
            return
        ended, cores = threading.Event(), sorted(os.sched_getaffinity(0))
        mover = threading.Thread(target=self._move, args=(ended, cores))
        mover.start()
        try:
            yield
        finally:
            ended.set()
            mover.join()
            os.sched_setaffinity(0, cores)

    def _move(self, ended: threading.Event, cores: list[int]) -> None:
        random = np.random.default_rng(1)
        while not ended.wait(random.uniform(0, 2e-3)):
            for thread in filter(None, self._threads):
                with suppress(ProcessLookupError):  # the helper of a call that is over
                    os.sched_setaffinity(thread, {int(random.choice(cores))})


def small_flood(seed: int) -> SubgridModel:
    """A stream runs into rain on hillsides of 32 x 200 cells of 2 m: up to 8 steps in a schedule of 0.2 ms."""
    ground = hills(32, 200, seed, height=3.0) + np.linspace(2, 0, 200)
    ground[10:12, 60:66] = np.nan
    domain = Domain(ground, 2.0, 2.0, 0.03, frozenset({"east", "south"}))
    source = Inflow(np.array([[9, 5]]), hydrograph([(0, 1), (100, 4), (300, 4)]))
    storm = hydrograph([(0, 60), (150, 60), (151, 0)], 1 / 3.6e6)
    return new_model(domain, storm, [source], 1, SubgridOptions(longest_step=2.0), 0.0, None)


@pytest.mark.parametrize("kind", ["none", "late", "moved"])
def test_thousands_of_hand_overs_keep_the_water_of_one_thread(kind: str) -> None:
    if kind == "moved" and not hasattr(os, "sched_setaffinity"):
        pytest.skip("threads cannot be moved between cores on this system")
    delays, schedules, helped = Delays(kind), 0, 0
    alone = [small_flood(seed) for seed in range(2)]
    for model in alone:
        worker_sync.advance(model, worker_sync.new_sync(1), SECONDS, NO_LIMIT)
    with delays.at_work():
        for flood in range(FLOODS):
            model, sync = small_flood(flood % 2), worker_sync.new_sync(2)
            while model.state.clock[TIME] < SECONDS:
                cells = FEW_CELLS if kind == "late" else NO_LIMIT
                work = partial(worker_sync.advance_worker, model, sync, SECONDS, cells)
                worker_sync.run_workers(delays.started(work), sync)
                schedules += int(sync.signals[CLAIMED])
                helped += bool(sync.signals[FINISHED] > 0)
            for name in ("volume", "flow_x", "flow_y", "max_depth", "max_throughflow", "arrival"):
                both, one = getattr(model.state, name), getattr(alone[flood % 2].state, name)
                np.testing.assert_array_equal(both, one, f"{name} of flood {flood}")
    assert schedules > 3000
    assert helped
