"""From a click on "Forecast" to the drawn map: the Flood page of a running server, in a real browser."""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.support import report, servers
from core.registry import CHAMPION, registry
from tests.support import floods
from tests.support.browser import FLAGS, INSTRUCTIONS, find

SCREEN = {"width": 1440, "height": 900}
PATIENCE = 300_000  # ms
HOURS, FIRST_DEPTH = 6, 60  # of the flood; mm in 1 h
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def forecasts(work: Path, repeats: int) -> dict[str, Any]:
    """The sample area, 256 x 256, 60 mm in 1 h and a little more each time, 6 h in 12 lead times; seconds by the clock.

    One forecast goes before: what is compiled or loaded at first is not counted. Without a version of flood in the
    registry, one without a network answers, and `page_version` says so.
    """
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        raise SystemExit(INSTRUCTIONS)
    work.mkdir(parents=True)
    shipped = CHAMPION in registry().aliases("flood")
    environment = {} if shipped else floods.install(work)
    with servers.server(work, **environment) as port, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = chromium.new_page(viewport=SCREEN)
        page.set_default_timeout(PATIENCE)
        depths = range(FIRST_DEPTH, FIRST_DEPTH + repeats + 1)  # each another flood, which no cache knows
        took = [_forecast(page, f"http://127.0.0.1:{port}/flood", depth) for depth in depths]
        chromium.close()
    return {
        "page_version": registry().aliases("flood")[CHAMPION] if shipped else f"{floods.VERSION} without a network",
        "page_first_seconds": took[0],
        "page_forecast_seconds": statistics.median(took[1:]),
        "page_forecast_slowest_seconds": max(took[1:]),
    }


def _forecast(page: Any, address: str, depth: int) -> float:
    """Seconds from the click on Forecast until the water is on the map; depth: of the rain [mm]."""
    page.goto(address)
    page.get_by_role("button", name="Try an example").wait_for()
    page.get_by_text("More options").click()
    page.get_by_text("Say how long the flood is followed").click()
    for label, number in (("Hours", HOURS), ("Depth [mm]", depth)):
        page.get_by_label(label, exact=True).fill(str(number))
        page.get_by_label(label, exact=True).press("Enter")
        page.wait_for_timeout(1000)
        page.locator(IDLE).wait_for()
    started = time.perf_counter()
    page.get_by_role("button", name="Forecast", exact=True).click()
    page.wait_for_url(re.compile("forecast="))
    page.locator(".st-key-flood-place").get_by_role("heading").wait_for()
    page.frame_locator("iframe[srcdoc]").first.locator("img.lookout-water").first.evaluate("image => image.decode()")
    return time.perf_counter() - started


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        report.print_figures(forecasts(Path(folder) / "page", 5))
