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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import direct_unet
from benchmarks.support import report
from core.hydraulics.drainage.flow_accumulation import find_ways, inner
from core.hydraulics.local_inertial.solver import solve
from core.progress import Progress
from core.registry import registry
from core.settings import CHECKOUT
from core.systems import flood
from core.systems.flood.physics import MODES
from core.systems.flood.train import URBAN, examples, measuring, preparing
from core.systems.flood.train.examples import Example
from core.systems.flood.train.scenarios import Scenario

SHARED = CHECKOUT.parent / "shared" / "data" / "flood"
DRAINED = 200  # cells of a catchment from which on its valley counts as a channel, for the height above it
Rows = list[dict[str, Any]]


def main() -> None:
    chosen = _arguments()
    known = [one for one in examples.grounds(chosen.data, chosen.split) if (one.cell_size <= URBAN) == chosen.urban]
    numbers = range(1_000, 1_000 + chosen.events) if chosen.urban else range(chosen.events)
    floods = list(preparing.solved(known, chosen.split, numbers, chosen.work, _quiet))
    told: dict[str, Any] = {"split": chosen.split, "urban": chosen.urban, "events": len(floods)}
    for name, rows in _methods(chosen, floods):
        told[name] = measuring.summary(rows)
        print(name, json.dumps(_short(told[name])), flush=True)
    if chosen.timed:
        told["solver_seconds"] = _solver_time(floods)
    report.print_figures(told)


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


def _quiet(progress: Progress) -> None:
    pass


def _short(found: dict[str, Any]) -> dict[str, Any]:
    """Means alone."""
    plain = {name: one["mean"] if isinstance(one, dict) else one for name, one in found.items()}
    return {name: round(one, 4) if isinstance(one, float) else one for name, one in plain.items()}


def _methods(chosen: argparse.Namespace, floods: Sequence[Example]) -> Any:
    """Each method's name and its figures by flood."""
    plain: dict[str, Callable[[Example], np.ndarray]] = {
        "fill": lambda one: _filled(one.scenario),
        "hand": lambda one: _hand(one.scenario),
    }
    if chosen.direct_floods:
        plain["direct"] = direct_unet.trained(
            chosen.data, chosen.work, chosen.direct_floods, chosen.direct_epochs, _quiet
        )
    for name, method in plain.items():
        yield name, [measuring.of_depth(method(one), None, one) for one in floods]
    residual = registry().load("flood", chosen.version, flood.load).engine.residual
    for mode in MODES:
        yield mode, [_corrected(one, mode, residual) for one in floods]


def _corrected(example: Example, mode: str, residual: Any) -> dict[str, Any]:
    started = time.process_time()
    physics = preparing.physics_of(example, mode)
    between = time.process_time()
    found = residual.correct(example.scenario.domain, physics, example.scenario.rain)
    took = {"seconds": time.process_time() - started, "seconds_without_network": between - started}
    return {**measuring.of_corrected(found, physics, example), **took}


def _solver_time(floods: Sequence[Example]) -> float:
    """Its mean processor time [s]."""
    started = time.process_time()
    for one in floods:
        asked = one.scenario
        solve(asked.domain, asked.duration, asked.rain, asked.inflows)
    return (time.process_time() - started) / len(floods)


def _volume(asked: Scenario) -> float:
    """All water that comes in [m3]."""
    domain = asked.domain
    rain = asked.rain.volumes[-1] * np.isfinite(domain.elevation).sum() * domain.dx * domain.dy if asked.rain else 0.0
    return float(rain + sum(one.series.volumes[-1] for one in asked.inflows))


def _filled(asked: Scenario) -> np.ndarray:
    """Hollows filled to their sills: all water runs off, none is short."""
    elevation = asked.domain.elevation
    ways = find_ways(elevation, np.empty((0, 2), np.int64))
    return np.asarray(inner(ways, ways.filled) - elevation)


def _hand(asked: Scenario) -> np.ndarray:
    """One height of water above the nearest channel everywhere, such that it holds what came in."""
    import pyflwdir

    domain = asked.domain
    ground = np.where(np.isfinite(domain.elevation), domain.elevation, -9999.0).astype(np.float32)
    ways = pyflwdir.from_dem(ground, nodata=-9999.0)
    height = ways.hand(ways.upstream_area() > DRAINED, ground)
    height = np.where(np.isfinite(domain.elevation) & (height >= 0), height, np.inf)
    low, high = 0.0, 100.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        held = np.maximum(middle - height, 0.0).sum() * domain.dx * domain.dy
        low, high = (middle, high) if held < _volume(asked) else (low, middle)
    return np.asarray(np.maximum(high - height, 0.0))


if __name__ == "__main__":
    main()
