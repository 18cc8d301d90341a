"""What is set on validation rows after training: temperature, prior correction, and the bound of the sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.evaluation.probabilities import fit_temperature, log_loss
from core.systems.crime.categories.calibration import ClassCalibration, softmax
from core.systems.crime.categories.prediction_sets import cumulative_to_truth

COVERAGE = 0.90
PRIOR_ROWS = 20.0  # rows that the uncorrected share of a class counts as: rare classes move little
STEPS = 60
MAX_BIAS = 1.0  # logits
TEMPERATURES = (0.3, 3.0)
LOG_TOLERANCE = 1e-3  # of the temperature's logarithm


def fit_calibration(
    logits: np.ndarray, labels: np.ndarray, correct_prior: bool = True, small_sets: bool = False
) -> ClassCalibration:
    """The calibration of validation rows.

    logits: raw, shape (n, classes).
    labels: the true classes, int, shape (n,).
    correct_prior: whether a bias takes the network's shares of the classes to the observed ones.
    small_sets: sets by a least probability. They suit answers that are mostly sure: ones that go on, best first, until
        the hardest tenth is in would then hold most classes.
    """
    temperature, bias = 1.0, np.zeros(logits.shape[1])
    for _ in range(3 if correct_prior else 1):
        temperature = _temperature(logits, bias, labels)
        if correct_prior:
            bias = _prior_bias(logits / temperature, labels, bias)
    fitted = ClassCalibration(float(temperature), bias.astype(np.float32), 1.0)
    probabilities = fitted.probabilities(logits)
    # the quantile of split conformal prediction (Romano et al. 2020)
    level = min(1.0, np.ceil((len(labels) + 1) * COVERAGE) / max(1, len(labels)))
    if small_sets:
        own = probabilities[np.arange(len(labels)), labels]
        return replace(fitted, least=float(np.quantile(own, 1 - level, method="lower")))
    reached = cumulative_to_truth(probabilities, labels)
    return replace(fitted, set_from=float(np.quantile(reached, level, method="higher")))


def _temperature(logits: np.ndarray, bias: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least log-loss."""

    def loss(temperature: float) -> float:
        return log_loss(softmax(logits / temperature + bias), labels)

    return fit_temperature(loss, TEMPERATURES, LOG_TOLERANCE)


def _prior_bias(logits: np.ndarray, labels: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The bias with which the expected count of each class is the observed one, shrunk for rare classes.

    logits: divided by the temperature, shape (n, classes).
    labels: the true classes, int, shape (n,).
    bias: to start from, shape (classes,) [logits].
    """
    classes = logits.shape[1]
    observed = np.bincount(labels, minlength=classes)
    plain_share = softmax(logits).mean(axis=0)
    target = observed + PRIOR_ROWS * plain_share
    for _ in range(STEPS):
        expected = softmax(logits + bias).sum(axis=0) + PRIOR_ROWS * plain_share
        step = np.log(target + 1.0) - np.log(expected + 1.0)
        bias = np.clip(bias + 0.7 * step, -MAX_BIAS, MAX_BIAS)
        if np.abs(step).max() < 1e-3:
            break
    return bias - float(bias @ plain_share)
