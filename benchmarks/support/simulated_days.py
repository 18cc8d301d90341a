"""Invented days of features whose distributions are like those that the systems log; each day is a table of columns.

A feature is a function of a standard normal number, so that all can hang together: with a correlation r, each number is
sqrt(r) x one that the answer's features share + sqrt(1 - r) x its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

CLASSES = np.array(["plastic", "paper", "glass", "metal", "trash", "cardboard", "textile", "battery"])
CLASS_SHARES = np.array([0.3, 0.25, 0.15, 0.12, 0.08, 0.05, 0.03, 0.02])
PREDICTED = "predicted class"
Table = dict[str, np.ndarray]


def _aspect_ratio(normal: np.ndarray) -> np.ndarray:
    """Three cameras' formats, and a tenth of any other."""
    share = ndtr(normal)
    ratios = np.array([0.75, 4 / 3, 9 / 16])[np.clip(np.searchsorted([0.45, 0.75, 0.9], share), 0, 2)]
    values: np.ndarray = np.where(share < 0.9, ratios, 0.5 + 15 * (share - 0.9))
    return values


def _text_length(normal: np.ndarray) -> np.ndarray:
    return np.where(ndtr(normal) < 0.3, 0.0, np.floor(np.exp(2.5 + 0.5 * normal)))


FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "brightness": lambda normal: np.clip(0.5 + 0.15 * normal, 0, 1),
    "contrast": lambda normal: 0.2 * np.exp(0.35 * normal),
    "saturation": lambda normal: 1 / (1 + np.exp(1 - normal)),
    "sharpness": lambda normal: 0.03 * np.exp(0.8 * normal),
    "aspect_ratio": _aspect_ratio,
    "unlike_checked": lambda normal: 0.5 * np.exp(0.6 * normal),
    "in_scope_score": lambda normal: 1 / (1 + np.exp(-2.5 - 1.5 * normal)),
    "hour": lambda normal: np.floor(24 * ndtr(normal) ** 0.8),
    "weekday": lambda normal: np.floor(7 * ndtr(normal)),
    "text_length": _text_length,
    "siblings": lambda normal: np.floor(np.exp(normal)),
    "inputs_given": lambda normal: np.round(4 * ndtr(normal)) / 4,
    "address_known": lambda normal: (ndtr(normal) < 0.9).astype(float),
    "set_size": lambda normal: 1 + np.floor(3 * np.exp(0.5 * normal)),
}
CONTINUOUS = ("brightness", "contrast", "saturation", "sharpness", "unlike_checked", "in_scope_score")
WHOLE = ("text_length", "siblings", "set_size")
SHIFTED = (*CONTINUOUS, *WHOLE, "address_known")
"""Features that can be moved by so many SD: a binary one by the share of ones. Hours and weekdays are cyclic."""
MISSING = {"inputs_given": 0.05}  # share of answers that lack the feature


def draw_table(random: np.random.Generator, n: int, correlation: float) -> Table:
    """A table of n answers: FEATURES as float64 with NaN where missing, and the predicted class as text."""
    shared = random.standard_normal(n)
    table: Table = {}
    for name, feature in FEATURES.items():
        table[name] = feature(_mixed(random, shared, correlation))
        table[name][random.random(n) < MISSING.get(name, 0)] = np.nan
    chosen = np.searchsorted(np.cumsum(CLASS_SHARES)[:-1], ndtr(_mixed(random, shared, correlation)))
    return table | {PREDICTED: CLASSES[chosen]}


def _mixed(random: np.random.Generator, shared: np.ndarray, correlation: float) -> np.ndarray:
    own = random.standard_normal(len(shared))
    normal: np.ndarray = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    return normal


def standard_deviations() -> dict[str, float]:
    """Each feature's SD, from a large sample."""
    table = draw_table(np.random.default_rng(0), 400_000, 0.0)
    return {name: float(np.nanstd(table[name])) for name in FEATURES}


def shifted(random: np.random.Generator, table: Table, name: str, distance: float) -> Table:
    """The table with one feature's mean moved by `distance` (its unit): up, or down if it is binary.

    Whole numbers stay whole: each moves by the whole number below or above the distance, by chance. Of a binary
    feature, so many ones become zeros.
    """
    values = table[name]
    if name in CONTINUOUS:
        moved = values + distance
    elif name in WHOLE:
        moved = values + np.floor(distance + random.random(len(values)))
    else:
        moved = values * (random.random(len(values)) >= distance / 0.9)
    return table | {name: moved}
