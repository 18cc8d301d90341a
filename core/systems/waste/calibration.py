"""From the network's logits to calibrated scores, and which of them are too unsure to be answered.

Whether it is plastic is asked first, then which of the other materials it is: the best guess agrees with the score of
plastic. Networks up to 1.0.0 have no logit of their own for plastic: its score is the share of plastic there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import softmax

from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS

SMALLEST_SCORE = 1e-6
PLASTIC_LOGIT = len(MATERIALS) + 1
PLASTIC_INDICES = [MATERIALS.index(material) for material in PLASTIC_MATERIALS]
OTHER_INDICES = [index for index in range(len(MATERIALS)) if index not in PLASTIC_INDICES]


@dataclass(frozen=True)
class WasteCalibration:
    """What was set on photos that did not train, so that scores mean what they say.

    temperature: the materials' logits are divided by it (Guo et al. 2017); that of plastic only where it has no own.
    scope_slope, scope_shift: logit of "shows waste" = slope x `scope_evidence` + shift (Platt scaling).
    plastic_slope, plastic_shift: the same of the logit of plastic.
    least_score: below it the material is "not sure", in [0, 1].
    least_plastic: probability of plastic, or of not plastic, below which that is "not sure", in [0.5, 1].
    least_in_scope: in-scope score below which the photo counts as no waste, in [0, 1].
    plastic_from: plastic score from which a photo counts as plastic, in [0, 1].
    least_object: score from which a thing counts as found where a photo may show several, in [0, 1].
    """

    temperature: float = 1.0
    scope_slope: float = 1.0
    scope_shift: float = 0.0
    plastic_slope: float = 1.0
    plastic_shift: float = 0.0
    least_score: float = 0.5
    least_plastic: float = 0.5
    least_in_scope: float = 0.5
    plastic_from: float = 0.5
    least_object: float = 0.5

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

    logits: of the six materials, of "shows waste" and, but for old versions, of "is plastic"; shape (n, 8) or (n, 7).
    calibration: what was set on photos that did not train.
    """
    scaled = logits[:, : len(MATERIALS)].astype(np.float64) / calibration.temperature
    in_scope = _probability(calibration.scope_slope * scope_evidence(logits) + calibration.scope_shift)
    if logits.shape[1] <= PLASTIC_LOGIT:
        materials = softmax(scaled, axis=1)
        return WasteScores(materials, materials[:, PLASTIC_INDICES].sum(axis=1), in_scope)
    raw = calibration.plastic_slope * logits[:, PLASTIC_LOGIT].astype(np.float64) + calibration.plastic_shift
    plastic = _probability(raw)
    materials = np.zeros(scaled.shape)
    materials[:, OTHER_INDICES] = (1 - plastic)[:, None] * softmax(scaled[:, OTHER_INDICES], axis=1)
    materials[:, PLASTIC_INDICES] = plastic[:, None] * softmax(scaled[:, PLASTIC_INDICES], axis=1)
    return WasteScores(materials, plastic, in_scope)


def general_logits(scores: WasteScores) -> np.ndarray:
    """Logits of the materials whose softmax is their scores, shape (n, 6): where a site's head begins."""
    return np.asarray(np.log(np.maximum(scores.materials, SMALLEST_SCORE)))


def at_site(scores: WasteScores, logits: np.ndarray) -> WasteScores:
    """The scores with the materials, and plastic with them, as a site's logits (n, 6) have them."""
    materials = softmax(logits, axis=1)
    return WasteScores(materials, materials[:, PLASTIC_INDICES].sum(axis=1), scores.in_scope)


def _probability(logit: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -60, 60))))  # scipy.special.expit differs in the last bit


def scope_evidence(logits: np.ndarray) -> np.ndarray:
    """How much speaks for waste in each photo, shape (n,): the scope's own logit plus the materials' free energy.

    The scope's output knows what it was shown; the energy (log of the sum of the materials' powers, Liu et al. 2020) is
    low for what resembles none of them. Together they tell sources never trained on better than either alone.

    logits: as for `calibrated`.
    """
    materials = logits[:, : len(MATERIALS)].astype(np.float64)
    highest = materials.max(axis=1)  # taken out before the powers, so that none overflows
    energy = highest + np.log(np.exp(materials - highest[:, None]).sum(axis=1))
    return np.asarray(energy + logits[:, len(MATERIALS)])


def unsure(scores: WasteScores, calibration: WasteCalibration) -> np.ndarray:
    """Which answers are withheld, bool, shape (n,): no waste there, or no clear material or plastic."""
    withheld = (scores.in_scope < calibration.least_in_scope) | (scores.confidence < calibration.least_score)
    return np.asarray(withheld | (np.maximum(scores.plastic, 1 - scores.plastic) < calibration.least_plastic))
