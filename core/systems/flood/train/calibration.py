"""What is fitted to validation floods after training: the lift of depths about 0.05 m, and the intervals.

`fit_lift` and `fit_widening` take the network's answers, scaled depth and its distances to the ends of the interval, of
shape (rows, cols, 3) for each flood, and the solver's scaled depths of shape (rows, cols), NaN for no data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.evaluation import extents
from core.hydraulics.hazard import WET
from core.systems.flood.correction.arrival_interval import DEPTH_BOUNDS, ArrivalSpread, Factors, depth_classes, ratios
from core.systems.flood.correction.depth_scale import scale_depth, unscale_depth
from core.systems.flood.correction.residual import lift_depth

Arrivals = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of a flood: forecast arrival [s] and greatest depth [m], and the solver's arrival [s]; shape (rows, cols) each."""
LIFTS = np.linspace(0.0, 0.12, 13)  # in scaled depth, of which one is chosen
COVERAGE = 0.8  # share of the solver's depths that an interval is to hold


def fit_lift(answers: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> float:
    """The lift (`residual.lift_depth`) that brings the extents at WET nearest to the solver's, by the mean CSI.

    answers, truth: of each flood, see above.
    """
    edge = float(scale_depth(np.array(WET)))
    floods = [
        (answer[valid][:, 0], unscale_depth(true[valid].astype(np.float32)))
        for answer, true in zip(answers, truth, strict=True)
        if (valid := np.isfinite(true)).any() and true[valid].max() >= edge
    ]
    if not floods:
        return 0.0
    scores = [
        np.mean([extents.csi(unscale_depth(lift_depth(middle, lift)), true, WET) or 0.0 for middle, true in floods])
        for lift in LIFTS
    ]
    return float(LIFTS[int(np.argmax(scores))])


def fit_widening(answers: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> tuple[float, float]:
    """What the intervals' halves must be multiplied by so that a tenth of the solver's depths lies beyond either end.

    answers, truth: of each flood, see above.

    Only cells count where either is WET. Returns the factor of the lower half and that of the upper half.
    """
    edge = float(scale_depth(np.array(WET)))
    below, above = [], []
    for answer, true in zip(answers, truth, strict=True):
        middle = np.maximum(answer[..., 0], 0.0)
        wet = np.isfinite(true) & ((np.nan_to_num(true) >= edge) | (middle >= edge))
        error = true[wet] - answer[..., 0][wet]
        below.append(-error / np.maximum(answer[..., 1][wet], 1e-6))
        above.append(error / np.maximum(answer[..., 2][wet], 1e-6))
    quantile = 0.5 * (1.0 + COVERAGE)
    low, high = (float(np.quantile(np.concatenate(side), quantile)) for side in (below, above))
    return max(low, 0.0), max(high, 0.0)


def fit_arrival(floods: Sequence[Arrivals]) -> ArrivalSpread:
    """The factors within which a tenth of the solver's arrivals lies beyond either end, in cells that both flood.

    Of the first arrival each flood counts once. Where nothing floods the factors are 1.
    """
    by_class: list[list[np.ndarray]] = [[] for _ in range(len(DEPTH_BOUNDS) + 1)]
    firsts = []
    for arrival, depth, true in floods:
        ratio, classes = ratios(arrival, true), depth_classes(depth)
        both = np.isfinite(ratio)
        for index, group in enumerate(by_class):
            group.append(ratio[both & (classes == index)])
        if np.isfinite(arrival).any() and np.isfinite(true).any():
            firsts.append(ratios(np.nanmin(arrival), np.nanmin(true)))
    return ArrivalSpread(
        tuple(_factors(np.concatenate([*group, []])) for group in by_class), _factors(np.array(firsts))
    )


def _factors(values: np.ndarray) -> Factors:
    """The quantiles that leave a tenth of the values beyond either end; 1 without values."""
    if not values.size:
        return 1.0, 1.0
    low, high = np.quantile(values, [0.5 * (1.0 - COVERAGE), 0.5 * (1.0 + COVERAGE)])
    return float(low), float(high)
