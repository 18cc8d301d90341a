"""A coarse run's steps by one thread or by two, whichever is quicker just now.

On an idle machine the second thread saves a third of the time; where other processes want the processor, the two wait
for each other and take longer than one. Which it is shows while it runs; the water is the same to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from core.systems.flood import coarse_plans
from core.systems.flood.coarse_paces import Pace, Plan
from core.systems.flood.coarse_plans import Crew
from core.systems.flood.coarse_state import Basins, Pools
from core.systems.flood.state import STEPS, Series

ROUND = 12  # calls, at the start of which one thread and then two are tried again


class Hands:
    """Chooses, and keeps what it chose by; most: threads that may be asked."""

    def __init__(self, most: int) -> None:
        self.crew: Crew = coarse_plans.crew(most)
        self._taken = [0.0] * self.crew.hands  # by a step of the whole grid, with one thread and with two [s]
        self._calls = 0

    def advance(
        self, ground: Basins, series: Series, pools: Pools, plan: Plan, pace: Pace, until: float, most_cells: int
    ) -> None:
        """Some steps towards `until` [s], as `coarse_plans.advance` takes them."""
        crew = self.crew._replace(hands=self.choose())
        steps, started = pools.clock[STEPS], time.perf_counter()
        work = partial(coarse_plans.advance, ground, series, pools, plan, pace, crew, until, most_cells)
        _share(work, crew)
        stepped = max(pools.clock[STEPS] - steps, 1e-9)
        self._taken[crew.hands - 1] = (time.perf_counter() - started) / stepped
        self._calls += 1

    def choose(self) -> int:
        """How many threads the next call gets: each number in turn at the start of a round, then the quickest."""
        place = self._calls % ROUND
        return place + 1 if place < len(self._taken) else 1 + self._taken.index(min(self._taken))


def _share(work: Callable[[int], None], crew: Crew) -> None:
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
            crew.signals[coarse_plans.JOBS] = coarse_plans.ENDED
    helping.result()
