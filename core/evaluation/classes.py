"""Scores of best guesses against the true classes."""

from __future__ import annotations

import numpy as np


def macro_f1(truth: np.ndarray, guess: np.ndarray) -> float | None:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN), over the classes that occur in the truth; None of nothing.

    truth: class of each record, int, shape (n,).
    guess: best guess for each record, int, shape (n,).
    """
    classes, indices = np.unique(np.concatenate([truth, guess]), return_inverse=True)
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (indices[: len(truth)], indices[len(truth) :]), 1)
    return macro_f1_of_counts(counts)


def macro_f1_of_counts(counts: np.ndarray) -> float | None:
    """The figure of `macro_f1` from records that are counted by true class (rows) and best guess (columns).

    counts: int, shape (classes, classes).
    """
    truths, guesses = counts.sum(axis=1), counts.sum(axis=0)
    occurs = truths > 0
    return float(np.mean(2 * np.diag(counts)[occurs] / (truths + guesses)[occurs])) if occurs.any() else None
