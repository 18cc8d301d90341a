"""Figures of labelled answers that more than one system is measured by, and how a share is written."""

from __future__ import annotations

import numpy as np

BINS = 15  # of equal width, as in Guo et al. 2017
NO_BREAK = "\N{NO-BREAK SPACE}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share in [0, 1] as "97 %"; a dash where it is unknown. Never 0 % or 100 % for what only rounds to it."""
    if share is None:
        return "–"
    shown = f"{share:.{digits}%}".removesuffix("%")
    if 0 < share < 1 and float(shown) in (0.0, 100.0):
        shown = f"{'<' if share < 0.5 else '>'}{NO_BREAK}{1 if share < 0.5 else 99}"
    return f"{shown}{NO_BREAK}%"


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
