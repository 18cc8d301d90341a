"""How good the answers are: figures of labelled photos, each with an interval found by drawing the photos again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.stats import rankdata

from core.evaluation.classes import calibration_error, macro_f1
from core.systems.waste.data.photos import Photo
from core.systems.waste.judgement import Calibration, calibrated, unsure
from core.systems.waste.labels import MATERIALS

DRAWS = 1000
FEWEST_GROUPS = 10  # of fewer, single photos are drawn: the interval then says nothing of other places
UNKNOWN = -1


@dataclass(frozen=True)
class Judged:
    """What was true and what was said of n photos; every array has n entries.

    material: index in MATERIALS or UNKNOWN; plastic: 1, 0 or UNKNOWN; guess: index; score: of the guess;
    said_plastic, abstained: bool; plastic_score, in_scope_score: [0, 1]; unit: photos of one group count as one draw.
    """

    material: np.ndarray
    plastic: np.ndarray
    guess: np.ndarray
    score: np.ndarray
    said_plastic: np.ndarray
    plastic_score: np.ndarray
    in_scope_score: np.ndarray
    abstained: np.ndarray
    unit: np.ndarray

    def __len__(self) -> int:
        return len(self.material)

    def pick(self, places: np.ndarray) -> Judged:
        """Some of the photos, by place or mask."""
        return Judged(**{field.name: getattr(self, field.name)[places] for field in fields(self)})


def judged(photos: Sequence[Photo], logits: np.ndarray, calibration: Calibration) -> Judged:
    """The network's logits (n, 7) for n photos beside their labels."""
    scores = calibrated(logits, calibration)
    units = {name: place for place, name in enumerate(dict.fromkeys(photo.group or photo.key for photo in photos))}
    return Judged(
        material=np.array([MATERIALS.index(p.material) if p.material else UNKNOWN for p in photos], dtype=int),
        plastic=np.array([UNKNOWN if p.plastic is None else int(p.plastic) for p in photos], dtype=int),
        guess=scores.materials.argmax(axis=1),
        score=scores.confidence,
        said_plastic=scores.plastic >= calibration.plastic_from,
        plastic_score=scores.plastic,
        in_scope_score=scores.in_scope,
        abstained=unsure(scores, calibration),
        unit=np.array([units[photo.group or photo.key] for photo in photos], dtype=int),
    )


def figures(waste: Judged, out_of_scope: Judged | None = None) -> dict[str, Any]:
    """The figures of `evaluate waste`; None where the photos cannot say (one class only, none at all)."""
    named = waste.pick(waste.material != UNKNOWN)
    right = named.guess == named.material
    answered = ~named.abstained
    found: dict[str, Any] = {
        "n": len(waste),
        "accuracy": _mean(right),
        "macro_f1": macro_f1(named.material, named.guess),
        "plastic": plastic_figures(waste),
        "ece": calibration_error(named.score, right),
        "abstained_share": _mean(waste.abstained),
        "accuracy_when_answered": _mean(right[answered]),
    }
    if out_of_scope is not None:
        labels = np.r_[np.ones(len(waste)), np.zeros(len(out_of_scope))]
        found["out_of_scope_auroc"] = auroc(labels, np.r_[waste.in_scope_score, out_of_scope.in_scope_score])
    return found


def plastic_figures(waste: Judged) -> dict[str, Any]:
    """Plastic / not plastic, over the photos of which it is known."""
    known = waste.pick(waste.plastic != UNKNOWN)
    truth, said = known.plastic == 1, known.said_plastic
    recalls = [_mean(said[truth]), _mean(~said[~truth])]
    hits, false_alarms, missed = (int(x.sum()) for x in (truth & said, ~truth & said, truth & ~said))
    total = 2 * hits + false_alarms + missed
    return {
        "n": len(known),
        "accuracy": _mean(truth == said),
        "balanced_accuracy": None if recalls[0] is None or recalls[1] is None else (recalls[0] + recalls[1]) / 2,
        "f1": 2 * hits / total if total else None,
        "auroc": auroc(truth, known.plastic_score),
    }


def auroc(truth: np.ndarray, score: np.ndarray) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney)."""
    positive = np.asarray(truth, dtype=bool)
    above, below = int(positive.sum()), int((~positive).sum())
    if not above or not below:
        return None
    return float((rankdata(score)[positive].sum() - above * (above + 1) / 2) / (above * below))


def intervals(
    waste: Judged, out_of_scope: Judged | None = None, seed: int = 0, draws: int = DRAWS
) -> dict[str, list[float]]:
    """95 % intervals of the figures by name ("plastic.auroc"), drawing whole groups with replacement."""
    return intervals_of_means([(waste, out_of_scope)], seed, draws)


def intervals_of_means(
    runs: Sequence[tuple[Judged, Judged | None]], seed: int = 0, draws: int = DRAWS
) -> dict[str, list[float]]:
    """The same of the figures' means over several runs, each run with photos and beyond them those out of scope."""
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        found: dict[str, list[float]] = {}
        for waste, out_of_scope in runs:
            again = None if out_of_scope is None else out_of_scope.pick(_redrawn(out_of_scope.unit, random))
            for name, value in _flat(figures(waste.pick(_redrawn(waste.unit, random)), again)).items():
                found.setdefault(name, []).append(value)
        for name, values in found.items():
            drawn.setdefault(name, []).append(float(np.mean(values)))
    return {name: [float(x) for x in np.quantile(values, [0.025, 0.975])] for name, values in drawn.items()}


def _redrawn(units: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Places of as many units as there are, drawn with replacement; with few units every photo is its own."""
    if len(np.unique(units)) < FEWEST_GROUPS:
        return random.integers(len(units), size=len(units))
    order = np.argsort(units, kind="stable")
    _, starts, counts = np.unique(units[order], return_index=True, return_counts=True)
    chosen = random.integers(len(starts), size=len(starts))
    return np.concatenate([order[starts[unit] : starts[unit] + counts[unit]] for unit in chosen])


def _flat(found: dict[str, Any], prefix: str = "") -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif value is not None and name != "n":
            flat[prefix + name] = float(value)
    return flat


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
