"""How good the answers are: figures of labelled photos, each with an interval found by drawing the photos again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias, cast

import numpy as np
from scipy.stats import rankdata

from core.evaluation.classes import macro_f1
from core.evaluation.probabilities import calibration_error
from core.systems.waste.calibration import WasteCalibration, WasteScores, calibrated, unsure
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.train.labelled_logits import LabelledLogits

DRAWS = 1000
MIN_GROUPS = 10  # of fewer, single photos are drawn: the interval then says nothing of other places
UNKNOWN = -1

WasteFigures: TypeAlias = "dict[str, float | WasteFigures | None]"
"""Figures by name; those of plastic / not plastic are in a dictionary of their own."""


@dataclass(frozen=True)
class JudgedPhotos:
    """What was true and what was answered of n photos; every array has shape (n,).

    material: the true one, index in MATERIALS or UNKNOWN.
    plastic: whether it is plastic, 1, 0 or UNKNOWN.
    guess: best guess, index in MATERIALS.
    score: probability of the guess, in [0, 1].
    said_plastic: whether the answer was "plastic", bool.
    plastic_score, in_scope_score: probabilities, in [0, 1].
    abstained: whether the answer was "not sure", bool.
    unit: photos of one number are of one group and drawn together.
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

    def pick(self, chosen: np.ndarray) -> JudgedPhotos:
        """Some of the photos, by index or mask."""
        return JudgedPhotos(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def judge(photos: Sequence[LabelledPhoto], logits: np.ndarray, calibration: WasteCalibration) -> JudgedPhotos:
    """The answers that the network's logits (n, 8) for n photos mean, beside the photos' labels."""
    return judge_logits(LabelledLogits.of(photos, logits), units(photos), calibration)


def units(photos: Sequence[LabelledPhoto]) -> np.ndarray:
    """A number for each group, int, shape (n,); a photo without one is its own."""
    numbers = {name: unit for unit, name in enumerate(dict.fromkeys(photo.group or photo.key for photo in photos))}
    return np.array([numbers[photo.group or photo.key] for photo in photos], dtype=int)


def judge_logits(photos: LabelledLogits, unit: np.ndarray, calibration: WasteCalibration) -> JudgedPhotos:
    """The answers that logits mean, beside the labels that come with them; unit: see `JudgedPhotos`."""
    return judge_scores(photos, unit, calibrated(photos.logits, calibration), calibration)


def judge_scores(
    photos: LabelledLogits, unit: np.ndarray, scores: WasteScores, calibration: WasteCalibration
) -> JudgedPhotos:
    """The answers that scores mean, beside the labels of `photos`."""
    return JudgedPhotos(
        material=photos.materials,
        plastic=photos.plastic,
        guess=scores.materials.argmax(axis=1),
        score=scores.confidence,
        said_plastic=scores.plastic >= calibration.plastic_from,
        plastic_score=scores.plastic,
        in_scope_score=scores.in_scope,
        abstained=unsure(scores, calibration),
        unit=unit,
    )


def joined(parts: Sequence[JudgedPhotos]) -> JudgedPhotos:
    """All of them as one; units of different parts stay apart."""
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(parts[0])}
    steps = np.cumsum([0, *(int(part.unit.max(initial=-1)) + 1 for part in parts[:-1])])
    units = [part.unit + step for part, step in zip(parts, steps, strict=True)]
    return JudgedPhotos(**{**columns, "unit": np.concatenate(units)})


