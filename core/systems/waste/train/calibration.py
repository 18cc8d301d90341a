"""What is set on validation photos after training: the temperature, the scope's scale, and when to say "not sure"."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from core.systems.waste.judgement import PLASTIC_PLACES, Calibration, calibrated, scope_evidence
from core.systems.waste.labels import MATERIALS

KEPT_WASTE = 0.98
"""Share of waste photos in validation that must not be taken for no waste."""
WANTED_ACCURACY = 0.93
"""Accuracy that answers which are not withheld should have on validation photos."""
MOST_WITHHELD = 0.2
"""More than this share is not withheld, however hard the photos: a desk that never answers helps nobody."""
PLASTIC_BOUNDS = np.arange(0.30, 0.505, 0.01)
"""A fifth of what trains is plastic, and 46 % of AquaTrash: by the odds alone 0.5 would move to 0.24. Not below 0.3."""
AS_GOOD = 0.005
"""Bounds whose balanced accuracy is this close to the best count as equal: the middle one holds best on new photos."""
RIDGE = 0.02  # keeps the scope's slope finite when validation photos separate perfectly


def calibrate(logits: np.ndarray, materials: np.ndarray, in_scope: np.ndarray) -> Calibration:
    """Set everything from validation logits (n, 7), material indices (n,; -1 unknown) and scope (n,) of bool."""
    named = materials >= 0
    temperature = fit_temperature(logits[named, : len(MATERIALS)], materials[named])
    slope, shift = fit_scope(scope_evidence(logits), in_scope)
    first = Calibration(temperature=temperature, scope_slope=slope, scope_shift=shift)
    scores = calibrated(logits, first)
    right = scores.materials[named].argmax(axis=1) == materials[named]
    plastic = np.isin(materials[named], PLASTIC_PLACES)
    return Calibration(
        temperature=temperature,
        scope_slope=slope,
        scope_shift=shift,
        least_score=least_score(scores.confidence[named], right),
        least_in_scope=float(np.clip(np.quantile(scores.in_scope[in_scope], 1 - KEPT_WASTE), 0.02, 0.5)),
        plastic_from=plastic_bound(scores.plastic[named], plastic),
    )


def fit_temperature(logits: np.ndarray, materials: np.ndarray) -> float:
    """The temperature with the least negative log likelihood."""

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        chosen = scaled[np.arange(len(materials)), materials]
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - chosen))

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def fit_scope(raw: np.ndarray, in_scope: np.ndarray) -> tuple[float, float]:
    """Slope and shift of a logistic curve through the evidence of scope; both kinds of photos weigh the same."""
    if in_scope.all() or not in_scope.any():
        return 1.0, 0.0
    weights = np.where(in_scope, 0.5 / in_scope.sum(), 0.5 / (~in_scope).sum())
    signs = np.where(in_scope, 1.0, -1.0)

    def loss(values: np.ndarray) -> float:
        margins = signs * (values[0] * raw + values[1])
        return float((weights * np.logaddexp(0, -margins)).sum() + RIDGE * ((values[0] - 1) ** 2 + values[1] ** 2))

    slope, shift = minimize(loss, np.array([1.0, 0.0])).x
    return float(max(slope, 0.05)), float(shift)


def least_score(confidence: np.ndarray, right: np.ndarray) -> float:
    """The lowest score from which answers are right often enough, withholding no more than is bearable."""
    bearable = float(np.quantile(confidence, MOST_WITHHELD))
    for bound in np.arange(0.30, 0.95, 0.01):
        if bound >= bearable or np.mean(right[confidence >= bound]) >= WANTED_ACCURACY:
            return float(round(min(bound, bearable), 2))
    return round(bearable, 2)


def plastic_bound(score: np.ndarray, plastic: np.ndarray) -> float:
    """The plastic score from which to say plastic, so that plastic and not plastic are found equally well.

    A bound of 0.5 would carry the rarity of plastic in TrashNet over to places where it is common.
    """
    if plastic.all() or not plastic.any():
        return 0.5
    found = [(np.mean(score[plastic] >= bound) + np.mean(score[~plastic] < bound)) / 2 for bound in PLASTIC_BOUNDS]
    return round(float(np.median(PLASTIC_BOUNDS[np.array(found) >= max(found) - AS_GOOD])), 2)
