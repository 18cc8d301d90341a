"""How far forecasts of maximum depth agree with the solver on random floods, with their time beside the solver's.

On `validation` terrains unless told otherwise; `test` is for the last word, never for choosing. The solver's runs are
kept on disk under what they were asked. Methods: filled hollows, height above the nearest drainage (needs pyflwdir),
and the physics of each mode. Processor time counts, of one thread.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _parts
from core.systems.flood import scenarios, terrain
from core.systems.flood.downhill import find_ways, inner
from core.systems.flood.physics import MODES, Mode, forecast
from core.systems.flood.scenarios import Scenario
from core.systems.flood.solver import solve

SHARED = _parts.CHECKOUT.parent / "shared" / "data" / "flood"
DEPTHS = {"005": 0.05, "030": 0.3}  # [m]
Found = tuple[np.ndarray, np.ndarray | None]  # maximum depth, arrival
DRAINED = 200  # cells of a catchment from which on its valley counts as a channel, for the height above it


def main() -> None:
    chosen = _arguments()
    drawn = list(_scenarios(chosen))
    told: dict[str, Any] = {"split": chosen.split, "events": len(drawn), "rescaled": chosen.rescaled}
    references = [_reference(one, chosen.cache) for one in drawn]
    for name, method in _methods().items():
        method(drawn[0])  # compiles
        told[name] = _scores(method, drawn, references)
        print(name, json.dumps(told[name]), flush=True)
    _parts.tell(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder with dems and manifest.json")
    parser.add_argument("--split", default="validation", choices=["train", "validation", "test"])
    parser.add_argument("--events", type=int, default=12)
    parser.add_argument("--cells", type=int, default=128, help="cells a side of a crop")
    parser.add_argument("--rescaled", action="store_true", help="cell sizes of 1 to 100 m instead of the terrain's own")
    parser.add_argument("--seed", type=int, default=1000, help="of the first event")
    parser.add_argument("--cache", type=Path, default=_parts.CHECKOUT / "var" / "flood_references")
    return parser.parse_args()


def _scenarios(chosen: argparse.Namespace) -> Any:
    """The events, terrain after terrain."""
    described = json.loads((chosen.data / "manifest.json").read_text(encoding="utf-8"))
    files = [chosen.data / one["file"] for one in described if one["split"] == chosen.split]
    for number in range(chosen.events):
        ground = terrain.read(files[number % len(files)])
        yield scenarios.draw(ground.elevation, ground.dx, chosen.cells, chosen.seed + number, augment=chosen.rescaled)


def _digest(asked: Scenario) -> str:
    series = [one.series for one in asked.inflows] + ([asked.rain] if asked.rain else [])
    parts = [asked.domain.elevation, np.asarray(asked.domain.manning), *(one.cells for one in asked.inflows)]
    parts += [numbers for one in series for numbers in (one.times, one.rates)]
    plain = (asked.domain.dx, asked.domain.dy, sorted(asked.domain.open_edges), asked.duration, asked.rain is None)
    code = b"".join(
        path.read_bytes()
        for name in ("solver", "kernels", "sweep", "exchange", "building")
        for path in [_parts.CHECKOUT / "core" / "systems" / "flood" / f"{name}.py"]
    )
    return hashlib.sha256(code + repr(plain).encode() + b"".join(map(np.ndarray.tobytes, parts))).hexdigest()[:32]


def _reference(asked: Scenario, cache: Path) -> dict[str, Any]:
    """The solver's maximum depth and arrival, and its processor time [s]."""
    path = cache / f"{_digest(asked)}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        solve(asked.domain, 1.0, asked.rain, asked.inflows)  # compiles
        started = time.process_time()
        run = solve(asked.domain, asked.duration, asked.rain, asked.inflows)
        took = time.process_time() - started
        np.savez_compressed(path, depth=run.max_depth, arrival=run.arrival, seconds=took)
    with np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


def _methods() -> dict[str, Callable[[Scenario], Found]]:
    found: dict[str, Callable[[Scenario], Found]] = {"fill": _filled}
    try:
        import pyflwdir  # noqa: F401

        found["hand"] = _hand
    except ImportError:
        print("Height above nearest drainage was not measured: pyflwdir is not installed.")
    modes = {**MODES, "coarse_4x": Mode(4, 4.0)}
    return found | {name: partial(_physics, mode=mode) for name, mode in modes.items()}


def _physics(asked: Scenario, mode: Mode) -> Found:
    run = forecast(asked.domain, asked.duration, asked.rain, asked.inflows, mode=mode)
    return run.max_depth, run.arrival


def _volume(asked: Scenario) -> float:
    """All water that comes in [m3]."""
    domain = asked.domain
    rain = asked.rain.volumes[-1] * np.isfinite(domain.elevation).sum() * domain.dx * domain.dy if asked.rain else 0.0
    return float(rain + sum(one.series.volumes[-1] for one in asked.inflows))


def _filled(asked: Scenario) -> Found:
    """Hollows filled to their sills: all water runs off, none is short."""
    elevation = asked.domain.elevation
    ways = find_ways(elevation, np.empty((0, 2), np.int64))
    return inner(ways, ways.filled) - elevation, None


def _hand(asked: Scenario) -> Found:
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
    return np.maximum(high - height, 0.0), None


def _scores(
    method: Callable[[Scenario], Found], drawn: list[Scenario], references: list[dict[str, Any]]
) -> dict[str, float]:
    """Means over events; CSI also over all cells at once, as `pooled`."""
    rows, counts = [], {name: np.zeros(2) for name in DEPTHS}
    for asked, reference in zip(drawn, references, strict=True):
        started = time.process_time()
        depth, arrival = method(asked)
        took = time.process_time() - started
        depth, true = np.nan_to_num(depth), np.nan_to_num(reference["depth"])
        row: dict[str, float] = {"speed_up": float(reference["seconds"]) / took}
        for name, limit in DEPTHS.items():
            both, either = ((depth >= limit) & (true >= limit)).sum(), ((depth >= limit) | (true >= limit)).sum()
            counts[name] += both, either
            row[f"csi_{name}"] = both / either if either else np.nan
        ours, theirs = depth >= DEPTHS["005"], true >= DEPTHS["005"]
        row["hit_005"] = (ours & theirs).sum() / max(theirs.sum(), 1)
        row["false_alarm_005"] = (ours & ~theirs).sum() / max(ours.sum(), 1)
        row["rmse_wet_m"] = float(np.sqrt(np.mean((depth - true)[ours | theirs] ** 2)))
        row["volume_error"] = depth.sum() / true.sum() - 1
        if arrival is not None:
            row["arrival_mae_s"] = float(np.nanmean(np.abs(arrival - reference["arrival"])))
        rows.append(row)
    told = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    told |= {f"{name}_sd": float(np.nanstd([row[name] for row in rows])) for name in ("csi_005", "csi_030")}
    told["volume_error_sd"] = float(np.std([row["volume_error"] for row in rows]))
    told |= {f"csi_{name}_pooled": float(both / either) for name, (both, either) in counts.items()}
    return {name: round(number, 4) for name, number in told.items()}


if __name__ == "__main__":
    main()
