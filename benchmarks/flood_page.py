"""What a flood's map costs: bytes for each view, the time to draw it, and how fast the slider moves, beside the solver.

The sample area is solved, so that its ratio is that of a real event; the large one is invented, water and all, for only
its size counts. A real browser draws both.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from affine import Affine
from scipy.ndimage import gaussian_filter

from benchmarks.support import forecast_page, report, timing
from core.hydraulics.domain import Hydrograph
from core.hydraulics.hazard import WET
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.results import Balance
from core.maps.flood import forecast_folder, forecast_map, pictures, point_series, views
from core.maps.flood.export import files
from core.systems.flood import event
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.products import outputs
from core.systems.flood.terrain import sample
from core.systems.flood.terrain.terrain import Terrain

UTM = "EPSG:32631"
LEAD_TIMES = tuple(1800.0 * number for number in range(1, 13))  # 6 h in 12 steps
STORM = 60e-3 / 3600  # 60 mm in the first hour [m/s]
ZOOMS = (0.5, 0.25, 0.1)  # shares of the area's width that are looked at
MOVE = """
async (step) => {
  const slider = document.querySelector(".lookout-time input"), water = document.querySelector("img.lookout-water");
  const started = performance.now();
  const drawn = new Promise((done) => water.addEventListener("load", done, {once: true}));
  slider.value = step;
  slider.dispatchEvent(new Event("input"));
  await drawn;
  await water.decode();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - started;
}
"""


def main() -> None:
    chosen = _arguments()
    with TemporaryDirectory() as work:
        figures = _sample(Path(work), chosen.repeats) | _large(Path(work), chosen.size, chosen.repeats)
        figures |= forecast_page.forecasts(Path(work) / "page", chosen.repeats)
        figures["sample_solver_by_page"] = figures["sample_solver_seconds"] / figures["page_forecast_seconds"]
    report.print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2000, help="cells a side of the large area")
    parser.add_argument("--repeats", type=int, default=5, help="of what is fast; the median counts")
    return parser.parse_args()


def _sample(work: Path, repeats: int) -> dict[str, Any]:
    """The sample area, 256 x 256, 60 mm in 1 h, 6 h in 12 lead times."""
    area = event.read(sample.write(work / "event"))
    rain = Hydrograph(np.array([0.0, 3600.0, 3601.0]), np.array([STORM, STORM, 0.0]))
    run, solver = timing.timed(lambda: solve(area.domain, LEAD_TIMES[-1], rain, (), LEAD_TIMES))
    opened = _written(work / "sample", of_simulation(area.ground, run))
    figures = _measured("sample", opened, repeats)
    return {
        "sample_solver_seconds": solver,
        **figures,
        "sample_solver_by_draw": solver / figures["sample_draw_seconds"],
    }


def _large(work: Path, size: int, repeats: int) -> dict[str, Any]:
    """The large area, and what is sent when one looks at parts of it."""
    opened = _written(work / "large", invented(size))
    figures = _measured("large", opened, repeats)
    makers = pictures.surface_painters(opened)
    bounds = _bounds(opened)
    for share in ZOOMS:
        look = {"bounds": _middle(bounds, share), "size": [1400, 800], "surface": "Depth over time"}
        sent, seconds = timing.timed(lambda look=look: forecast_map.finer_pictures(opened, makers, look), repeats)
        name = f"large_finer_{share:g}".replace(".", "")
        figures |= {f"{name}_bytes": len(str(sent)), f"{name}_seconds": seconds}
    return {**figures, "large_raster_bytes": opened.shape[0] * opened.shape[1] * 4 * len(opened.lead_times)}


def _measured(name: str, opened: forecast_folder.ForecastFolder, repeats: int) -> dict[str, Any]:
    """Bytes and times of one area's map."""
    html, draw = timing.timed(lambda: forecast_map.draw(opened, key=name), repeats)
    south, west, north, east = _bounds(opened)
    _, series_seconds = timing.timed(
        lambda: point_series.read_point(opened, (south + north) / 2, (west + east) / 2), repeats
    )
    _, geotiff_seconds = timing.timed(lambda: files.geotiff(opened, "depth", 1), repeats)
    return {
        f"{name}_cells": opened.shape[0] * opened.shape[1],
        f"{name}_bytes": len(html.encode()),
        f"{name}_draw_seconds": draw,
        f"{name}_series_seconds": series_seconds,
        f"{name}_geotiff_seconds": geotiff_seconds,
        **{f"{name}_{key}": value for key, value in _in_browser(html, len(opened.lead_times), repeats).items()},
    }


def _in_browser(html: str, steps: int, repeats: int) -> dict[str, float]:
    """Seconds from the address to the drawn map, and from a move of the slider to its picture."""
    with timing.drawn(html, _wait) as (page, drawn):

        def move_slider() -> list[float]:
            return [page.evaluate(MOVE, step) / 1000 for _ in range(repeats) for step in range(steps - 1)]

        moves = move_slider()
        figures = {
            "browser_seconds": drawn,
            "slider_seconds": statistics.median(moves),
            "slider_slowest_seconds": max(moves),
        }
        if (arrows := page.get_by_label("Flow")).count():  # the large area's forecast holds no velocity
            arrows.check()
            figures["slider_arrows_seconds"] = statistics.median(move_slider())
    return figures


def _wait(page: Any) -> None:
    """Until the water is drawn."""
    page.locator("img.lookout-water").wait_for()
    page.evaluate("() => document.querySelector('img.lookout-water').decode()")


def _written(path: Path, forecast: FloodForecast) -> forecast_folder.ForecastFolder:
    outputs.write(forecast, path)
    return forecast_folder.read(path)


def _bounds(opened: forecast_folder.ForecastFolder) -> tuple[float, float, float, float]:
    bounds = views.whole_grid(opened).bounds
    assert bounds is not None
    return bounds


def _middle(bounds: tuple[float, float, float, float], share: float) -> list[float]:
    south, west, north, east = bounds
    high, wide = share * (north - south) / 2, share * (east - west) / 2
    return [(south + north) / 2 - high, (west + east) / 2 - wide, (south + north) / 2 + high, (west + east) / 2 + wide]


def invented(size: int, seed: int = 0) -> FloodForecast:
    """Hills whose hollows fill over time, shape (size, size); no physics."""
    random = np.random.default_rng(seed)
    rough = gaussian_filter(random.normal(size=(size, size)), 12) * 60 + gaussian_filter(
        random.normal(size=(size, size)), 2
    )
    ground = (100 + 3 * rough).astype(np.float32)
    levels = np.quantile(ground, np.linspace(0.02, 0.25, len(LEAD_TIMES)))
    depth = np.maximum(levels[:, None, None] - ground, 0).astype(np.float32)
    still = np.zeros_like(depth)
    times = np.array(LEAD_TIMES, np.float32)[:, None, None]
    arrival = np.where(depth >= WET, times, np.inf).min(axis=0)
    transform = Affine.translation(500_000, 5_000_000) @ Affine.scale(10, -10)
    return FloodForecast(
        Terrain(ground.astype(np.float64), 10.0, 10.0, UTM, transform, UTM),
        LEAD_TIMES, depth, still, still, depth[-1], np.where(np.isfinite(arrival), arrival, np.nan).astype(np.float32),
        np.zeros((size, size), np.float32), Balance(0.0, 0.0, 0.0, 0.0), "solver", None, None, 0.0,
    )  # fmt: skip


if __name__ == "__main__":
    main()
