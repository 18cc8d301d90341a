"""The sub-grid solve by one thread, by two that hand over rows, and by two that meet at a barrier in each step.

All three bring the same water to the last bit, which is checked. What Numba's `prange` would take at the least is
reckoned: half of one thread's time, and a parallel region in place of each meeting at the barrier.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numba
import numpy as np

from benchmarks.baselines import barrier_threads
from benchmarks.flood_solver import hills
from benchmarks.support import report
from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.subgrid import worker_sync
from core.hydraulics.subgrid.results import SubgridOptions
from core.hydraulics.subgrid.solver import new_model
from core.hydraulics.subgrid.state import SubgridModel
from core.hydraulics.subgrid.worker_sync import new_sync

MODES = {"accurate": (2, 3.0), "fast": (3, 4.0)}  # factor and courant, as the forecast has them
CELL = 5.0  # [m]
NO_LIMIT = 1 << 60
REGIONS = 2_000  # empty ones, to time what a parallel region takes to begin and to end
WATER = ("volume", "flow_x", "flow_y", "max_depth", "max_throughflow", "arrival")


def main() -> None:
    """Print the times of all turns, and the figures as one JSON object."""
    arguments = _arguments()
    seconds = 60.0 * arguments.minutes
    methods = {"one_thread": _alone, "hand_over": _hand_over, "barrier": barrier_threads.advance}
    for method in methods.values():
        method(_flood(64, arguments.mode), 120.0)  # compiles, or reads what was compiled
    clock: dict[str, list[float]] = {name: [] for name in methods}
    processor: dict[str, list[float]] = {name: [] for name in methods}
    meetings, water = 0, None
    for turn in range(arguments.turns):
        for name, method in methods.items():
            model = _flood(arguments.cells, arguments.mode)
            started, used = time.perf_counter(), time.process_time()
            met = method(model, seconds)
            clock[name].append(time.perf_counter() - started)
            processor[name].append(time.process_time() - used)
            meetings = max(meetings, met)
            water = water or model.state
            for array in WATER:
                np.testing.assert_array_equal(getattr(model.state, array), getattr(water, array), f"{array}, {name}")
            print(f"{turn} {name}: {clock[name][-1]:.3f} s, processors {processor[name][-1]:.3f} s", flush=True)
    figures: dict[str, object] = {}
    for name in methods:
        figures[f"{name}_seconds"] = statistics.median(clock[name])
        figures[f"{name}_processor_seconds"] = statistics.median(processor[name])
    region, layer = _parallel_region()
    prange = statistics.median(clock["one_thread"]) / 2 + meetings * region
    report.print_figures(
        {
            "cells": arguments.cells,
            "mode": arguments.mode,
            **figures,
            "hand_over_speed_up": statistics.median(_ratios(clock["one_thread"], clock["hand_over"])),
            "barrier_speed_up": statistics.median(_ratios(clock["one_thread"], clock["barrier"])),
            "barrier_by_hand_over": statistics.median(_ratios(clock["barrier"], clock["hand_over"])),
            "barrier_by_hand_over_processor": statistics.median(_ratios(processor["barrier"], processor["hand_over"])),
            "meetings": meetings,
            "prange_region_us": 1e6 * region,
            "prange_layer": layer,
            "prange_by_hand_over_at_least": prange / statistics.median(clock["hand_over"]),
            "turns": arguments.turns,
        }
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1024, help="a side, of 5 m each")
    parser.add_argument("--minutes", type=float, default=120.0, help="of the flood")
    parser.add_argument("--mode", choices=tuple(MODES), default="accurate")
    parser.add_argument("--turns", type=int, default=5, help="of all methods, one after the other; medians count")
    return parser.parse_args()


def _ratios(numerators: list[float], denominators: list[float]) -> list[float]:
    """Ratios turn by turn: within one, the machine was about as busy for both methods."""
    return [numerator / denominator for numerator, denominator in zip(numerators, denominators, strict=True)]


def _flood(cells: int, mode: str) -> SubgridModel:
    """A storm over hills with a winding river that comes in from above."""
    across = np.arange(cells)
    middle = cells / 2 + cells / 8 * np.sin(across / cells * 3 * np.pi)
    ground = hills(cells) - 4.0 * np.exp(-(((across[None] - middle[:, None]) / 6) ** 2))
    factor, courant = MODES[mode]
    storm = hydrograph([(0, 20), (600, 90), (1500, 0)], 1 / 3.6e6)
    inlet = Inflow(np.array([[0, cells // 2], [0, cells // 2 + 1]]), hydrograph([(0, 10), (1800, 60), (7200, 20)]))
    domain = Domain(ground, CELL, CELL, 0.035, frozenset({"south", "east"}))
    return new_model(domain, storm, [inlet], factor, SubgridOptions(courant=courant), 0.0, None)


def _alone(model: SubgridModel, seconds: float) -> int:
    worker_sync.advance(model, new_sync(1), seconds, NO_LIMIT)
    return 0


def _hand_over(model: SubgridModel, seconds: float) -> int:
    worker_sync.advance(model, new_sync(2), seconds, NO_LIMIT)
    return 0


def _parallel_region() -> tuple[float, str]:
    """What an empty parallel region of two threads takes [s], and which of Numba's threading layers it has."""
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))

    @numba.njit(parallel=True)  # type: ignore[untyped-decorator]
    def touch(marks: np.ndarray) -> None:
        for index in numba.prange(2):
            marks[index] += 1

    marks = np.zeros(2, np.int64)
    touch(marks)
    started = time.perf_counter()
    for _ in range(REGIONS):
        touch(marks)
    return (time.perf_counter() - started) / REGIONS, str(numba.threading_layer())


if __name__ == "__main__":
    main()
