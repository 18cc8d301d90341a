"""What is set after training: the scales of the scores, and when to say "not sure".

It is set on photos of places that the network did not learn from: runs that left a source out say what it makes of
them. Photos like the training's would promise too much: asked there for 0.95, 1.0.0 was right in 0.39 to 0.79 of
other people's photos.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from core.evaluation.probabilities import cross_entropy, fit_temperature
from core.systems.waste.calibration import (
    OTHER_INDICES,
    PLASTIC_LOGIT,
    WasteCalibration,
    calibrated,
    scope_evidence,
)
from core.systems.waste.train.labelled_logits import LabelledLogits

IN_SCOPE_SHARE = 0.98
"""Share of waste photos that must not be taken for no waste."""
WANTED_ACCURACY = 0.93
"""Accuracy that answers which are not withheld should have."""
MAX_WITHHELD = 0.5
"""More than this share is not withheld, however hard the photos: a desk that never answers helps nobody."""
TEMPERATURES = (float(np.exp(-2.0)), float(np.exp(2.0)))  # bounds of the search
RIDGE = 0.02  # keeps a slope finite when photos separate perfectly


def calibrate(photos: LabelledLogits) -> WasteCalibration:
    """Set everything from photos that did not train, of which some have a material."""
    named = photos.materials >= 0
    truth = photos.materials[named]
    other = np.isin(photos.materials, OTHER_INDICES)
    exact = photos.logits[other][:, OTHER_INDICES].astype(np.float64)
    among = np.searchsorted(OTHER_INDICES, photos.materials[other])
    temperature = fit_temperature(lambda trial: cross_entropy(exact / trial, among), TEMPERATURES)
    slope, shift = fit_logistic(scope_evidence(photos.logits), photos.in_scope)
    has_plastic = photos.plastic >= 0
    is_plastic = photos.plastic[has_plastic] == 1
    plastic_slope, plastic_shift = fit_logistic(photos.logits[has_plastic, PLASTIC_LOGIT], is_plastic)
    first = WasteCalibration(
        temperature=temperature,
        scope_slope=slope,
        scope_shift=shift,
        plastic_slope=plastic_slope,
        plastic_shift=plastic_shift,
    )
    scores = calibrated(photos.logits, first)
    plastic = scores.plastic[has_plastic]
    return WasteCalibration(
        temperature=temperature,
        scope_slope=slope,
        scope_shift=shift,
        plastic_slope=plastic_slope,
        plastic_shift=plastic_shift,
        least_score=least_score(scores.confidence[named], scores.materials[named].argmax(axis=1) == truth),
        least_plastic=least_score(np.maximum(plastic, 1 - plastic), (plastic >= first.plastic_from) == is_plastic),
        least_in_scope=float(np.clip(np.quantile(scores.in_scope[photos.in_scope], 1 - IN_SCOPE_SHARE), 0.02, 0.5)),
    )


def fit_logistic(raw: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Slope and shift of a logistic curve through some evidence (Platt scaling); both kinds weigh the same.

    raw: evidence of each photo, shape (n,). positive: whether what it speaks for is so, bool, shape (n,).
    """
    if positive.all() or not positive.any():
        return 1.0, 0.0
    weights = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
    signs = np.where(positive, 1.0, -1.0)

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
