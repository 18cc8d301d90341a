"""How much faster a forecast is than our own solver, end to end, and what memory it takes, on an invented valley.

The solver, then each mode of a version, on the same event in processes of their own, one after the other and on the
same cores; a run is from the question to all rasters, after everything is compiled. Then forecasts alone on larger and
larger grids: time per cell, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.support import report
from core.hydraulics.domain import Inflow, hydrograph
from core.hydraulics.hazard import WET
from core.hydraulics.local_inertial.solver import solve
from core.registry import registry
from core.settings import CHECKOUT
from core.systems import flood
from core.systems.flood import event, question
from core.systems.flood.engine import FloodEngine
from core.systems.flood.terrain import sample

RAIN = [(0, 0), (3600, 30), (10_800, 10), (14_400, 0)]  # s, mm/h
RIVER = [(0, 10), (5400, 120), (21_600, 30)]  # s, m3/s
CELL = 5.0  # [m]
METHODS = ("solver", "accurate", "fast")
VALLEY = "valley"  # to be written: in a process of its own, whose memory does not count with the forecast's


def main() -> None:
    chosen = _arguments()
    if chosen.one:
        print(json.dumps(_measured(chosen.one, chosen)))
        return
    with TemporaryDirectory() as scratch:
        chosen.scratch = Path(scratch)
        _measure(chosen)


def _measure(chosen: argparse.Namespace) -> None:
    figures: dict[str, Any] = {"cells": chosen.cells, "hours": chosen.hours}
    for method in METHODS if not chosen.growth_only else ():
        figures[method] = _alone(method, chosen, chosen.cells, chosen.hours)
        print(method, json.dumps(figures[method]), flush=True)
    for mode in METHODS[1:] if not chosen.growth_only else ():
        figures[f"{mode}_speed_up"] = figures["solver"]["seconds"] / figures[mode]["seconds"]
        figures[f"{mode}_speed_up_processor"] = (
            figures["solver"]["processor_seconds"] / figures[mode]["processor_seconds"]
        )
    for mode in METHODS[1:]:
        for cells in chosen.growth:
            growth = _alone(mode, chosen, cells, chosen.growth_hours)
            growth["microseconds_per_cell"] = 1e6 * growth["processor_seconds"] / cells**2
            figures.setdefault(f"growth_{mode}", {})[cells] = growth
            print(mode, cells, json.dumps(growth), flush=True)
    report.print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1024, help="a side, of 5 m each")
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--version", help="of the flood model; the champion if not said")
    parser.add_argument("--growth", type=int, nargs="*", default=[512, 1024, 2048, 4096], help="sides of larger grids")
    parser.add_argument("--growth-hours", type=float, default=0.5, help="of the flood on them")
    parser.add_argument("--growth-only", action="store_true")
    parser.add_argument("--one", choices=(*METHODS, VALLEY), help="measure one method in this process")
    parser.add_argument("--scratch", type=Path, help="with --one: the folder that holds the valley, or is to hold it")
    return parser.parse_args()


def _alone(method: str, chosen: argparse.Namespace, cells: int, hours: float) -> dict[str, Any]:
    """The figures of one method, measured in a process of its own."""
    if method != VALLEY and not _valley(chosen.scratch, cells).exists():
        _alone(VALLEY, chosen, cells, hours)
    command = [sys.executable, "-m", "benchmarks.flood_speed", "--one", method, "--cells", str(cells)]
    command += ["--scratch", str(chosen.scratch)]
    command += ["--hours", str(hours), *(["--version", chosen.version] if chosen.version else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=CHECKOUT)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _valley(scratch: Path, cells: int) -> Path:
    return scratch / f"valley-{cells}"


def _question(cells: int, hours: float, mode: Any, scratch: Path) -> question.Question:
    """The valley's event with a longer storm; times beyond the end are left out."""
    duration, folder = 3600.0 * hours, _valley(scratch, cells)
    if not folder.exists():
        sample.write(folder, cells=cells, cell_size=CELL)
    flood_event = event.read(folder)
    river = hydrograph([(time, rate) for time, rate in RIVER])
    inflows = tuple(Inflow(inflow.cells, river) for inflow in flood_event.inflows)
    times = question.equal_lead_times(duration, flood_event.ground)
    rain = hydrograph([(time, rate) for time, rate in RAIN], 1 / 3.6e6)
    return question.Question(flood_event.ground, flood_event.domain, duration, rain, inflows, times, mode)


def _measured(method: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures of one method, or the valley written, in this process."""
    if method == VALLEY:
        sample.write(_valley(chosen.scratch, chosen.cells), cells=chosen.cells, cell_size=CELL)
        return {}
    engine: FloodEngine = registry().load("flood", chosen.version, flood.load).engine
    engine.warm_up()
    valley = _question(chosen.cells, chosen.hours, "fast" if method == "solver" else method, chosen.scratch)
    started, processor = time.perf_counter(), time.process_time()
    if method == "solver":
        run = solve(valley.domain, valley.duration, valley.rain, valley.inflows, valley.lead_times)
        depth, error = run.max_depth, run.balance.error
    else:
        forecast = engine.run(valley).forecast
        depth, error = forecast.max_depth, forecast.balance.error
        deque(zip(forecast.east, forecast.south, strict=True), maxlen=0)  # computed when asked for; the solver has them
    return {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "wet_share": float(np.mean(np.nan_to_num(depth) >= WET)),
        "mass_error": error,
    }


if __name__ == "__main__":
    main()
