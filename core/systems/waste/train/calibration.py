"""What is set on validation photos after training: the temperature, the scope's scale, and when to say "not sure"."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from core.evaluation.probabilities import cross_entropy, fit_temperature
from core.systems.waste.calibration import PLASTIC_INDICES, WasteCalibration, calibrated, scope_evidence
from core.systems.waste.labels import MATERIALS

IN_SCOPE_SHARE = 0.98
"""Share of waste photos in validation that must not be taken for no waste."""
WANTED_ACCURACY = 0.93
"""Accuracy that answers which are not withheld should have on validation photos."""
MAX_WITHHELD = 0.2
"""More than this share is not withheld, however hard the photos: a desk that never answers helps nobody."""
PLASTIC_BOUNDS = np.arange(0.30, 0.505, 0.01)
"""A fifth of what trains is plastic, and 46 % of AquaTrash: by the odds alone 0.5 would move to 0.24. Not below 0.3."""
AS_GOOD = 0.005
"""Bounds whose balanced accuracy is this close to the best count as equal: the middle one holds best on new photos."""
TEMPERATURES = (float(np.exp(-2.0)), float(np.exp(2.0)))  # bounds of the search
RIDGE = 0.02  # keeps the scope's slope finite when validation photos separate perfectly


def calibrate(logits: np.ndarray, materials: np.ndarray, in_scope: np.ndarray) -> WasteCalibration:
    """Set everything from validation photos.

    logits: of the network, shape (n, 7).
    materials: true index in MATERIALS, -1 where unknown; int, shape (n,).
    in_scope: whether a photo shows waste, bool, shape (n,).
    """
    named = materials >= 0
    exact = logits[named, : len(MATERIALS)].astype(np.float64)
    temperature = fit_temperature(lambda trial: cross_entropy(exact / trial, materials[named]), TEMPERATURES)
    slope, shift = fit_scope(scope_evidence(logits), in_scope)
    first = WasteCalibration(temperature=temperature, scope_slope=slope, scope_shift=shift)
    scores = calibrated(logits, first)
    right = scores.materials[named].argmax(axis=1) == materials[named]
    plastic = np.isin(materials[named], PLASTIC_INDICES)
    return WasteCalibration(
        temperature=temperature,
        scope_slope=slope,
        scope_shift=shift,
        least_score=least_score(scores.confidence[named], right),
        least_in_scope=float(np.clip(np.quantile(scores.in_scope[in_scope], 1 - IN_SCOPE_SHARE), 0.02, 0.5)),
        plastic_from=plastic_bound(scores.plastic[named], plastic),
    )


def fit_scope(raw: np.ndarray, in_scope: np.ndarray) -> tuple[float, float]:
    """Slope and shift of a logistic curve through the evidence of scope (Platt scaling); both kinds weigh the same.

    raw: `scope_evidence` of each photo, shape (n,).
    in_scope: whether it shows waste, bool, shape (n,).
    """
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
    """The lowest score from which answers are right often enough, withholding no more than MAX_WITHHELD of them.

    confidence: score of each best guess, shape (n,).
    right: whether it was right, bool, shape (n,).
    """
    bearable = float(np.quantile(confidence, MAX_WITHHELD))
    for bound in np.arange(0.30, 0.95, 0.01):
        if bound >= bearable or np.mean(right[confidence >= bound]) >= WANTED_ACCURACY:
            return float(round(min(bound, bearable), 2))
    return round(bearable, 2)


def plastic_bound(score: np.ndarray, plastic: np.ndarray) -> float:
    """The plastic score from which to say plastic, so that plastic and not plastic are found equally well.

    A bound of 0.5 would carry the rarity of plastic in TrashNet over to places where it is common.

    score: plastic score of each photo, shape (n,).
    plastic: whether it shows plastic, bool, shape (n,).
    """
    if plastic.all() or not plastic.any():
        return 0.5
    accuracies = [(np.mean(score[plastic] >= bound) + np.mean(score[~plastic] < bound)) / 2 for bound in PLASTIC_BOUNDS]
    return round(float(np.median(PLASTIC_BOUNDS[np.array(accuracies) >= max(accuracies) - AS_GOOD])), 2)
