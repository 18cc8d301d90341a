"""Probabilities that mean what they say: temperature scaling and prior correction of a classifier's logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import numpy as np


class CalibrationRecord(TypedDict):
    """A calibration as metadata.json holds it; fields as of `ClassCalibration`."""

    temperature: float
    bias: list[float]
    set_from: float
    least: NotRequired[float | None]


@dataclass(frozen=True)
class ClassCalibration:
    """What was fitted on validation rows, for probabilities and for 90 % prediction sets.

    temperature: the logits are divided by it (Guo et al. 2017).
    bias: added to the logits then, shape (classes,), float32: the validation period's shares against those that the
        network expected (Saerens et al. 2002, with known labels).
    set_from: a class is in the set while the probabilities before and with it, best first, reach no more than this
        (adaptive prediction sets without randomisation, Romano et al. 2020).
    least: a class is in the set if it is at least this probable; if not None, it alone decides (the smallest sets on
        average, Sadinle et al. 2019).
    """

    temperature: float
    bias: np.ndarray
    set_from: float
    least: float | None = None

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of logits, both of shape (n, classes)."""
        return softmax(logits / self.temperature + self.bias)

    def as_dict(self) -> CalibrationRecord:
        """The calibration as metadata.json holds it."""
        return {
            "temperature": self.temperature,
            "bias": [float(value) for value in self.bias],
            "set_from": self.set_from,
            "least": self.least,
        }

    def set_bounds(self, probabilities: np.ndarray) -> np.ndarray:
        """Cumulative probability at which each row's set ends, as `prediction_sets.rank_classes` takes it.

        probabilities: calibrated, shape (n, classes).

        Returns shape (n, 1).
        """
        if self.least is None:
            return np.full((len(probabilities), 1), self.set_from)
        return np.asarray(np.where(probabilities >= self.least, probabilities, 0.0).sum(axis=1, keepdims=True))

    @staticmethod
    def from_dict(stored: CalibrationRecord) -> ClassCalibration:
        """Inverse of `as_dict`."""
        bias = np.array(stored["bias"], np.float32)
        return ClassCalibration(float(stored["temperature"]), bias, float(stored["set_from"]), stored.get("least"))


def identity_calibration(classes: int) -> ClassCalibration:
    """Corrects nothing and puts every class in the set: what holds before validation."""
    return ClassCalibration(1.0, np.zeros(classes, dtype=np.float32), 1.0)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits along the last axis.

    The same bits as `scipy.special.softmax`, whose import would cost each serving process most of a second (ADR 8).
    """
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
