"""The flood solver beside Landlab's OverlandFlow and a plain loop over all cells, and against a surveyed flood.

Each runs alone on one thread; its processor time counts, which a busy machine stretches less than the clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from benchmarks.baselines import plain_local_inertial
from benchmarks.support import report
from core.hydraulics.boundaries import forcing_series
from core.hydraulics.constants import STEPS, TIME
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.hazard import WET
from core.hydraulics.local_inertial import sweep
from core.hydraulics.local_inertial.arrays import new_state, new_terrain
from core.hydraulics.local_inertial.options import SolverOptions, scheme_parameters
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.results import Simulation
from core.settings import CHECKOUT
from core.systems.flood import event, surveyed_levels

LANDLAB = "landlab==2.11.0"
MANNING = 0.035
SIZES = (128, 256, 512, 1024, 2048)
SHARED = CHECKOUT.parent / "shared" / "data" / "flood"
STORM = 40 / 3.6e6  # [m/s]
STRETCH = (60.0, 240.0)  # over which a cell and step's cost is taken [s]
CELL_STEPS = 100_000_000  # between two calls


def main() -> None:
    chosen = _arguments()
    solve(Domain(hills(64), 10.0, 10.0), 60.0, steady(STORM, 60.0))  # compiles, or reads what was compiled
    figures: dict[str, Any] = {}
    for part in PARTS:
        if chosen.only and part.__name__.strip("_") not in chosen.only:
            continue
        measured = part(chosen)
        print(measured, flush=True)
        figures |= measured
    report.print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="cells a side for Landlab")
    parser.add_argument("--python312", default="3.12", help="a Python 3.12 for Landlab, which imports on no other")
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder with events/merewether_2007")
    parser.add_argument("--only", nargs="+", choices=[part.__name__.strip("_") for part in PARTS], help="some parts")
    parser.add_argument("--repeats", type=int, default=3, help="runs of what is fast; the median counts")
    return parser.parse_args()


def hills(size: int, seed: int = 0) -> np.ndarray:
    """Invented ground, shape (size, size): hills of some ten metres on a slope, to be seen at 10 m a cell [m]."""
    random = np.random.default_rng(seed)
    rough = gaussian_filter(random.normal(size=(size, size)), 8)
    return rough / rough.std() * 2.0 + np.linspace(20, 0, size)[:, None]


def steady(rate: float, seconds: float) -> Hydrograph:
    """A constant rate from 0 s to `seconds`, in units of the rate."""
    return Hydrograph(np.array([0.0, seconds]), np.full(2, rate))


def _median(repeats: int, *arguments: Any, **options: Any) -> tuple[Simulation, float]:
    """The last of some equal runs of the solver, and the median of their processor times [s]."""
    took = []
    for _ in range(repeats):
        started = time.process_time()
        run = solve(*arguments, **options)
        took.append(time.process_time() - started)
    return run, sorted(took)[len(took) // 2]


def _landlab(chosen: argparse.Namespace) -> dict[str, Any]:
    """Rain on hills with closed edges: ours, Landlab's and the plain loop's time for the same hour."""
    ground, width, seconds = hills(chosen.size), 10.0, 3600.0
    own, took = _median(chosen.repeats, Domain(ground, width, width, MANNING), seconds, steady(STORM, seconds))
    plain = plain_local_inertial.run(ground, width, MANNING, seconds, STORM, np.zeros_like(ground))
    figures = {
        "rain_seconds": took,
        "rain_ns_per_cell_step": took / own.steps / ground.size * 1e9,
        "rain_mass_error": own.balance.error,
        "rain_plain_seconds": plain["seconds"],
        "ratio_to_plain_all_wet": plain["seconds"] / took,
        "rmse_to_plain_m": _rmse(own.depth, plain["depth"]),
    }
    peer = _with_landlab(chosen.python312, ground=ground, width=width, manning=MANNING, seconds=seconds, rain=STORM)
    if peer is None:
        return {**figures, "landlab": "not measured"}
    return {
        **figures,
        "landlab_seconds": peer["seconds"],
        "ratio_to_landlab": peer["seconds"] / took,
        "ratio_to_landlab_per_step": peer["seconds"] / peer["steps"] / (took / own.steps),
        "rmse_to_landlab_m": _rmse(own.depth, peer["depth"]),
    }


def _with_landlab(python: str, **inputs: Any) -> dict[str, Any] | None:
    """Landlab's run of `inputs`, in an environment made for it; None if it cannot be had, and prints why."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else "uv"
    folder = CHECKOUT / ".venv-landlab"
    interpreter = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--allow-existing", "--python", python, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(interpreter), LANDLAB],
    ):
        if not _runs(command):
            print(f"Landlab was not measured: {' '.join(command)} failed. Name a Python 3.12: --python312 PATH.")
            return None
    with TemporaryDirectory() as name:
        path = Path(name) / "inputs.npz"
        np.savez(path, **inputs)
        single = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        script = Path(__file__).parent / "baselines" / "landlab_overland_flow.py"
        ended = subprocess.run([interpreter, script, path], capture_output=True, text=True, env=single, check=False)
        if ended.returncode:
            print(f"Landlab was not measured: {ended.stderr[-500:]}")
            return None
        return {**json.loads(ended.stdout.splitlines()[-1]), "depth": np.load(f"{path}.npy")}


