"""Prediction sets: the likeliest classes, as many as are needed to hold the true one 90 % of the time."""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-6  # of a cumulative probability, for rounding in float32


def rank_classes(probabilities: np.ndarray, set_from: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The classes of each row by probability, and how many of them are in its prediction set.

    probabilities: shape (n, classes).
    set_from: cumulative probability at which a set ends; one for all rows, or shape (n, 1).

    Returns the classes best first, int, shape (n, classes), and the sizes of the sets, int, shape (n,); the best class
    is always in its set.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ordered = np.take_along_axis(probabilities, order, axis=1)
    inside = np.cumsum(ordered, axis=1) <= set_from + TOLERANCE
    return order, np.maximum(inside.sum(axis=1), 1)


def set_members(probabilities: np.ndarray, set_from: float | np.ndarray) -> np.ndarray:
    """Which classes are in each row's prediction set; arguments as of `rank_classes`.

    Returns boolean, shape (n, classes).
    """
    order, sizes = rank_classes(probabilities, set_from)
    members = np.zeros(probabilities.shape, dtype=bool)
    np.put_along_axis(members, order, np.arange(probabilities.shape[1]) < sizes[:, None], axis=1)
    return members


def cumulative_to_truth(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Sum of the probabilities, best first, up to and with that of the true class (Romano et al. 2020).

    probabilities: shape (n, classes).
    labels: the true classes, int, shape (n,).

    Returns shape (n,), in (0, 1].
    """
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray(np.where(probabilities >= own[:, None], probabilities, 0.0).sum(axis=1))
