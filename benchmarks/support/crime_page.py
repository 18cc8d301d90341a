"""A large table on the Crime page of a running server and in a real browser: from the click or key to other rows."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.support import servers
from tests.support.browser import FLAGS, INSTRUCTIONS, find

SCREEN = {"width": 1440, "height": 900}
PATIENCE = 240_000  # ms
ROUNDS = 3
MAX_SECONDS, MAX_MAP_SECONDS = 0.5, 2.0
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
TABLE = "[class*=st-key-rows-table]"
LISTENER = """() => {
  for (const event of ["keydown", "click"])
    addEventListener(event, () => { window.lookoutAt = performance.now(); }, {capture: true});
}"""
"""Notes when a person last pressed a key or clicked."""
CHANGED = f"""(before) => new Promise((done, refuse) => {{
  setTimeout(() => refuse(new Error("the table did not change")), {PATIENCE});
  const look = () => {{
    const table = document.querySelector("{TABLE}");
    if (table && table.className !== before && table.querySelector("canvas"))
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - window.lookoutAt)));
    else requestAnimationFrame(look);
  }};
  look();
}})"""
"""Milliseconds from that to the drawn table of other rows: the table's key is made of the rows that it shows."""


def interactions(table: Path, work: Path) -> dict[str, Any]:
    """Seconds of each interaction with the answers to a table, by the clock and of the server's processor time."""
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        raise SystemExit(INSTRUCTIONS)
    work.mkdir(parents=True)
    with servers.server(work) as port, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = chromium.new_page(viewport=SCREEN)
        page.set_default_timeout(PATIENCE)
        started = time.perf_counter()
        _answer(page, f"http://127.0.0.1:{port}/crime", table)
        figures: dict[str, Any] = {"page_answered_seconds": time.perf_counter() - started}
        seconds, processor = _measure(page)
        chromium.close()
    figures |= {f"page_{name}_seconds": value for name, value in seconds.items()}
    figures["page_processor_seconds"] = processor
    slowest = max(value for name, value in seconds.items() if "map" not in name)
    return {
        **figures,
        "page_slowest": slowest,
        "page_within": slowest <= MAX_SECONDS and seconds["map"] <= MAX_MAP_SECONDS,
    }


def _answer(page: Any, address: str, table: Path) -> None:
    """Give the table and wait for all its answers."""
    page.goto(address)
    page.get_by_role("button", name="Try an example").wait_for()
    page.locator("input[type=file]").first.set_input_files(table)
    page.get_by_role("button", name=re.compile("^Predict")).click()
    page.get_by_role("heading", name=re.compile("answered")).wait_for()
    page.locator(TABLE).locator("canvas").first.wait_for()
    page.locator(IDLE).wait_for()
    page.evaluate(LISTENER)


def _measure(page: Any) -> tuple[dict[str, float], dict[str, float]]:
    """{interaction: seconds}, by the clock and of the server's processor: the first, and the median of the later."""
    clock: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}

    def measured(name: str, act: Callable[[], None], wait: Callable[[], float]) -> None:
        page.locator(IDLE).wait_for()
        page.wait_for_timeout(500)
        used = server_seconds()
        act()
        clock.setdefault(name, []).append(wait())
        page.locator(IDLE).wait_for()
        processor.setdefault(name, []).append(server_seconds() - used)

    def changes(name: str, act: Callable[[], None]) -> None:
        before = page.locator(TABLE).get_attribute("class")
        measured(name, act, lambda: page.evaluate(CHANGED, before) / 1000)

    for words in ("mission", "block central", "park st")[:ROUNDS]:
        box = page.get_by_role("textbox", name="Search")
        box.fill(words)
        changes("search", lambda box=box: box.press("Enter"))
        changes("clear", page.get_by_role("button", name="Clear filters").click)
    for order in ("newest first", "least sure first", "block, A to Z")[:ROUNDS]:
        changes("sort", _option(page, "Order", order))
    changes("page", page.locator("[class*=st-key-rows-page]").get_by_text("2", exact=True).first.click)
    for district in ("MISSION", "PARK", "CENTRAL")[:ROUNDS]:
        changes("filter", _option(page, "District", district))
        page.keyboard.press("Escape")
    changes("clear", page.get_by_role("button", name="Clear filters").click)
    for _ in range(ROUNDS):
        _map(page, measured)
    first = {f"first_{name}": values[0] for name, values in clock.items()}
    later = {name: statistics.median(values[1:] or values) for name, values in clock.items()}
    return later | first, {
        name: round(statistics.median(values[1:] or values), 3) for name, values in processor.items()
    }


def _option(page: Any, label: str, option: str) -> Callable[[], None]:
    """Open a list; what it returns clicks on one of its options."""
    page.locator(IDLE).wait_for()
    page.get_by_role("combobox", name=re.compile(label)).click()
    wanted = page.get_by_role("option", name=option, exact=True)
    wanted.wait_for()
    click: Callable[[], None] = wanted.click
    return click


def _map(page: Any, measured: Callable[[str, Callable[[], None], Callable[[], float]], None]) -> None:
    """Measure the time from the click on Map to the drawn map, then show the rows again."""
    view = page.locator("[class*=st-key-crime-view]")
    started = [0.0]

    def act() -> None:
        started[0] = time.perf_counter()
        view.get_by_role("radio", name="Map").click()

    def wait() -> float:
        frame = page.frame_locator("iframe[title^=streamlit_folium]")
        frame.locator(".lookout-legend").wait_for()
        frame.locator(".leaflet-overlay-pane canvas").first.wait_for()
        return time.perf_counter() - started[0]

    measured("map", act, wait)
    view.get_by_role("radio", name="Rows").click()
    page.locator(TABLE).locator("canvas").first.wait_for()


def server_seconds() -> float:
    """Processor time that the servers which this process started have used [s]."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and b"serve" in (stat.parent / "cmdline").read_bytes().split(b"\0"):
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue  # it ended meanwhile
    return ticks / os.sysconf("SC_CLK_TCK")
