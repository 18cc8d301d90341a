"""How far forecasts of many floods agree with the solver: means over floods, their spread, and what intervals hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from core.evaluation import extents
from core.hydraulics.hazard import WET
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.physics import Physics
from core.systems.flood.train.examples import Example

RESAMPLES = 2_000  # of the bootstrap
COUNTS = ("wet_cells", "held_wet", "cells", "held", "arrived_cells", "held_arrival", "arrived", "held_first")
"""Figures that are summed over floods."""

FloodFigures = Mapping[str, float | None]
"""The figures of one flood by name; None where a figure has no meaning."""


class MeanOverFloods(TypedDict):
    """A figure over many floods; None where no flood has it."""

    mean: float | None
    sd: float | None
    low: float | None
    """Ends of the bootstrap's 95 % interval of the mean."""
    high: float | None
    n: int
    """Number of floods that have the figure."""


FiguresOverFloods = dict[str, Any]
"""events: number of floods; held80_wet, held80_all, held80_arrival, held80_first: share of the depths, of the arrivals
and of the first arrivals in their intervals; else MeanOverFloods."""


def depth_figures(depth: np.ndarray, arrival: np.ndarray | None, example: Example) -> dict[str, float | None]:
    """The figures of a forecast of one flood.

    depth: greatest depth, shape (rows, cols) [m].
    arrival: first time with 0.05 m, likewise [s]; None where none is forecast.
    example: the flood with the solver's answer.

    volume_error is what the greatest depths hold more than the solver's, as a share.
    """
    true, volume = example.depth, float(np.nansum(example.depth))
    return {
        **extents.scores(depth, true),
        "arrival_mae_s": None if arrival is None else extents.arrival_error(arrival, example.arrival),
        "volume_error": float(np.nansum(depth)) / volume - 1.0 if volume > 0 else None,
    }


def corrected_figures(corrected: CorrectedFlood, physics: Physics, example: Example) -> dict[str, float | None]:
    """The figures of a corrected forecast and of its physics, and how many true depths its interval holds."""
    without = depth_figures(physics.max_depth, physics.arrival, example)
    true = example.depth
    valid = np.isfinite(true)
    wet = valid & ((np.nan_to_num(true) >= WET) | (np.nan_to_num(corrected.max_depth) >= WET))
    held = (true >= corrected.low) & (true <= corrected.high)
    return {
        **depth_figures(corrected.max_depth, corrected.arrival, example),
        **{f"{name}_without_network": value for name, value in without.items()},
        "wet_cells": float(wet.sum()),
        "held_wet": float((held & wet).sum()),
        "cells": float(valid.sum()),
        "held": float((held & valid).sum()),
        **_arrival_counts(corrected, example),
    }


def _arrival_counts(corrected: CorrectedFlood, example: Example) -> dict[str, float | None]:
    """How many arrivals there are in both, and how many of them the interval holds; likewise of the flood's first."""
    both, spread = np.isfinite(corrected.arrival) & np.isfinite(example.arrival), corrected.arrival_spread
    counts = {"arrived_cells": float(both.sum()), "held_arrival": 0.0, "arrived": float(both.any()), "held_first": 0.0}
    if spread is None or not both.any():
        return dict(counts)
    held = spread.holds(corrected.arrival, corrected.max_depth, example.arrival)
    low, high = spread.of_first(float(np.nanmin(corrected.arrival)))
    first = low <= float(np.nanmin(example.arrival)) <= high
    return {**counts, "held_arrival": float((held & both).sum()), "held_first": float(first)}


def summarise(rows: Sequence[FloodFigures], seed: int = 0) -> FiguresOverFloods:
    """Means over floods with their spread and 95 % intervals; coverage over all their cells at once.

    rows: figures of each flood, all with the same names.
    seed: of the bootstrap.
    """
    figures: FiguresOverFloods = {"events": len(rows)}
    for name in rows[0]:
        if name not in COUNTS:
            figures[name] = _mean_over_floods([row[name] for row in rows], seed)
    if "held_wet" in rows[0]:
        sums = {name: sum(float(row[name] or 0) for row in rows) for name in COUNTS}
        figures["held80_wet"] = sums["held_wet"] / sums["wet_cells"] if sums["wet_cells"] else None
        figures["held80_all"] = sums["held"] / sums["cells"]
        figures["held80_arrival"] = sums["held_arrival"] / sums["arrived_cells"] if sums["arrived_cells"] else None
        figures["held80_first"] = sums["held_first"] / sums["arrived"] if sums["arrived"] else None
    return figures


def _mean_over_floods(values: Sequence[float | None], seed: int) -> MeanOverFloods:
    """Mean, standard deviation, and the bootstrap's 95 % interval of the mean, over the values that are not None."""
    numbers = np.array([value for value in values if value is not None], dtype=np.float64)
    if not numbers.size:
        return {"mean": None, "sd": None, "low": None, "high": None, "n": 0}
    random = np.random.default_rng(seed)
    means = random.choice(numbers, (RESAMPLES, numbers.size)).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {
        "mean": float(numbers.mean()),
        "sd": float(numbers.std()),
        "low": float(low),
        "high": float(high),
        "n": int(numbers.size),
    }
