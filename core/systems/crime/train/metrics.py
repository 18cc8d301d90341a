"""Figures of labelled records: pure functions of probabilities and truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.evaluation.classes import macro_f1
from core.evaluation.probabilities import calibration_error, log_loss
from core.systems.crime.calibration import sets

FEWEST_IN_GROUP = 100  # rows below which a district's log-loss is chance
UNSEEN = 1e-15  # probability of a class that the model does not know


def figures(probabilities: np.ndarray, labels: np.ndarray, set_from: float | np.ndarray) -> dict[str, Any]:
    """Log-loss [nats], top-1, top-3, macro-F1, ECE, coverage and size of the 90 % sets.

    probabilities: (n, classes); labels: int (n,), -1 for a category that the model does not know; set_from: as
    `calibration.sets` takes it.
    """
    best = np.argsort(-probabilities, axis=1)[:, :3]
    chosen = sets(probabilities, set_from)
    known = labels >= 0
    held = np.zeros(len(labels), dtype=bool)
    held[known] = chosen[np.flatnonzero(known), labels[known]]
    right = best[:, 0] == labels
    return {
        "n": len(labels),
        "log_loss": losses(probabilities, labels).mean().item(),
        "top1": float(right.mean()),
        "top3": float((best == labels[:, None]).any(axis=1).mean()),
        "macro_f1": macro_f1(labels, best[:, 0]),
        "ece": calibration_error(probabilities.max(axis=1), right),
        "coverage90": float(held.mean()),
        "mean_set_size": float(chosen.sum(axis=1).mean()),
    }


def losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-log p of each row's true class [nats]; of a class that the model does not know it is that of UNSEEN."""
    own = probabilities[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.asarray(-np.log(np.where(labels >= 0, np.maximum(own, UNSEEN), UNSEEN)))


def worst_group(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> dict[str, Any] | None:
    """The group with the highest log-loss among those with enough rows; None without groups."""
    found = by_group(probabilities, labels, groups)
    enough = {name: one for name, one in found.items() if one["n"] >= FEWEST_IN_GROUP} or found
    if not enough:
        return None
    name = max(enough, key=lambda one: enough[one]["log_loss"])
    return {"district": name, "log_loss": enough[name]["log_loss"]}


def by_group(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> dict[str, dict[str, Any]]:
    """Rows, log-loss and top-1 of each group (texts, None for unknown), by name."""
    loss, right = losses(probabilities, labels), probabilities.argmax(axis=1) == labels
    names = np.array([str(one) if one is not None and one == one else "" for one in groups], dtype=object)
    found = {}
    for name in sorted(set(names) - {""}):
        here = names == name
        found[name] = {"n": int(here.sum()), "log_loss": float(loss[here].mean()), "top1": float(right[here].mean())}
    return found


def by_category(probabilities: np.ndarray, labels: np.ndarray, names: list[str]) -> dict[str, dict[str, Any]]:
    """Rows, recall, precision and log-loss of each category that occurs."""
    guess, loss = probabilities.argmax(axis=1), losses(probabilities, labels)
    found = {}
    for place, name in enumerate(names):
        here, said = labels == place, guess == place
        if here.any():
            found[name] = {
                "n": int(here.sum()),
                "recall": float(said[here].mean()),
                "precision": float((labels[said] == place).mean()) if said.any() else None,
                "log_loss": float(loss[here].mean()),
            }
    return found


def prior_log_loss(shares: np.ndarray, labels: np.ndarray) -> float:
    """Log-loss of saying the same shares (classes,) of every row [nats]."""
    known = labels[labels >= 0]
    base = log_loss(np.broadcast_to(shares, (len(known), len(shares))), known) if len(known) else 0.0
    unknown = len(labels) - len(known)
    return float((base * len(known) - np.log(UNSEEN) * unknown) / max(1, len(labels)))


def recent_shares(labels: np.ndarray, moments: np.ndarray, classes: int) -> np.ndarray:
    """Shares of the categories in the last year of these rows, half a row added to each; shape (classes,)."""
    last = moments >= moments.max() - np.timedelta64(365, "D")
    counts = np.bincount(labels[last], minlength=classes) + 0.5
    return np.asarray(counts / counts.sum())
