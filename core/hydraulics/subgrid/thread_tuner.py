"""A coarse run's steps by one thread or by two, whichever is quicker just now.

On an idle machine the second thread saves two fifths of the time; where other processes want the processor, the two
wait for each other and take longer than one. Which it is shows while it runs; the water is the same to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from core.hydraulics.constants import STEPS
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.subgrid import schedule
from core.hydraulics.subgrid.schedule import WorkerSync
from core.hydraulics.subgrid.state import SubgridState, SubgridTerrain
from core.hydraulics.subgrid.time_levels import StepSchedule, SubgridParameters

ROUND = 12  # calls, of which one tries the other number of threads
SHORT = 8  # a try takes so small a part of a call


class ThreadTuner:
    """Chooses, and keeps what it chose by; most: threads that may be asked."""

    def __init__(self, most: int) -> None:
        self.crew: WorkerSync = schedule.new_sync(most)
        self._taken = [0.0] * self.crew.hands  # by a step of the whole grid, with one thread and with two [s]
        self._calls = 0

    def advance(
        self,
        ground: SubgridTerrain,
        series: ForcingSeries,
        pools: SubgridState,
        plan: StepSchedule,
        pace: SubgridParameters,
        until: float,
        most_cells: int,
    ) -> None:
        """Some steps towards `until` [s], as `coarse_plans.advance` takes them."""
        hands, tries = self.choose()
        crew = self.crew._replace(hands=hands)
        steps, started, least = pools.clock[STEPS], time.perf_counter(), most_cells // SHORT
        cells = least if tries else most_cells
        _share(partial(schedule.advance, ground, series, pools, plan, pace, crew, until, cells), crew)
        stepped = pools.clock[STEPS] - steps
        if stepped * pools.depth.size >= least or not self._taken[hands - 1]:  # a shorter call says little
            self._taken[hands - 1] = (time.perf_counter() - started) / max(stepped, 1e-9)
        self._calls += 1

    def choose(self) -> tuple[int, bool]:
        """How many threads the next call gets, and whether that is a try: all at first, then the quickest number."""
        best = 1 + self._taken.index(min(self._taken)) if self._calls > 1 else self.crew.hands
        tries = self.crew.hands > 1 and self._calls % ROUND == 1
        return (1 + self.crew.hands - best if tries else best), tries


def _share(work: Callable[[int], None], crew: WorkerSync) -> None:
    """Have each of the crew do its part of the work, which takes the number of the hand."""
    if crew.hands == 1:
        work(0)
        return
    crew.signals[:] = 0
    with ThreadPoolExecutor(1) as second:
        helping = second.submit(work, 1)
        try:
            work(0)
        finally:
            crew.signals[schedule.PLANS] = schedule.ENDED
    helping.result()
