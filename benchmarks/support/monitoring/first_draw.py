"""The page Monitoring in a real browser on a log, and the server's memory after all of its tabs were drawn."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.support import servers
from tests.support.browser import FLAGS, INSTRUCTIONS, find

TABS = ("Quality", "Drift", "Service", "Alerts", "Log")
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PATIENCE = 120_000  # ms
ALL = "log-period=All"


def measure(url: str, folder: Path, visits: int) -> dict[str, float]:
    """first_draw: of the first visit after the server's start; drawn: median of later ones, of all rows [s]; memory.

    folder: of the server's own data. memory_mb: resident, of the server after every tab was drawn.
    """
    from playwright.sync_api import sync_playwright

    if (path := find()) is None:
        sys.exit(INSTRUCTIONS)
    folder.mkdir(parents=True, exist_ok=True)
    with _server(folder, url) as (port, process), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        first = _seconds(chromium, port, ALL)
        later = [_seconds(chromium, port, ALL) for _ in range(visits)]
        for tab in TABS:
            _seconds(chromium, port, f"{ALL}&tab={tab}")
        memory = sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
        chromium.close()
    return {
        "first_draw_seconds": round(first, 3),
        "drawn_seconds": round(statistics.median(later), 3),
        "memory_mb": round(memory / 1e6, 1),
    }


@contextmanager
def _server(folder: Path, url: str) -> Iterator[tuple[int, psutil.Process]]:
    """A ready server as people run it: its port and its process."""
    port, log = servers.free_port(), folder / "server.log"
    variables = {"LOOKOUT_DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1"}
    variables |= {"LOOKOUT_DATABASE_URL": url}
    with servers.process(["-m", "core", "serve"], log, **variables) as running:
        servers.wait_until_ready(port, running, log)
        yield port, psutil.Process(running.pid)


def _seconds(chromium: Any, port: int, query: str) -> float:
    """From the address until figures and tab are drawn, in a new window [s]."""
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    started = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}/monitoring?{query}")
    page.get_by_text("of the period, as of").wait_for()
    page.locator(DRAWN).wait_for()
    seconds = time.perf_counter() - started
    page.close()
    return seconds
