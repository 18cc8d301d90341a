"""Scores of best guesses against the true classes."""

from __future__ import annotations

import numpy as np


def macro_f1(truth: np.ndarray, guess: np.ndarray) -> float | None:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN), over the classes that occur in the truth; None of nothing.

    truth: class of each record, int, shape (n,).
    guess: best guess for each record, int, shape (n,).
    """
    scores = []
    for label in np.unique(truth):
        hits = np.sum((truth == label) & (guess == label))
        scores.append(2 * hits / (np.sum(truth == label) + np.sum(guess == label)))
    return float(np.mean(scores)) if scores else None
