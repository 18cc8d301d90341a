"""How far forecasts of many floods agree with the solver: means over floods, their spread, and what intervals hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation import extents
from core.hydraulics.hazard import WET
from core.systems.flood.correction.over_time import Corrected
from core.systems.flood.physics import Physics
from core.systems.flood.train.examples import Example

RESAMPLED = 2_000
LIFTS = np.linspace(0.0, 0.12, 13)  # in scaled depth, of which one is chosen
INSIDE = 0.8  # of the solver's depths that an interval is to hold
Row = Mapping[str, float | None]


def of_depth(depth: np.ndarray, arrival: np.ndarray | None, example: Example) -> dict[str, float | None]:
    """The figures of one flood; volume_error: what the greatest depths hold more, as a share."""
    true, there = example.depth, float(np.nansum(example.depth))
    return {
        **extents.scores(depth, true),
        "arrival_mae_s": None if arrival is None else extents.arrival_error(arrival, example.arrival),
        "volume_error": float(np.nansum(depth)) / there - 1.0 if there > 0 else None,
    }


def of_corrected(found: Corrected, physics: Physics, example: Example) -> dict[str, float | None]:
    """The same of a corrected forecast, with those of its physics and the share of depths that its interval holds."""
    without = of_depth(physics.max_depth, physics.arrival, example)
    true = example.depth
    valid = np.isfinite(true)
    wet = valid & ((np.nan_to_num(true) >= WET) | (np.nan_to_num(found.max_depth) >= WET))
    held = (true >= found.low) & (true <= found.high)
    return {
        **of_depth(found.max_depth, found.arrival, example),
        **{f"{name}_without_network": value for name, value in without.items()},
        "wet_cells": float(wet.sum()),
        "held_wet": float((held & wet).sum()),
        "cells": float(valid.sum()),
        "held": float((held & valid).sum()),
    }


def summary(rows: Sequence[Row], seed: int = 0) -> dict[str, Any]:
    """Means over floods with their spread and 95 % intervals; coverage over all their cells at once."""
    names = [name for name in rows[0] if name not in ("wet_cells", "held_wet", "cells", "held")]
    told: dict[str, Any] = {"events": len(rows)}
    for name in names:
        told[name] = _mean([row[name] for row in rows], seed)
    if "held_wet" in rows[0]:
        sums = {name: sum(float(row[name] or 0) for row in rows) for name in ("wet_cells", "held_wet", "cells", "held")}
        told["held80_wet"] = sums["held_wet"] / sums["wet_cells"] if sums["wet_cells"] else None
        told["held80_all"] = sums["held"] / sums["cells"]
    return told


def _mean(values: Sequence[float | None], seed: int) -> dict[str, Any]:
    """Of those that are known: mean, standard deviation, and the bootstrap's 95 % interval of the mean."""
    known = np.array([one for one in values if one is not None], dtype=np.float64)
    if not known.size:
        return {"mean": None, "sd": None, "low": None, "high": None, "n": 0}
    random = np.random.default_rng(seed)
    means = random.choice(known, (RESAMPLED, known.size)).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {
        "mean": float(known.mean()),
        "sd": float(known.std()),
        "low": float(low),
        "high": float(high),
        "n": int(known.size),
    }


def lifting(asked: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> float:
    """The `residual.lifted` that brings the extents at WET nearest to the solver's, by the mean CSI over floods.

    The arguments are those of `widening`.
    """
    from core.systems.flood.correction.features import scaled, unscaled
    from core.systems.flood.correction.residual import lifted

    edge = float(scaled(np.array(WET)))
    floods = [
        (one[known][:, 0], unscaled(true[known].astype(np.float32)))
        for one, true in zip(asked, truth, strict=True)
        if (known := np.isfinite(true)).any() and true[known].max() >= edge
    ]
    if not floods:
        return 0.0
    found = [np.mean([extents.csi(unscaled(lifted(a, lift)), t, WET) or 0.0 for a, t in floods]) for lift in LIFTS]
    return float(LIFTS[int(np.argmax(found))])


def widening(asked: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> tuple[float, float]:
    """By what the intervals' halves must be multiplied so that a tenth of the solver's depths lies beyond either.

    asked: the network's answers (rows, cols, 3) in scaled depth; truth: scaled depths, NaN for no data. Only cells
    count where either is WET.
    """
    from core.systems.flood.correction.features import scaled

    edge = float(scaled(np.array(WET)))
    below, above = [], []
    for answer, true in zip(asked, truth, strict=True):
        middle = np.maximum(answer[..., 0], 0.0)
        wet = np.isfinite(true) & ((np.nan_to_num(true) >= edge) | (middle >= edge))
        off = true[wet] - answer[..., 0][wet]
        below.append(-off / np.maximum(answer[..., 1][wet], 1e-6))
        above.append(off / np.maximum(answer[..., 2][wet], 1e-6))
    quantile = 0.5 * (1.0 + INSIDE)
    low, high = (float(np.quantile(np.concatenate(side), quantile)) for side in (below, above))
    return max(low, 0.0), max(high, 0.0)
