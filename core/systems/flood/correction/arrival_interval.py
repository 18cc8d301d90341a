"""How far the time of arrival may be off: an 80 % interval from errors on floods of validation terrain.

The error grows with the time itself, and is larger where the water stays shallow. So the interval is a pair of factors
for each class of the greatest depth, of arrival + OFFSET: (low, high) holds (true + OFFSET) / (forecast + OFFSET) in
80 % of the cells that both flood. `train.calibration.fit_arrival` fits them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.hydraulics.hazard import WET

OFFSET = 300.0  # added to times before they are compared, so that early ones are not off by large factors [s]
DEPTH_BOUNDS = (0.1, 0.3)  # between the classes of greatest depth, from WET on [m]

Factors = tuple[float, float]
"""Of the lower and the upper end."""
Seconds = tuple[float, float]
"""Earliest and latest arrival [s]."""


@dataclass(frozen=True)
class ArrivalSpread:
    """The factors of one mode of a version.

    cells: for each class of depth, the shallowest first; of the arrival at a place.
    first: of the first arrival in a whole area.
    """

    cells: tuple[Factors, ...]
    first: Factors

    @staticmethod
    def of_metadata(values: Mapping[str, Sequence[object]]) -> ArrivalSpread:
        """The factors as a version's metadata.json holds them."""
        cells = tuple(_pair(factors) for factors in values["cells"])
        return ArrivalSpread(cells, _pair(values["first"]))

    def to_metadata(self) -> dict[str, list[object]]:
        """The factors for a version's metadata.json."""
        return {"cells": [list(factors) for factors in self.cells], "first": list(self.first)}

    def at_place(self, arrival: float, depth: float) -> Seconds:
        """The interval at a place; arrival: forecast [s]; depth: greatest, WET or more [m]."""
        return _ends(arrival, self.cells[int(np.digitize(depth, DEPTH_BOUNDS))])

    def of_first(self, arrival: float) -> Seconds:
        """The interval of the first arrival in an area; arrival: forecast [s]."""
        return _ends(arrival, self.first)

    def holds(self, arrival: np.ndarray, depth: np.ndarray, true: np.ndarray) -> np.ndarray:
        """Where the interval holds the true arrival; False where water does not come in both.

        arrival, true: forecast and true first time of WET, NaN for never, shape (rows, cols) [s].
        depth: forecast greatest depth, likewise [m].
        """
        low, high = np.moveaxis(np.array(self.cells)[np.digitize(np.nan_to_num(depth), DEPTH_BOUNDS)], -1, 0)
        ratio = ratios(arrival, true)
        held: np.ndarray = (ratio >= low) & (ratio <= high)
        return held


def ratios(arrival: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(true + OFFSET) / (forecast + OFFSET) of times [s], NaN where one of them is; any shape."""
    return np.asarray((true + OFFSET) / (arrival + OFFSET))


def depth_classes(depth: np.ndarray) -> np.ndarray:
    """The index of each greatest depth's class, -1 below WET; any shape."""
    return np.where(np.nan_to_num(depth) >= np.float32(WET), np.digitize(np.nan_to_num(depth), DEPTH_BOUNDS), -1)


def _ends(arrival: float, factors: Factors) -> Seconds:
    """The ends of an interval around an arrival, which it always holds; none before the start."""
    low, high = ((arrival + OFFSET) * factor - OFFSET for factor in factors)
    return max(min(low, arrival), 0.0), max(high, arrival)


def _pair(values: object) -> Factors:
    low, high = np.asarray(values, dtype=np.float64)
    return float(low), float(high)
