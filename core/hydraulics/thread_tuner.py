"""One thread or two for a loop in machine code, whichever is quicker just now.

On an idle machine the second thread of a sub-grid solve saves two fifths of the time; where other processes want the
processor, the two wait for each other and take longer than one. Which it is shows while it runs; the results are the
same to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable

CALLS_PER_TRIAL = 12  # calls, of which one tries the other number of threads
TRIAL_PART = 8  # a trial takes so small a part of a call


class ThreadTuner:
    """Chooses 1 or 2 threads by measured step time; keeps the last time with each number."""

    def __init__(self, max_threads: int) -> None:
        """max_threads: 1 or 2."""
        self._max_threads = max_threads
        self._step_seconds = [0.0] * max_threads  # of a step of the whole grid, with one thread and with two [s]
        self._calls = 0

    def advance(self, step: Callable[[int, int], float], grid_cells: int, max_cells: int) -> None:
        """Call `step` once, with the number of threads that is best or that is to be tried, and time it.

        step: takes the number of threads and how many cells to step at the most; returns the steps that it took of the
            whole grid, which need not be a whole number.
        grid_cells: cells of the grid.
        max_cells: cells to step in a call that is no trial.
        """
        threads, is_trial = self.choose()
        trial_cells = max_cells // TRIAL_PART
        started = time.perf_counter()
        steps = step(threads, trial_cells if is_trial else max_cells)
        if steps * grid_cells >= trial_cells or not self._step_seconds[threads - 1]:  # a shorter call says little
            self._step_seconds[threads - 1] = (time.perf_counter() - started) / max(steps, 1e-9)
        self._calls += 1

    def choose(self) -> tuple[int, bool]:
        """The number of threads of the next call, and whether it is a trial: all at first, then the quickest number."""
        fastest = 1 + self._step_seconds.index(min(self._step_seconds)) if self._calls > 1 else self._max_threads
        is_trial = self._max_threads > 1 and self._calls % CALLS_PER_TRIAL == 1
        return (1 + self._max_threads - fastest if is_trial else fastest), is_trial
