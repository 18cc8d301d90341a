"""From the network's logits to calibrated scores, and which of them are too unsure to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import softmax

from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS

PLASTIC_INDICES = [MATERIALS.index(material) for material in PLASTIC_MATERIALS]


@dataclass(frozen=True)
class WasteCalibration:
    """What was set on validation photos, so that scores mean what they say.

    temperature: the materials' logits are divided by it (Guo et al. 2017).
    scope_slope, scope_shift: logit of "shows waste" = slope x `scope_evidence` + shift (Platt scaling).
    least_score: below it the material is "not sure", in [0, 1].
    least_in_scope: in-scope score below which the photo counts as no waste, in [0, 1].
    plastic_from: plastic score from which a photo counts as plastic, in [0, 1].
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
    def from_dict(values: Mapping[str, float]) -> WasteCalibration:
        """The calibration that `as_dict` wrote."""
        return WasteCalibration(**{name: float(value) for name, value in values.items()})


@dataclass(frozen=True)
class WasteScores:
    """Calibrated scores of n photos.

    materials: probability of each of MATERIALS, shape (n, 6), rows sum to 1.
    plastic: probability of a plastic material, shape (n,).
    in_scope: probability that the photo shows waste, shape (n,).
    """

    materials: np.ndarray
    plastic: np.ndarray
    in_scope: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        """Probability of the best-guess material, shape (n,)."""
        return np.asarray(self.materials.max(axis=1))


def calibrated(logits: np.ndarray, calibration: WasteCalibration) -> WasteScores:
    """Scores of raw logits.

    The materials' probabilities are given that the photo shows waste: whether it does is a score of its own, and the
    plastic score does not fall because the scene is unusual. Of `trash`, which may hold plastic, nothing is added.

    logits: of the six materials, then of "shows waste", shape (n, 7).
    calibration: what was set on validation photos.
    """
    scaled = logits[:, : len(MATERIALS)].astype(np.float64) / calibration.temperature
    materials = softmax(scaled, axis=1)
    raw = calibration.scope_slope * scope_evidence(logits) + calibration.scope_shift
    in_scope = 1 / (1 + np.exp(-np.clip(raw, -60, 60)))  # scipy.special.expit differs from it in the last bit
    return WasteScores(materials, materials[:, PLASTIC_INDICES].sum(axis=1), in_scope)


def scope_evidence(logits: np.ndarray) -> np.ndarray:
    """How much speaks for waste in each photo, shape (n,): the scope's own logit plus the materials' free energy.

    The scope's output knows what it was shown; the energy (log of the sum of the materials' powers, Liu et al. 2020) is
    low for what resembles none of them. Together they tell sources never trained on better than either alone.

    logits: of the six materials, then of "shows waste", shape (n, 7).
    """
    materials = logits[:, : len(MATERIALS)].astype(np.float64)
    highest = materials.max(axis=1)  # taken out before the powers, so that none overflows
    energy = highest + np.log(np.exp(materials - highest[:, None]).sum(axis=1))
    return np.asarray(energy + logits[:, len(MATERIALS)])


def unsure(scores: WasteScores, calibration: WasteCalibration) -> np.ndarray:
    """Which answers are withheld, bool, shape (n,): no waste in the photo, or no material clear enough."""
    withheld = (scores.in_scope < calibration.least_in_scope) | (scores.confidence < calibration.least_score)
    return np.asarray(withheld)
