"""From the network's numbers to an answer: calibrated probabilities, plastic or not, and when to say "not sure"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.contract import Alternative, Answer
from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS

PLASTIC_PLACES = [MATERIALS.index(material) for material in PLASTIC_MATERIALS]


@dataclass(frozen=True)
class Calibration:
    """What was set on validation photos, so that scores mean what they say.

    temperature: the materials' logits are divided by it (Guo et al. 2017).
    scope_slope, scope_shift: logit of "shows waste" = slope x `scope_evidence` + shift (Platt scaling).
    least_score: below it the material is "not sure". least_in_scope: below it the photo counts as no waste.
    plastic_from: plastic score from which a photo counts as plastic.
    """

    temperature: float = 1.0
    scope_slope: float = 1.0
    scope_shift: float = 0.0
    least_score: float = 0.5
    least_in_scope: float = 0.5
    plastic_from: float = 0.5

    def as_dict(self) -> dict[str, float]:
        """Plain JSON, as metadata.json keeps it."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Calibration:
        """Back from `as_dict`."""
        return Calibration(**{name: float(value) for name, value in values.items()})


@dataclass(frozen=True)
class Scores:
    """Calibrated scores of n photos: materials (n, 6), rows sum to 1; plastic (n,); in_scope (n,)."""

    materials: np.ndarray
    plastic: np.ndarray
    in_scope: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        """Probability of the best-guess material, (n,)."""
        return np.asarray(self.materials.max(axis=1))


def calibrated(logits: np.ndarray, calibration: Calibration) -> Scores:
    """Scores of raw logits (n, 7).

    The materials' probabilities are given that the photo shows waste: whether it does is a score of its own, and the
    plastic score does not fall because the scene is unusual. Of `trash`, which may hold plastic, nothing is added.
    """
    scaled = logits[:, : len(MATERIALS)].astype(np.float64) / calibration.temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    materials = powers / powers.sum(axis=1, keepdims=True)
    raw = calibration.scope_slope * scope_evidence(logits) + calibration.scope_shift
    in_scope = 1 / (1 + np.exp(-np.clip(raw, -60, 60)))
    return Scores(materials, materials[:, PLASTIC_PLACES].sum(axis=1), in_scope)


def scope_evidence(logits: np.ndarray) -> np.ndarray:
    """How much speaks for waste in the photo, (n,): the scope's own logit and the materials' free energy.

    The scope's output knows what it was shown; the energy (log of the sum of the materials' powers, Liu et al. 2020) is
    low for what resembles none of them. Together they tell sources never trained on better than either alone.
    """
    materials = logits[:, : len(MATERIALS)].astype(np.float64)
    highest = materials.max(axis=1)
    energy = highest + np.log(np.exp(materials - highest[:, None]).sum(axis=1))
    return np.asarray(energy + logits[:, len(MATERIALS)])


def unsure(scores: Scores, calibration: Calibration) -> np.ndarray:
    """Which answers are withheld, (n,) of bool: no waste in the photo, or no material clear enough."""
    withheld = (scores.in_scope < calibration.least_in_scope) | (scores.confidence < calibration.least_score)
    return np.asarray(withheld)


def answers(logits: np.ndarray, calibration: Calibration, features: list[dict[str, float]]) -> list[Answer]:
    """One answer per row of `logits` (n, 7); `features` describe the photos for drift."""
    scores = calibrated(logits, calibration)
    withheld = unsure(scores, calibration)
    return [_answer(scores, place, bool(withheld[place]), calibration, features[place]) for place in range(len(logits))]


def _answer(scores: Scores, place: int, withheld: bool, calibration: Calibration, features: dict[str, float]) -> Answer:
    materials = scores.materials[place]
    ranked = [int(index) for index in np.argsort(-materials, kind="stable")]
    plastic, in_scope = float(scores.plastic[place]), float(scores.in_scope[place])
    return Answer(
        value=MATERIALS[ranked[0]],
        score=float(materials[ranked[0]]),
        alternatives=tuple(Alternative(value=MATERIALS[index], score=float(materials[index])) for index in ranked),
        abstained=withheld,
        reason=_reason(materials, ranked, in_scope, calibration) if withheld else None,
        details={
            "plastic": plastic >= calibration.plastic_from,
            "plastic_score": plastic,
            "in_scope_score": in_scope,
        },
        features={**features, "in_scope_score": in_scope},
    )


def _reason(materials: np.ndarray, ranked: list[int], in_scope: float, calibration: Calibration) -> str:
    if in_scope < calibration.least_in_scope:
        return "This does not look like a photo of a single piece of waste. Photograph one thing, close up."
    first, second = ranked[0], ranked[1]
    return (
        f"It could be {MATERIALS[first]} ({materials[first]:.0%}) or {MATERIALS[second]} ({materials[second]:.0%}). "
        "Have a person look, or photograph it closer and in better light."
    )
