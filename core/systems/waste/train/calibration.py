"""What is set after training: the scales of the scores, and when to say "not sure".

It is set on photos of places that the network did not learn from: runs that left a source out say what it makes of
them. Photos like the training's would promise too much: asked there for 0.95, 1.0.0 was right in 0.39 to 0.79 of
other people's photos.
"""

from __future__ import annotations

from dataclasses import replace

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
WANTED_ACCURACY = 0.9
"""Accuracy that answers which are not withheld should have."""
MOST_WITHHELD = {"material": 0.3, "plastic": 0.6}
"""No more than this share is withheld for want of a clear material, or for doubt whether it is plastic, however hard
the photos: a desk that never answers helps nobody. Whether it is plastic carries over better, and decides."""
FEWEST = 50
"""Photos by which a source has a say in how sure an answer may be."""
TEMPERATURES = (float(np.exp(-2.0)), float(np.exp(2.0)))  # bounds of the search
RIDGE = 0.02  # keeps a slope finite when photos separate perfectly


def calibrate(photos: LabelledLogits) -> WasteCalibration:
    """Set everything from photos that did not train, of which some have a material."""
    slope, shift = fit_logistic(scope_evidence(photos.logits), photos.in_scope)
    of_plastic = photos.pick(telling(photos.plastic, photos.source))
    plastic_slope, plastic_shift = fit_logistic(of_plastic.logits[:, PLASTIC_LOGIT], of_plastic.plastic == 1)
    first = WasteCalibration(
        temperature=_temperature(photos),
        scope_slope=slope,
        scope_shift=shift,
        plastic_slope=plastic_slope,
        plastic_shift=plastic_shift,
    )
    of_material = photos.pick(telling(photos.materials, photos.source))
    scores = calibrated(of_material.logits, first)
    right = scores.materials.argmax(axis=1) == of_material.materials
    plastic = calibrated(of_plastic.logits, first).plastic
    told = (plastic >= first.plastic_from) == (of_plastic.plastic == 1)
    in_scope = calibrated(photos.logits[photos.in_scope], first).in_scope
    return replace(
        first,
        least_score=least_score(scores.confidence, right, MOST_WITHHELD["material"]),
        least_plastic=least_score(np.maximum(plastic, 1 - plastic), told, MOST_WITHHELD["plastic"]),
        least_in_scope=float(np.clip(np.quantile(in_scope, 1 - IN_SCOPE_SHARE), 0.02, 0.5)),
    )


def telling(labels: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Which photos say how sure an answer may be: labelled ones of sources that show several labels; bool, shape (n,).

    A source that shows one label alone is told apart by its ground and light, and would promise too much; a few photos
    may all be odd. Where no source tells, all labelled photos do.

    labels: -1 where unknown, int, shape (n,). sources: str, shape (n,).
    """
    labelled = labels >= 0
    names = [
        name
        for name in np.unique(sources[labelled])
        if (own := labels[labelled & (sources == name)]).size >= FEWEST and len(np.unique(own)) > 1
    ]
    return np.asarray(labelled & np.isin(sources, names) if names else labelled)


def _temperature(photos: LabelledLogits) -> float:
    """That of the materials other than plastic."""
    others = photos.pick(np.isin(photos.materials, OTHER_INDICES))
    used = others.pick(telling(others.materials, others.source))
    if not len(used):
        return 1.0
    exact = used.logits[:, OTHER_INDICES].astype(np.float64)
    among = np.searchsorted(OTHER_INDICES, used.materials)
    return fit_temperature(lambda trial: cross_entropy(exact / trial, among), TEMPERATURES)


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


def least_score(confidence: np.ndarray, right: np.ndarray, most_withheld: float) -> float:
    """The lowest score from which answers are right often enough, withholding no more than a share of them.

    confidence: score of each best guess, shape (n,). right: whether it was right, bool, shape (n,).
    most_withheld: the share, in [0, 1].
    """
    bearable = float(np.quantile(confidence, most_withheld))
    for bound in np.arange(0.30, 0.95, 0.01):
        if bound >= bearable or np.mean(right[confidence >= bound]) >= WANTED_ACCURACY:
            return float(round(min(bound, bearable), 2))
    return round(bearable, 2)