def _runs(command: list[str]) -> bool:
    """Whether a command is there and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _dry(chosen: argparse.Namespace) -> dict[str, Any]:
    """A stream fed from above in a winding valley, until about a tenth of the cells is wet."""
    size, width, seconds = 512, 10.0, 3600.0
    rows, cols = np.mgrid[:size, :size]
    middle = size / 2 + size / 8 * np.sin(rows / size * 3 * np.pi)
    ground = (
        hills(size) * 0.05 + 0.002 * width * (size - rows) + 0.01 * np.maximum(np.abs(cols - middle) - 10, 0) ** 1.5
    )
    rate = 600.0
    inlet = np.column_stack([np.zeros(9, int), int(middle[0, 0]) + np.arange(-4, 5)])
    domain = Domain(ground, width, width, MANNING)
    inflows = [Inflow(inlet, steady(rate, seconds))]
    own, took = _median(chosen.repeats, domain, seconds, None, inflows)
    over_all, all_cells = _median(chosen.repeats, domain, seconds, None, inflows, options=SolverOptions(wet_only=False))
    rates = np.zeros_like(ground)
    rates[inlet[:, 0], inlet[:, 1]] = rate / len(inlet) / width**2
    plain = plain_local_inertial.run(ground, width, MANNING, seconds, 0.0, rates)
    return {
        "wet_share": float((own.max_depth > 0.001).mean()),
        "valley_seconds": took,
        "ratio_to_plain_tenth_wet": plain["seconds"] / took,
        "ratio_to_own_loop_over_all_cells": all_cells / took,
        "same_as_over_all_cells": bool(np.array_equal(own.depth, over_all.depth)),
        "rmse_to_plain_tenth_wet_m": _rmse(own.depth, plain["depth"]),
    }


def _cost(chosen: argparse.Namespace) -> dict[str, Any]:
    """Nanoseconds per cell and step on squares of growing size, all wet: of the same minutes of the same flood."""
    figures = {}
    for size in SIZES:
        repeats = chosen.repeats * (SIZES[-1] // size)
        figures[f"ns_per_cell_step_{size}"] = statistics.median(_stretch(size) for _ in range(repeats))
    return {**figures, "ns_largest_by_smallest": max(figures.values()) / min(figures.values())}


def _stretch(size: int) -> float:
    """Processor time of a cell and step in STRETCH, when water that stood on the hills has run off them [ns]."""
    rain = steady(STORM, STRETCH[1])
    domain = Domain(hills(size), 10.0, 10.0, MANNING)
    ground, series, scheme = (
        new_terrain(domain, ()),
        forcing_series(rain, ()),
        scheme_parameters(SolverOptions()),
    )
    water = new_state(domain, np.full((size, size), 0.3), ground, 1)
    steps, started = 0.0, 0.0
    for until in STRETCH:
        steps, started = water.clock[STEPS], time.process_time()
        while water.clock[TIME] < until:
            sweep.advance(ground, series, water, scheme, until, CELL_STEPS // size**2)
    return float((time.process_time() - started) / (water.clock[STEPS] - steps) / size**2 * 1e9)


def _survey(chosen: argparse.Namespace) -> dict[str, Any]:
    """The flood of Merewether 2007 at 2 m and at 1 m, against its surveyed levels."""
    folder = chosen.data / "events" / "merewether_2007"
    if not folder.is_dir():
        return {"merewether": "not measured: no data"}
    figures = {}
    for size in (2, 1):
        surveyed = event.read(folder, cell_size=size if size > 1 else None)
        run = solve(surveyed.domain, surveyed.duration, surveyed.rain, surveyed.inflows)
        assert surveyed.observations is not None
        computed = surveyed_levels.sample_levels(
            surveyed.ground, surveyed.domain.elevation, run.max_depth, surveyed.observations
        )
        figures[f"merewether_{size}m_level_rmse_m"] = surveyed_levels.rmse(computed, surveyed.observations.level)
        figures[f"merewether_{size}m_seconds"] = run.seconds
    return figures


def _rmse(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Root mean square of the difference over cells that are wet in either; both of shape (rows, cols) [m]."""
    wet = np.maximum(ours, theirs) > WET
    return float(np.sqrt(np.mean((ours - theirs)[wet] ** 2)))


PARTS = (_landlab, _dry, _cost, _survey)


if __name__ == "__main__":
    main()
