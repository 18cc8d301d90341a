"""Figures of labelled answers that more than one system is measured by: pure functions of arrays."""

from __future__ import annotations

import numpy as np

BINS = 15  # of equal width, as in Guo et al. 2017


def macro_f1(truth: np.ndarray, guess: np.ndarray) -> float | None:
    """Mean F1 over the classes that occur in the truth; truth, guess: int (n,). None of nothing."""
    scores = []
    for label in np.unique(truth):
        hits = np.sum((truth == label) & (guess == label))
        scores.append(2 * hits / (np.sum(truth == label) + np.sum(guess == label)))
    return float(np.mean(scores)) if scores else None


def calibration_error(score: np.ndarray, right: np.ndarray) -> float | None:
    """Expected calibration error: mean gap between confidence and accuracy over BINS bins, weighted by their counts.

    score: calibrated probability of each answer, in [0, 1], shape (n,); right: bool (n,). None of nothing.
    """
    if not len(score):
        return None
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=score - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(score))
