"""How long the crime map of a large table takes: counting its records, making the map, drawing it in a real browser.

The records are invented and lie in San Francisco's districts, so that borders, land and hexagons are all drawn.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd

from benchmarks.support import report
from core.maps import areas, base, incidents
from tests.support.browser import FLAGS, INSTRUCTIONS, find
from tests.support.loopback import served

SCREEN = {"width": 1440, "height": 900}
SCATTER = 0.01  # degrees around a district's middle
DRAWN = "() => document.querySelector('.leaflet-overlay-pane canvas') && document.querySelector('.lookout-legend')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    frame = _records(chosen.rows)
    first = _steps(frame)  # reads the land, and imports what reads it
    steps = [_steps(frame) for _ in range(chosen.repeats)]
    figures = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
    report.print_figures(
        {
            "rows": chosen.rows,
            "first_seconds": sum(first.values()),
            **figures,
            "seconds": sum(figures.values()),
        }
    )


def _records(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    shipped = areas.shipped()
    district = random.integers(len(shipped.names), size=rows)
    middles = np.array([[shape.centroid.y, shape.centroid.x] for shape in shipped.shapes])
    places = middles[district] + random.normal(0, SCATTER, (rows, 2))
    return pd.DataFrame(
        {
            "latitude": places[:, 0],
            "longitude": places[:, 1],
            "category": pd.Categorical.from_codes(random.integers(39, size=rows), [f"KIND {n}" for n in range(39)]),
            "district": pd.Categorical.from_codes(district, list(shipped.names)),
            "told": "KIND (50 %)\n2014-09-30 12:00\nMISSION",
        }
    )


def _steps(frame: pd.DataFrame) -> dict[str, float]:
    """Seconds of each step from the table's records to the drawn map."""
    started = time.perf_counter()
    layers = incidents.prepare(frame, areas.shipped())
    counted = time.perf_counter()
    if layers is None:
        raise SystemExit("the invented records have places")
    html = base.standalone_page(incidents.draw(layers, key="benchmark"), "Map")
    drawn = time.perf_counter()
    return {"count_seconds": counted - started, "make_seconds": drawn - counted, "browser_seconds": _in_browser(html)}


def _in_browser(html: str) -> float:
    """Seconds from the address to the drawn map."""
    from playwright.sync_api import sync_playwright

    if (path := find()) is None:
        raise SystemExit(INSTRUCTIONS)
    with served(html) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = chromium.new_page(viewport=SCREEN)
        started = time.perf_counter()
        page.goto(address)
        page.wait_for_function(DRAWN)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seconds = time.perf_counter() - started
        chromium.close()
    return seconds


if __name__ == "__main__":
    main()
