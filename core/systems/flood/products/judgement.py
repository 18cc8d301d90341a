"""The one class that stands for a whole forecast, and how sure it is.

The class is that of the depth which the deepest HUNDREDTH of the area reaches. A single pit does not decide it, and a
river that rises by a little does.

How sure: the same depth is read off the rasters of the lower and the upper end of the 80 % intervals, as if the errors
of all cells went together. They do not quite, so that the spread is rather too wide than too narrow. Between the three
depths a normal distribution is assumed whose two halves are as wide as the interval says; a class's score is its share
of it. Without intervals nothing is known, every class has the same score, and the answer abstains.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from core.contract import Alternative
from core.hydraulics.hazard import DEPTH_WORDS, DEPTHS, DRY
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.forecast import FloodForecast

HUNDREDTH = 0.01  # of the cells with data
QUANTILE_90 = 1.2815515594  # of the standard normal distribution: half the width of an 80 % interval
MIN_SPREAD = 0.01  # standard deviation [m]
CLASSES = (DRY, *DEPTH_WORDS)
NO_INTERVALS = "This version gives no intervals, so how sure its depths are is not known."


@dataclass(frozen=True)
class Judgement:
    """The class of a forecast with the scores of all classes.

    value: one of CLASSES.
    alternatives: all classes with their scores, the best first.
    depth: that the deepest hundredth reaches [m].
    low, high: its interval [m]; None where none is known.
    """

    value: str
    alternatives: tuple[Alternative, ...]
    depth: float
    low: float | None
    high: float | None

    @property
    def has_interval(self) -> bool:
        """Whether the scores mean anything."""
        return self.low is not None


def judge(forecast: FloodForecast | CorrectedFlood) -> Judgement:
    """The class, and the scores of all, the best first."""
    depth = deepest_hundredth(forecast.max_depth)
    own = class_of(forecast.max_depth)
    if forecast.low is None or forecast.high is None:
        order = [own, *(name for name in CLASSES if name != own)]
        equal = tuple(Alternative(value=name, score=1 / len(CLASSES)) for name in order)
        return Judgement(own, equal, depth, None, None)
    low, high = min(deepest_hundredth(forecast.low), depth), max(deepest_hundredth(forecast.high), depth)
    scores = zip(class_probabilities(low, depth, high), CLASSES, strict=True)
    ranked = sorted(((round(score, 6), name) for score, name in scores), key=lambda pair: -pair[0])
    alternatives = tuple(Alternative(value=name, score=score) for score, name in ranked)
    return Judgement(ranked[0][1], alternatives, depth, low, high)


def class_of(max_depth: np.ndarray) -> str:
    """The class of the greatest depths at all cells, shape (rows, cols) [m]."""
    return CLASSES[int(np.digitize(deepest_hundredth(max_depth), DEPTHS))]


def deepest_hundredth(depth: np.ndarray) -> float:
    """The depth that the deepest HUNDREDTH of the cells with data reaches [m]; depth: shape (rows, cols) [m]."""
    numbers = depth[np.isfinite(depth)]
    return float(np.quantile(numbers, 1 - HUNDREDTH, method="lower")) if numbers.size else 0.0


def class_probabilities(low: float, depth: float, high: float) -> list[float]:
    """The probability of each of CLASSES; they sum up to 1.

    low, depth, high: lower end, middle and upper end of an 80 % interval [m].
    """
    bounds = [_probability_below(bound, low, depth, high) for bound in DEPTHS]
    return [after - before for before, after in zip([0.0, *bounds], [*bounds, 1.0], strict=True)]


def probability_of_at_least(bound: float, low: float, depth: float, high: float) -> float:
    """The probability of `bound` [m] or more at a place whose depth has this 80 % interval [m]."""
    return 1 - _probability_below(bound, low, depth, high)


def _probability_below(bound: float, low: float, depth: float, high: float) -> float:
    """Probability of less than `bound` [m] in a normal distribution whose two halves have widths of their own."""
    spread = (depth - low if bound < depth else high - depth) / QUANTILE_90
    return 0.5 * (1 + erf((bound - depth) / (max(spread, MIN_SPREAD) * sqrt(2))))
