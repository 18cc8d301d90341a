"""A second thread works while it helps, which is tried now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from core.hydraulics import thread_tuner
from core.hydraulics.thread_tuner import ThreadTuner

Calls = Callable[[tuple[float, float], Sequence[int]], list[tuple[int, int]]]
GRID_CELLS = 100


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A tuner at work, without water: of each call how many threads it had and how many cells were asked of it.

    seconds: what a step takes one thread, and two; calls: by the cells that each steps, where it is not cut short.
    """

    def run(seconds: tuple[float, float], calls: Sequence[int]) -> list[tuple[int, int]]:
        asked: list[tuple[int, int]] = []
        cells, now, tuner = 1000, [0.0], ThreadTuner(2)

        def step(threads: int, max_cells: int) -> float:
            asked.append((threads, max_cells))
            steps = min(max_cells, calls[len(asked) - 1]) / GRID_CELLS
            late = 1.0 if steps < 1 else 0.0  # what a call takes to begin
            now[0] += steps * seconds[threads - 1] + late
            return steps

        monkeypatch.setattr(thread_tuner, "time", SimpleNamespace(perf_counter=lambda: now[0]))
        for _ in calls:
            tuner.advance(step, GRID_CELLS, cells)
        return asked

    return run


@pytest.mark.parametrize(("seconds", "quickest"), [((3.0, 2.0), 2), ((2.0, 3.0), 1)])
def test_a_second_thread_is_asked_while_it_helps(seconds: tuple[float, float], quickest: int, stepped: Calls) -> None:
    asked = stepped(seconds, [1000] * (thread_tuner.CALLS_PER_TRIAL + 3))
    short = 1000 // thread_tuner.TRIAL_PART
    others = [(quickest, 1000)] * (thread_tuner.CALLS_PER_TRIAL - 1)
    assert asked == [(2, 1000), (1, short), *others, (3 - quickest, short), (quickest, 1000)]


def test_a_call_that_a_lead_time_cuts_short_does_not_count(stepped: Calls) -> None:
    asked = stepped((3.0, 2.0), [1000, 1000, 1000, 50, 1000])  # by its own time the fourth, with two, took far longer
    assert [threads for threads, _ in asked] == [2, 1, 2, 2, 2]
