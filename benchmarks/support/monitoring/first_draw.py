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
CHART = ".st-key-chart-accuracy .main-svg"
PARTS = ("figures_seconds", "charts_seconds")
PATIENCE = 120_000  # ms
LOOKS, STILL, IDLE = 60, 5, 10.0  # seconds that are waited at most, and in which less of a processor is used [%]
ALL = "log-period=All"


def measure(url: str, folder: Path, visits: int) -> dict[str, float]:
    """Seconds to the figures and to the charts of the first tab; memory of the server after every tab was drawn.

    after_start: in a new browser, by its address, as soon as the server is ready. clicked: the first time from Home.
    opened: by its address in a new window of that browser, median of `visits`. All but `clicked` show the whole log.
    folder: of the server's own data. memory_mb: resident [MB].
    """
    from playwright.sync_api import sync_playwright

    if (path := find()) is None:
        sys.exit(INSTRUCTIONS)
    folder.mkdir(parents=True, exist_ok=True)
    with _server(folder, url) as (_, process):  # what is compiled once for a data folder is compiled then
        _wait_until_idle(process)
    with _server(folder, url) as (port, process), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        address = f"http://127.0.0.1:{port}/monitoring?{ALL}"
        after_start = _opened(chromium, address)
        window = chromium.new_context()
        clicked = _clicked(window, f"http://127.0.0.1:{port}/", process)
        opened = [_opened(window, address) for _ in range(visits)]
        for tab in TABS:
            _opened(window, f"{address}&tab={tab}", charts=False)
        memory = sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
        chromium.close()
    median = tuple(statistics.median(times) for times in zip(*opened, strict=True))
    seconds = {"after_start": after_start, "clicked": clicked, "opened": median}
    named = {f"{name}_{part}": taken for name, pair in seconds.items() for part, taken in zip(PARTS, pair, strict=True)}
    return {name: round(taken, 2) for name, taken in named.items()} | {"memory_mb": round(memory / 1e6, 1)}


@contextmanager
def _server(folder: Path, url: str) -> Iterator[tuple[int, psutil.Process]]:
    """A ready server as people run it: its port and its process."""
    port, log = servers.free_port(), folder / "server.log"
    variables = {"LOOKOUT_DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1"}
    variables |= {"LOOKOUT_DATABASE_URL": url}
    with servers.process(["-m", "core", "serve"], log, **variables) as running:
        servers.wait_until_ready(port, running, log)
        yield port, psutil.Process(running.pid)


def _clicked(window: Any, home: str, process: psutil.Process) -> tuple[float, float]:
    """Seconds to figures and charts from a click on Home, once the server has nothing to do any longer."""
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(home)
    page.locator(DRAWN).wait_for()
    _wait_until_idle(process)
    started = time.perf_counter()
    page.get_by_role("link", name="Monitoring", exact=True).click()
    times = _until_drawn(page, started)
    page.close()
    return times


def _wait_until_idle(process: psutil.Process) -> None:
    """Wait until the server has had nothing to do for STILL seconds, at most LOOKS."""
    still = 0
    for _ in range(LOOKS):
        still = still + 1 if process.cpu_percent(interval=1.0) < IDLE else 0
        if still == STILL:
            break


def _opened(window: Any, address: str, *, charts: bool = True) -> tuple[float, float]:
    """Seconds to figures and charts from the moment at which a new tab of a browser goes to the address."""
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    started = time.perf_counter()
    page.goto(address)
    times = _until_drawn(page, started, charts=charts)
    page.close()
    return times


def _until_drawn(page: Any, started: float, *, charts: bool = True) -> tuple[float, float]:
    page.get_by_text("of the period, as of").wait_for()
    figures = time.perf_counter() - started
    if charts:
        page.locator(CHART).first.wait_for()
    page.locator(DRAWN).wait_for()
    return figures, time.perf_counter() - started
