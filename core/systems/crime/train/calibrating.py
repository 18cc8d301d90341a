"""What is set on validation rows after training: temperature, prior correction, and the bound of the sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.evaluation.probabilities import fit_temperature, log_loss
from core.systems.crime.calibration import Calibration, reach, softmax

COVERAGE = 0.90
PRIOR_ROWS = 20.0  # rows that the uncorrected share of a class counts as: rare classes move little
STEPS = 60
MOST_BIAS = 1.0  # logits
TEMPERATURES = (0.3, 3.0)
LOG_TOLERANCE = 1e-3  # of the temperature's logarithm


def fit(logits: np.ndarray, labels: np.ndarray, correct_prior: bool = True, small_sets: bool = False) -> Calibration:
    """The calibration of validation rows: logits (n, classes), labels int (n,).

    small_sets: sets by a least probability. They suit answers that are mostly sure: ones that go on, best first, until
    the hardest tenth is in would then hold most classes.
    """
    temperature, bias = 1.0, np.zeros(logits.shape[1])
    for _ in range(3 if correct_prior else 1):
        temperature = _temperature(logits, bias, labels)
        if correct_prior:
            bias = _bias(logits / temperature, labels, bias)
    fitted = Calibration(float(temperature), bias.astype(np.float32), 1.0)
    probabilities = fitted.probabilities(logits)
    place = min(1.0, np.ceil((len(labels) + 1) * COVERAGE) / max(1, len(labels)))
    if small_sets:
        own = probabilities[np.arange(len(labels)), labels]
        return replace(fitted, least=float(np.quantile(own, 1 - place, method="lower")))
    return replace(fitted, set_from=float(np.quantile(reach(probabilities, labels), place, method="higher")))


def _temperature(logits: np.ndarray, bias: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least log-loss."""

    def loss(temperature: float) -> float:
        return log_loss(softmax(logits / temperature + bias), labels)

    return fit_temperature(loss, TEMPERATURES, LOG_TOLERANCE)


def _bias(logits: np.ndarray, labels: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The bias with which the expected count of each class is the observed one, held back for rare classes."""
    classes = logits.shape[1]
    seen = np.bincount(labels, minlength=classes)
    plain_share = softmax(logits).mean(axis=0)
    wanted = seen + PRIOR_ROWS * plain_share
    for _ in range(STEPS):
        expected = softmax(logits + bias).sum(axis=0) + PRIOR_ROWS * plain_share
        step = np.log(wanted + 1.0) - np.log(expected + 1.0)
        bias = np.clip(bias + 0.7 * step, -MOST_BIAS, MOST_BIAS)
        if np.abs(step).max() < 1e-3:
            break
    return bias - float(bias @ plain_share)
