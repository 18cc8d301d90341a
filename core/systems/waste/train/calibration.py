"""What is set after training: the scales of the scores, and when to say "not sure".

It is set on photos of places that the network did not learn from: runs that left a source out say what it makes of
them. Photos like the training's would promise too much: asked there for 0.95, 1.0.0 was right in 0.39 to 0.79 of
other people's photos.
"""

from __future__ import annotations

from collections.abc import Sequence
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
MOST_WITHHELD = {"material": 0.1, "plastic": 0.6}
"""No more than this share is withheld for want of a clear material, or for doubt whether it is plastic, however hard
the photos: a desk that never answers helps nobody. Whether it is plastic carries over better, and decides."""
FEWEST = 50
"""Photos by which a source has a say in how sure an answer may be."""
TEMPERATURES = (float(np.exp(-2.0)), float(np.exp(2.0)))  # bounds of the search
RIDGE = 0.02  # keeps a slope finite when photos separate perfectly


def calibrate(photos: LabelledLogits, familiar: LabelledLogits | None = None) -> WasteCalibration:
    """Set everything from photos that did not train, of which some have a material.

    photos: of places that the network did not learn from. familiar: further photos, of sources that it learnt from
    and that tell how sure an answer may be on photos like them; a place may be of either kind.
    """
    slope, shift = fit_logistic(scope_evidence(photos.logits), [photos.in_scope, ~photos.in_scope], photos.in_scope)
    parts = [photos] if familiar is None else [photos, familiar]
    told = LabelledLogits.joined(parts)
    by_plastic = _beside([telling(part.plastic, part.source) for part in parts])
    by_material = _beside([telling(part.materials, part.source) for part in parts])
    is_plastic = told.plastic == 1
    kinds = [source & kind for source in by_plastic for kind in (is_plastic, ~is_plastic)]
    plastic_slope, plastic_shift = fit_logistic(told.logits[:, PLASTIC_LOGIT], kinds, is_plastic)
    first = WasteCalibration(
        temperature=_temperature(parts),
        scope_slope=slope,
        scope_shift=shift,
        plastic_slope=plastic_slope,
        plastic_shift=plastic_shift,
    )
    scores = calibrated(told.logits, first)
    right = scores.materials.argmax(axis=1) == told.materials
    sure = np.maximum(scores.plastic, 1 - scores.plastic)
    told_plastic = (scores.plastic >= first.plastic_from) == is_plastic
    in_scope = calibrated(photos.logits[photos.in_scope], first).in_scope
    return replace(
        first,
        least_score=_hardest(scores.confidence, right, by_material, MOST_WITHHELD["material"]),
        least_plastic=_hardest(sure, told_plastic, by_plastic, MOST_WITHHELD["plastic"]),
        least_in_scope=float(np.clip(np.quantile(in_scope, 1 - IN_SCOPE_SHARE), 0.02, 0.5)),
    )


def telling(labels: np.ndarray, sources: np.ndarray) -> list[np.ndarray]:
    """The labelled photos of each source that says how sure an answer may be: masks, bool, shape (n,).

    Only one that shows several labels does: a source with one alone is told apart by its ground and light, and would
    promise too much; a few photos may all be odd. Where no source tells, all labelled photos do, as one.

    labels: -1 where unknown, int, shape (n,). sources: str, shape (n,).
    """
    labelled = labels >= 0
    by_source = [labelled & (sources == name) for name in np.unique(sources[labelled])]
    tells = [own for own in by_source if own.sum() >= FEWEST and len(np.unique(labels[own])) > 1]
    return tells or [labelled]


def _beside(masks: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Masks of several parts' photos as masks of all of them, one part after the other."""
    lengths = [len(part[0]) for part in masks]
    starts = np.cumsum([0, *lengths[:-1]])
    return [
        np.pad(mask, (start, sum(lengths) - start - length))
        for part, start, length in zip(masks, starts, lengths, strict=True)
        for mask in part
    ]


def _temperature(parts: Sequence[LabelledLogits]) -> float:
    """That of the materials other than plastic; every source that tells weighs alike."""
    sources = []
    for part in parts:
        others = part.pick(np.isin(part.materials, OTHER_INDICES))
        if len(others):
            sources += [others.pick(own) for own in telling(others.materials, others.source)]
    if not sources:
        return 1.0

    def loss(trial: float) -> float:
        return float(np.mean([_entropy_of_others(source, trial) for source in sources]))

    return fit_temperature(loss, TEMPERATURES)


def _entropy_of_others(photos: LabelledLogits, temperature: float) -> float:
    """Cross-entropy among the materials other than plastic, of photos of these."""
    exact = photos.logits[:, OTHER_INDICES].astype(np.float64)
    return cross_entropy(exact / temperature, np.searchsorted(OTHER_INDICES, photos.materials))


def fit_logistic(raw: np.ndarray, kinds: Sequence[np.ndarray], positive: np.ndarray) -> tuple[float, float]:
    """Slope and shift of a logistic curve through some evidence (Platt scaling).

    raw: evidence of each photo, shape (n,). kinds: masks, each of photos that are all positive or all negative; every
    one weighs the same. positive: whether what the evidence speaks for is so, bool, shape (n,).
    """
    weights = np.zeros(len(raw))
    for kind in kinds:
        weights[kind] = 1 / max(1, kind.sum()) / len(kinds)
    used = positive[weights > 0]
    if used.all() or not used.any():
        return 1.0, 0.0
    signs = np.where(positive, 1.0, -1.0)

    def loss(values: np.ndarray) -> float:
        margins = signs * (values[0] * raw + values[1])
        return float((weights * np.logaddexp(0, -margins)).sum() + RIDGE * ((values[0] - 1) ** 2 + values[1] ** 2))

    slope, shift = minimize(loss, np.array([1.0, 0.0])).x
    return float(max(slope, 0.05)), float(shift)


def _hardest(confidence: np.ndarray, right: np.ndarray, sources: Sequence[np.ndarray], most_withheld: float) -> float:
    """The greatest of the sources' least scores; see `least_score`. sources: masks of their photos, shape (n,)."""
    return max(least_score(confidence[own], right[own], most_withheld) for own in sources)


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
