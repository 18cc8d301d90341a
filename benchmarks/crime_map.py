"""How long the crime map of a large table takes: counting its records, making the map, drawing it in a real browser.

The records are invented and lie in San Francisco's districts, so that borders, land and hexagons are all drawn.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.support import report, timing
from core.maps import areas, base, incidents

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
    layers, count = timing.timed(lambda: incidents.prepare(frame, areas.shipped()))
    if layers is None:
        raise SystemExit("the invented records have places")
    html, make = timing.timed(lambda: base.standalone_page(incidents.draw(layers, key="benchmark"), "Map"))
    with timing.drawn(html, _wait) as (_, browser):
        return {"count_seconds": count, "make_seconds": make, "browser_seconds": browser}


def _wait(page: Any) -> None:
    """Until the map is drawn."""
    page.wait_for_function(DRAWN)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


if __name__ == "__main__":
    main()
