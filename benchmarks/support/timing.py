"""Time by the clock: of some work, and of a page from its address to what is drawn, in a real browser."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.support.browser import FLAGS, INSTRUCTIONS, find
from tests.support.loopback import served

Result = TypeVar("Result")
SCREEN = {"width": 1440, "height": 900}


def timed(work: Callable[[], Result], repeats: int = 1) -> tuple[Result, float]:
    """What some work returns the last time, and the median of its times [s]."""
    took = []
    for _ in range(repeats):
        started = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - started)
    return result, statistics.median(took)


@contextmanager
def drawn(html: str, wait: Callable[[Any], object]) -> Iterator[tuple[Any, float]]:
    """A page in a browser, and the seconds from its address until `wait(page)` returned."""
    from playwright.sync_api import sync_playwright

    if (path := find()) is None:
        raise SystemExit(INSTRUCTIONS)
    with served(html) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = chromium.new_page(viewport=SCREEN)
        started = time.perf_counter()
        page.goto(address)
        wait(page)
        yield page, time.perf_counter() - started
        chromium.close()
