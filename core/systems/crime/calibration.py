"""Scores that mean what they say: temperature and prior correction, and sets that hold the truth 90 % of the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """What was set on validation rows.

    temperature: the logits are divided by it (Guo et al. 2017). bias: added to them then, shape (classes,): the
    validation period's shares against those that the network expected (Saerens et al. 2002, with known labels).
    set_from: a class is in the set while the probabilities before and with it, best first, reach no more than this
    (adaptive prediction sets without randomisation, Romano et al. 2020). least: a class is in the set if it is at least
    this probable; where given, it alone decides (the smallest sets on average, Sadinle et al. 2019).
    """

    temperature: float
    bias: np.ndarray
    set_from: float
    least: float | None = None

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of logits, shape (n, classes) both."""
        return softmax(logits / self.temperature + self.bias)

    def as_dict(self) -> dict[str, Any]:
        """For metadata.json."""
        return {
            "temperature": self.temperature,
            "bias": [float(one) for one in self.bias],
            "set_from": self.set_from,
            "least": self.least,
        }

    def bounds(self, probabilities: np.ndarray) -> np.ndarray:
        """Where the set of each row ends, as `ranked` takes it; probabilities (n, classes), result (n, 1)."""
        if self.least is None:
            return np.full((len(probabilities), 1), self.set_from)
        return np.asarray(np.where(probabilities >= self.least, probabilities, 0.0).sum(axis=1, keepdims=True))

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> Calibration:
        """What `as_dict` gave."""
        bias = np.array(kept["bias"], np.float32)
        return Calibration(float(kept["temperature"]), bias, float(kept["set_from"]), kept.get("least"))


def plain(classes: int) -> Calibration:
    """Nothing corrected, and every class in the set: what holds before validation."""
    return Calibration(1.0, np.zeros(classes, dtype=np.float32), 1.0)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits, along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def reach(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How far one must go, best first, to come to the true class, it included; shape (n,), in (0, 1]."""
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray(np.where(probabilities >= own[:, None], probabilities, 0.0).sum(axis=1))


def ranked(probabilities: np.ndarray, set_from: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes best first, shape (n, classes), and how many of them are in the set, shape (n,). The best one always is.

    set_from: one bound, or one per row, shape (n, 1).
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ordered = np.take_along_axis(probabilities, order, axis=1)
    inside = np.cumsum(ordered, axis=1) <= set_from + 1e-6
    return order, np.maximum(inside.sum(axis=1), 1)


def sets(probabilities: np.ndarray, set_from: float | np.ndarray) -> np.ndarray:
    """Which classes are in the set of `ranked`; boolean, shape (n, classes)."""
    order, sizes = ranked(probabilities, set_from)
    chosen = np.zeros(probabilities.shape, dtype=bool)
    np.put_along_axis(chosen, order, np.arange(probabilities.shape[1]) < sizes[:, None], axis=1)
    return chosen
