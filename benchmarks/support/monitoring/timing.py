"""How long each question takes, of several logs in turns: p50 and p95 by the clock, and by the processor.

Two logs asked minutes apart differ by what else the machine does; asked in turns, they differ by their size.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from benchmarks.support.monitoring.questions import PageQuestion
from core import store as store_module
from core.monitoring import kept_results
from core.settings import settings

TURNS = 4
States = dict[str, dict[str, float]]
"""By state, `fresh` and `warm`: p50, p95 and processor (median) [ms], and n."""


def use(url: str) -> None:
    """Have the process's store, which pages ask, be the one at that address; nothing is kept between two questions."""
    os.environ["LOOKOUT_DATABASE_URL"] = url
    settings.cache_clear()
    reopen()
    kept_results.MAX_SECONDS = 0.0


def keep_loaded() -> None:
    """Leave what is loaded by now out of later collections, as the server does once its pages are loaded."""
    gc.collect()
    gc.freeze()


def reopen() -> None:
    """Open the store anew: new connections, no statement known, nothing kept."""
    if store_module.store.cache_info().currsize:
        with suppress(Exception):
            store_module.store().close()
    store_module.store.cache_clear()


def time_question(question: PageQuestion, urls: Mapping[int, str], fresh: int, warm: int) -> dict[int, States]:
    """Ask it of each log in TURNS: of a store that was opened for it, then of one that is open.

    urls: the logs' addresses by their number of rows. fresh, warm: how often each is asked in all, rounded up to whole
    turns.
    """
    taken: dict[int, dict[str, list[tuple[float, float]]]] = {rows: {"fresh": [], "warm": []} for rows in urls}
    for _ in range(TURNS):
        for rows, url in urls.items():
            use(url)
            taken[rows]["fresh"] += [_once(question.ask, reopen) for _ in range(-(-fresh // TURNS))]
            taken[rows]["warm"] += [_once(question.ask) for _ in range(-(-warm // TURNS))]
    return {rows: {state: _summary(times) for state, times in states.items()} for rows, states in taken.items()}


def _once(ask: Callable[[], object], before: Callable[[], object] = lambda: None) -> tuple[float, float]:
    """Time by the clock, and of this process's processors [ms]."""
    before()
    started, processor = time.perf_counter(), time.process_time()
    ask()
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - processor)


def _summary(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    wall, processor = np.transpose(times)
    p50, p95 = np.percentile(wall, [50, 95])
    return {
        "p50": round(float(p50), 2),
        "p95": round(float(p95), 2),
        "processor": round(float(np.median(processor)), 2),
        "n": len(times),
    }
