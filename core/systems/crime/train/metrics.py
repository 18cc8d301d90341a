"""Figures of labelled records: pure functions of probabilities and truth."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from core.evaluation.classes import macro_f1
from core.evaluation.probabilities import calibration_error, log_loss
from core.systems.crime.categories.prediction_sets import set_members

MIN_IN_GROUP = 100  # rows below which a district's log-loss is chance
UNSEEN = 1e-15  # probability of a class that the model does not know


class ClassFigures(TypedDict):
    """Figures of labelled answers: log-loss [nats], coverage and size of the 90 % sets; None where there is no row."""

    n: int
    log_loss: float
    top1: float
    top3: float
    macro_f1: float | None
    ece: float | None
    coverage90: float
    mean_set_size: float


class GroupScores(TypedDict):
    """Scores of the rows of one group."""

    n: int
    log_loss: float
    top1: float


class CategoryScores(TypedDict):
    """Scores of the rows of one category; no precision where it is never the best guess."""

    n: int
    recall: float
    precision: float | None
    log_loss: float


class WorstGroup(TypedDict):
    """The district with the highest log-loss."""

    district: str
    log_loss: float


def figures(probabilities: np.ndarray, labels: np.ndarray, set_from: float | np.ndarray) -> ClassFigures:
    """Log-loss [nats], top-1, top-3, macro-F1, ECE, coverage and mean size of the 90 % sets.

    probabilities: calibrated, shape (n, classes).
    labels: the true classes, int, shape (n,); -1 for a category that the model does not know.
    set_from: where the sets end, as `prediction_sets.set_members` takes it.
    """
    best = np.argsort(-probabilities, axis=1)[:, :3]
    members = set_members(probabilities, set_from)
    known_class = labels >= 0
    covered = np.zeros(len(labels), dtype=bool)
    covered[known_class] = members[np.flatnonzero(known_class), labels[known_class]]
    right = best[:, 0] == labels
    return {
        "n": len(labels),
        "log_loss": losses(probabilities, labels).mean().item(),
        "top1": float(right.mean()),
        "top3": float((best == labels[:, None]).any(axis=1).mean()),
        "macro_f1": macro_f1(labels, best[:, 0]),
        "ece": calibration_error(probabilities.max(axis=1), right),
        "coverage90": float(covered.mean()),
        "mean_set_size": float(members.sum(axis=1).mean()),
    }


def losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-log p of each row's true class [nats]; of a class that the model does not know it is that of UNSEEN."""
    own = probabilities[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.asarray(-np.log(np.where(labels >= 0, np.maximum(own, UNSEEN), UNSEEN)))


def worst_group(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> WorstGroup | None:
    """The group with the highest log-loss among those with enough rows; None without groups. As of `by_group`."""
    scores = by_group(probabilities, labels, groups)
    large = {name: score for name, score in scores.items() if score["n"] >= MIN_IN_GROUP} or scores
    if not large:
        return None
    worst = max(large, key=lambda name: large[name]["log_loss"])
    return {"district": worst, "log_loss": large[worst]["log_loss"]}


def by_group(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> dict[str, GroupScores]:
    """Rows, log-loss [nats] and top-1 of each group, by name.

    probabilities: calibrated, shape (n, classes).
    labels: the true classes, int, shape (n,).
    groups: names, None for unknown, dtype object, shape (n,).
    """
    loss, right = losses(probabilities, labels), probabilities.argmax(axis=1) == labels
    # NaN is the one value that does not equal itself
    names = np.array([str(group) if group is not None and group == group else "" for group in groups], dtype=object)
    scores: dict[str, GroupScores] = {}
    for name in sorted(set(names) - {""}):
        rows = names == name
        scores[name] = {"n": int(rows.sum()), "log_loss": float(loss[rows].mean()), "top1": float(right[rows].mean())}
    return scores


def by_category(probabilities: np.ndarray, labels: np.ndarray, names: list[str]) -> dict[str, CategoryScores]:
    """Rows, recall, precision and log-loss [nats] of each category that occurs.

    probabilities: calibrated, shape (n, classes).
    labels: the true classes, int, shape (n,).
    names: the categories in the order of the classes.
    """
    guess, loss = probabilities.argmax(axis=1), losses(probabilities, labels)
    scores: dict[str, CategoryScores] = {}
    for index, name in enumerate(names):
        rows, guessed = labels == index, guess == index
        if rows.any():
            scores[name] = {
                "n": int(rows.sum()),
                "recall": float(guessed[rows].mean()),
                "precision": float((labels[guessed] == index).mean()) if guessed.any() else None,
                "log_loss": float(loss[rows].mean()),
            }
    return scores


def prior_log_loss(shares: np.ndarray, labels: np.ndarray) -> float:
    """Log-loss of answering the same shares for every row [nats].

    shares: of the categories, shape (classes,).
    labels: the true classes, int, shape (n,); -1 for a category that the model does not know.
    """
    in_model = labels[labels >= 0]
    base = log_loss(np.broadcast_to(shares, (len(in_model), len(shares))), in_model) if len(in_model) else 0.0
    unknown = len(labels) - len(in_model)
    return float((base * len(in_model) - np.log(UNSEEN) * unknown) / max(1, len(labels)))


def recent_shares(labels: np.ndarray, moments: np.ndarray, classes: int) -> np.ndarray:
    """Shares of the categories in the last year of some rows, half a row added to each.

    labels: classes, int, shape (n,).
    moments: datetime64, shape (n,).
    classes: number of classes.

    Returns shape (classes,).
    """
    last_year = moments >= moments.max() - np.timedelta64(365, "D")
    counts = np.bincount(labels[last_year], minlength=classes) + 0.5
    return np.asarray(counts / counts.sum())
