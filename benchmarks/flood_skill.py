"""How far forecasts of maximum depth agree with the solver on random floods, with their time beside the solver's.

On `validation` terrains unless told otherwise; `test` is for the last word, never for choosing. The floods and the
solver's word on them are those of `train flood` with the same --work. Methods: filled hollows, height above the nearest
drainage, a plain direct U-Net (trained here with --direct-floods), the physics of each mode, and
a version's network on them. Processor time counts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import direct_unet
from benchmarks.support import report
from core.hydraulics.drainage.flow_accumulation import find_drainage_order, without_rim
from core.hydraulics.local_inertial.solver import solve
from core.progress import Progress
from core.registry import registry
from core.settings import CHECKOUT
from core.systems import flood
from core.systems.flood.correction.residual import ResidualNetwork
from core.systems.flood.physics import MODES
from core.systems.flood.train import examples, held_out, measuring, preparing
from core.systems.flood.train.examples import Example
from core.systems.flood.train.scenarios import Scenario

SHARED = CHECKOUT.parent / "shared" / "data" / "flood"
CHANNEL_CELLS = 200  # of a catchment from which on its valley counts as a channel, for the height above it


def main() -> None:
    chosen = _arguments()
    terrains = [
        terrain
        for terrain in examples.read_terrains(chosen.data, chosen.split)
        if held_out.is_urban(terrain) == chosen.urban
    ]
    first = held_out.FIRST_URBAN if chosen.urban else 0
    numbers = range(first, first + chosen.events)
    floods = list(preparing.solved_examples(terrains, chosen.split, numbers, chosen.work, _ignore_progress))
    figures: dict[str, Any] = {"split": chosen.split, "urban": chosen.urban, "events": len(floods)}
    for method, rows in _methods(chosen, floods):
        figures[method] = measuring.summarise(rows)
        print(method, json.dumps(_means(figures[method])), flush=True)
    if chosen.timed:
        figures["solver_seconds"] = _solver_time(floods)
    report.print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder with dems and manifest.json")
    parser.add_argument("--split", default="validation", choices=["train", "validation", "test"])
    parser.add_argument("--events", type=int, default=30)
    parser.add_argument("--urban", action="store_true", help="on terrain of 1 m instead of the others")
    parser.add_argument("--version", help="of the flood model; the champion if not said")
    parser.add_argument("--direct-floods", type=int, default=0, help="that train a plain direct U-Net; 0 for none")
    parser.add_argument("--direct-epochs", type=int, default=8)
    parser.add_argument("--timed", action="store_true", help="run the solver again to time it")
    parser.add_argument("--work", type=Path, default=CHECKOUT / "var" / "flood")
    return parser.parse_args()


def _ignore_progress(progress: Progress) -> None:
    pass


def _means(figures: dict[str, Any]) -> dict[str, Any]:
    """The means alone, rounded."""
    means = {name: figure["mean"] if isinstance(figure, dict) else figure for name, figure in figures.items()}
    return {name: round(mean, 4) if isinstance(mean, float) else mean for name, mean in means.items()}


def _methods(
    chosen: argparse.Namespace, floods: Sequence[Example]
) -> Iterator[tuple[str, list[dict[str, float | None]]]]:
    """Each method's name and its figures by flood."""
    depth_of: dict[str, Callable[[Example], np.ndarray]] = {
        "fill": lambda example: _filled_hollows(example.scenario),
        "hand": lambda example: _height_above_drainage(example.scenario),
    }
    if chosen.direct_floods:
        depth_of["direct"] = direct_unet.trained(
            chosen.data, chosen.work, chosen.direct_floods, chosen.direct_epochs, _ignore_progress
        )
    for name, method in depth_of.items():
        yield name, [measuring.depth_figures(method(example), None, example) for example in floods]
    residual = registry().load("flood", chosen.version, flood.load).engine.residual
    for mode in MODES:
        yield mode, [_corrected(example, mode, residual) for example in floods]


def _corrected(example: Example, mode: str, residual: ResidualNetwork) -> dict[str, float | None]:
    """The figures of a version on one flood, with its processor time [s]."""
    started = time.process_time()
    physics = preparing.run_physics(example, mode)
    solved = time.process_time()
    corrected = residual.correct(example.scenario.domain, physics, example.scenario.rain)
    seconds = {"seconds": time.process_time() - started, "seconds_without_network": solved - started}
    return {**measuring.corrected_figures(corrected, physics, example), **seconds}


def _solver_time(floods: Sequence[Example]) -> float:
    """The solver's mean processor time [s]."""
    started = time.process_time()
    for example in floods:
        scenario = example.scenario
        solve(scenario.domain, scenario.duration, scenario.rain, scenario.inflows)
    return (time.process_time() - started) / len(floods)


def _volume(scenario: Scenario) -> float:
    """All water that comes in [m3]."""
    domain, rain = scenario.domain, 0.0
    if scenario.rain:
        rain = scenario.rain.volumes[-1] * np.isfinite(domain.elevation).sum() * domain.dx * domain.dy
    return float(rain + sum(inflow.series.volumes[-1] for inflow in scenario.inflows))


def _filled_hollows(scenario: Scenario) -> np.ndarray:
    """Depth of hollows filled to their sills, shape (rows, cols) [m]: all water runs off, none is short."""
    elevation = scenario.domain.elevation
    order = find_drainage_order(elevation, np.empty((0, 2), np.int64))
    return np.asarray(without_rim(order, order.filled) - elevation)


def _height_above_drainage(scenario: Scenario) -> np.ndarray:
    """Depth below one height of water above the nearest channel that holds what came in, shape (rows, cols) [m].

    HAND (Nobre et al. 2011); the height is found by bisection.
    """
    import pyflwdir

    domain = scenario.domain
    ground = np.where(np.isfinite(domain.elevation), domain.elevation, -9999.0).astype(np.float32)
    drainage = pyflwdir.from_dem(ground, nodata=-9999.0)
    height = drainage.hand(drainage.upstream_area() > CHANNEL_CELLS, ground)
    height = np.where(np.isfinite(domain.elevation) & (height >= 0), height, np.inf)
    low, high = 0.0, 100.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        held = np.maximum(middle - height, 0.0).sum() * domain.dx * domain.dy
        low, high = (middle, high) if held < _volume(scenario) else (low, middle)
    return np.asarray(np.maximum(high - height, 0.0))


if __name__ == "__main__":
    main()
