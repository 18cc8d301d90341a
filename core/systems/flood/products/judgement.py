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
from core.systems.flood.forecast import FloodForecast

HUNDREDTH = 0.01  # of the cells with data
WIDTH = 1.2815515594  # of half an 80 % interval, in standard deviations
LEAST_SPREAD = 0.01  # standard deviation [m]
CLASSES = (DRY, *DEPTH_WORDS)
NO_INTERVALS = "This version gives no intervals, so how sure its depths are is not known."


@dataclass(frozen=True)
class Judgement:
    """value: one of CLASSES. depth: of the deepest hundredth [m]; low, high: its interval, None where none is known."""

    value: str
    alternatives: tuple[Alternative, ...]
    depth: float
    low: float | None
    high: float | None

    @property
    def known(self) -> bool:
        """Whether the scores mean anything."""
        return self.low is not None


def judge(forecast: FloodForecast) -> Judgement:
    """The class, and the scores of all, the best first."""
    depth = deep(forecast.max_depth)
    own = class_of(forecast.max_depth)
    if forecast.low is None or forecast.high is None:
        order = [own, *(one for one in CLASSES if one != own)]
        return Judgement(own, tuple(Alternative(value=one, score=1 / len(CLASSES)) for one in order), depth, None, None)
    low, high = min(deep(forecast.low), depth), max(deep(forecast.high), depth)
    scores = zip(probabilities(low, depth, high), CLASSES, strict=True)
    ranked = sorted(((round(score, 6), one) for score, one in scores), key=lambda pair: -pair[0])
    alternatives = tuple(Alternative(value=one, score=score) for score, one in ranked)
    return Judgement(ranked[0][1], alternatives, depth, low, high)


def class_of(max_depth: np.ndarray) -> str:
    """The class of the greatest depths at all cells [m]."""
    return CLASSES[int(np.digitize(deep(max_depth), DEPTHS))]


def deep(depth: np.ndarray) -> float:
    """The depth that the deepest HUNDREDTH of the cells with data reaches [m]."""
    known = depth[np.isfinite(depth)]
    return float(np.quantile(known, 1 - HUNDREDTH, method="lower")) if known.size else 0.0


def probabilities(low: float, depth: float, high: float) -> list[float]:
    """Of each of CLASSES, from the ends and the middle of an 80 % interval [m]; they sum up to 1."""
    bounds = [_below(bound, low, depth, high) for bound in DEPTHS]
    return [after - before for before, after in zip([0.0, *bounds], [*bounds, 1.0], strict=True)]


def _below(bound: float, low: float, depth: float, high: float) -> float:
    """Probability of less than `bound` [m]."""
    spread = (depth - low if bound < depth else high - depth) / WIDTH
    return 0.5 * (1 + erf((bound - depth) / (max(spread, LEAST_SPREAD) * sqrt(2))))