def figures(waste: JudgedPhotos, out_of_scope: JudgedPhotos | None = None) -> WasteFigures:
    """The figures of `evaluate waste`; None where the photos cannot say (one class only, none at all)."""
    named = waste.pick(waste.material != UNKNOWN)
    right = named.guess == named.material
    answered = ~named.abstained
    scores: WasteFigures = {
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
        scores["out_of_scope_auroc"] = auroc(labels, np.r_[waste.in_scope_score, out_of_scope.in_scope_score])
    return scores


def plastic_figures(waste: JudgedPhotos) -> WasteFigures:
    """Plastic / not plastic, over the photos of which it is known."""
    labelled = waste.pick(waste.plastic != UNKNOWN)
    truth, guess = labelled.plastic == 1, labelled.said_plastic
    recalls = [_mean(guess[truth]), _mean(~guess[~truth])]
    hits, false_alarms, missed = (int(cases.sum()) for cases in (truth & guess, ~truth & guess, truth & ~guess))
    total = 2 * hits + false_alarms + missed
    return {
        "n": len(labelled),
        "accuracy": _mean(truth == guess),
        "balanced_accuracy": None if recalls[0] is None or recalls[1] is None else (recalls[0] + recalls[1]) / 2,
        "f1": 2 * hits / total if total else None,
        "auroc": auroc(truth, labelled.plastic_score),
        "ece": calibration_error(np.maximum(labelled.plastic_score, 1 - labelled.plastic_score), truth == guess),
        "accuracy_when_answered": _mean((truth == guess)[~labelled.abstained]),
    }


def auroc(truth: np.ndarray, score: np.ndarray) -> float | None:
    """Area under the ROC curve: chance that a positive scores above a negative, ties half (Mann-Whitney U).

    truth: whether each is positive, shape (n,). score: shape (n,). None where all are alike.
    """
    positive = np.asarray(truth, dtype=bool)
    above, below = int(positive.sum()), int((~positive).sum())
    if not above or not below:
        return None
    return float((rankdata(score)[positive].sum() - above * (above + 1) / 2) / (above * below))


def intervals(
    waste: JudgedPhotos, out_of_scope: JudgedPhotos | None = None, seed: int = 0, draws: int = DRAWS
) -> dict[str, list[float]]:
    """95 % intervals of the figures by name ("plastic.auroc"), drawing whole groups with replacement."""
    return intervals_of_means([(waste, out_of_scope)], seed, draws)


def intervals_of_means(
    runs: Sequence[tuple[JudgedPhotos, JudgedPhotos | None]], seed: int = 0, draws: int = DRAWS
) -> dict[str, list[float]]:
    """95 % intervals of the figures' means over several runs, drawing whole groups of each run with replacement.

    runs: photos of waste and, if there are any, photos out of scope.
    seed: of the draws.
    draws: how often the photos are drawn again.
    """
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        draw: dict[str, list[float]] = {}
        for waste, out_of_scope in runs:
            again = None if out_of_scope is None else out_of_scope.pick(_redrawn(out_of_scope.unit, random))
            for name, value in flat(figures(waste.pick(_redrawn(waste.unit, random)), again)).items():
                draw.setdefault(name, []).append(value)
        for name, values in draw.items():
            drawn.setdefault(name, []).append(float(np.mean(values)))
    return {name: [float(end) for end in np.quantile(values, [0.025, 0.975])] for name, values in drawn.items()}


def _redrawn(units: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Indices of the photos of as many units as there are, drawn with replacement; with few units, of single photos."""
    if len(np.unique(units)) < MIN_GROUPS:
        return random.integers(len(units), size=len(units))
    order = np.argsort(units, kind="stable")
    _, starts, counts = np.unique(units[order], return_index=True, return_counts=True)
    chosen = random.integers(len(starts), size=len(starts))
    return np.concatenate([order[starts[unit] : starts[unit] + counts[unit]] for unit in chosen])


def flat(scores: WasteFigures, prefix: str = "") -> dict[str, float]:
    """All figures that are numbers, by names such as "plastic.auroc"; counts left out."""
    numbers: dict[str, float] = {}
    for name, value in scores.items():
        if isinstance(value, dict):
            numbers |= flat(value, f"{prefix}{name}.")
        elif value is not None and name != "n":
            numbers[prefix + name] = float(value)
    return numbers


def nested(numbers: Mapping[str, float]) -> WasteFigures:
    """The figures that `flat` made numbers of."""
    scores: WasteFigures = {}
    for name, value in numbers.items():
        outer, _, inner = name.rpartition(".")
        target = cast(WasteFigures, scores.setdefault(outer, {})) if outer else scores
        target[inner] = value
    return scores


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
