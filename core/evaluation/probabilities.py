"""Scores of probabilities against the truth, and the temperature with which they fit it best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BINS = 15  # of equal width, as in Guo et al. 2017
MIN_PROBABILITY = 1e-15
"""No class is given less than this, so that one record that was thought impossible does not outweigh all others."""


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -log p of the true class [nats], p being at least MIN_PROBABILITY.

    probabilities: of each class, shape (n, classes), rows sum to 1.
    labels: index of the true class, int, shape (n,).
    """
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], MIN_PROBABILITY)).mean())


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -log softmax(logits) at the true class [nats], without any lower bound on the probability.

    logits: shape (n, classes), float64; any constant may be added to a row.
    labels: index of the true class, int, shape (n,).
    """
    shifted = logits - logits.max(axis=1, keepdims=True)  # so that no power overflows
    own = shifted[np.arange(len(labels)), labels]
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - own))


def fit_temperature(loss: Callable[[float], float], bounds: tuple[float, float], tolerance: float = 1e-5) -> float:
    """The temperature by which logits are divided so that their loss is least (Guo et al. 2017, section 4.2).

    Searched by Brent's bounded method over the logarithm, for half and twice a temperature are alike.

    loss: the loss of labelled records at a temperature, such as `lambda t: cross_entropy(logits / t, labels)`.
    bounds: the least and the greatest temperature.
    tolerance: how exact the natural logarithm of the result is.
    """
    from scipy.optimize import minimize_scalar  # slow to import, and scores alone need none of it

    search = minimize_scalar(
        lambda log_temperature: loss(np.exp(log_temperature)),
        bounds=np.log(bounds),
        method="bounded",
        options={"xatol": tolerance},
    )
    return float(np.exp(search.x))


def calibration_error(score: np.ndarray, right: np.ndarray) -> float | None:
    """Expected calibration error: mean gap between confidence and accuracy over BINS bins, weighted by their counts.

    Guo et al. 2017, equation 3. None of nothing.
    score: calibrated probability of each best guess, in [0, 1], shape (n,).
    right: whether the guess was right, bool, shape (n,).
    """
    if not len(score):
        return None
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=score - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(score))
