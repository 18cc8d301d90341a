"""What was reported at a place before: smoothed log-odds per category, older rows counting less.

For the rows that train, the past and the future of other blocks of time speak, never their own block: a row must not
see its own label (out-of-fold target statistics, Micci-Barreca 2001). For new rows everything up to the end of the
training data speaks, as it stands in `Tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.systems.crime.features.context import SLOTS
from core.systems.crime.features.places import HISTORY_CELL

SMOOTHING = 30.0  # rows that the city's own shares count as
COUNT_SCALE = 0.3
SOURCES = (("address", 3.0), ("address", 1.0), (f"cell_{HISTORY_CELL}", 3.0))
"""Slots whose past is looked at, and the half-life of a row [years]."""
YEAR = 365.25  # days
BLOCKS_A_YEAR = 4
FEWEST_BLOCKS = 12


def width(classes: int) -> int:
    """Numbers that a record's past gives."""
    return len(SOURCES) * (classes + 1)


@dataclass(frozen=True)
class Tables:
    """The past of every place that training knew: per source float32, shape (codes of the slot, classes + 1)."""

    values: tuple[np.ndarray, ...]

    def of(self, codes: np.ndarray) -> np.ndarray:
        """What the past says about records; float32, shape (rows, `width`)."""
        columns = [SLOTS.index(name) for name, _ in SOURCES]
        return np.concatenate(
            [table[codes[:, column]] for table, column in zip(self.values, columns, strict=True)], axis=1
        )


def block_length(days: np.ndarray) -> float:
    """Length of a block of time [days]: a quarter, or less if the data span little."""
    span = float(days.max() - days.min()) + 1e-6
    return min(YEAR / BLOCKS_A_YEAR, span / FEWEST_BLOCKS)


def tables(codes: np.ndarray, labels: np.ndarray, days: np.ndarray, sizes: list[int], classes: int) -> Tables:
    """The past at the end of the training rows.

    codes: shape (rows, len(SLOTS)); labels: int (rows,); days: since any origin (rows,); sizes: codes of each slot.
    """
    made = []
    for name, half_life in SOURCES:
        column = SLOTS.index(name)
        weights = 0.5 ** ((days.max() - days) / YEAR / half_life)
        flat = codes[:, column].astype(np.int64) * classes + labels
        counts = np.bincount(flat, weights, sizes[column] * classes).reshape(-1, classes)
        table = _log_odds(counts, np.bincount(labels, weights, classes))
        table[:2] = 0.0  # of places that are missing or unknown nothing is known
        made.append(table)
    return Tables(tuple(made))


def out_of_fold(
    codes: np.ndarray,
    labels: np.ndarray,
    days: np.ndarray,
    sizes: list[int],
    classes: int,
    length: float | None = None,
) -> np.ndarray:
    """The past and future of rows, each without its own block of time; float32, shape (rows, `width`).

    Rows with a label of -1 are answered and teach nothing. length: of a block [days]; `block_length` if not given.
    """
    length = length or block_length(days)
    block = ((days - days.min()) / length).astype(np.int64)
    parts = []
    for name, half_life in SOURCES:
        column = SLOTS.index(name)
        decay = 0.5 ** (length / YEAR / half_life)
        parts.append(_source(codes[:, column], labels, block, decay, classes, sizes[column]))
    return np.concatenate(parts, axis=1)


def _source(
    column: np.ndarray, labels: np.ndarray, block: np.ndarray, decay: float, classes: int, size: int
) -> np.ndarray:
    """One source: counts of the other blocks, weighted by `decay` per block of distance."""
    order = np.argsort(block, kind="stable")
    ends = np.cumsum(np.bincount(block, minlength=int(block.max()) + 1))
    rows = np.split(order, ends[:-1])
    counts = np.zeros((len(column), classes), dtype=np.float32)
    shares = np.zeros((len(rows), classes))
    for direction in (range(len(rows)), range(len(rows) - 1, -1, -1)):
        running = np.zeros((size, classes), dtype=np.float32)
        whole = np.zeros(classes)
        for number in direction:
            here = rows[number]
            counts[here] += running[column[here]]
            shares[number] += whole
            teaching = here[labels[here] >= 0]
            np.add.at(running, (column[teaching], labels[teaching]), 1.0)
            whole += np.bincount(labels[teaching], minlength=classes)
            running *= decay
            whole *= decay
    made = np.empty((len(column), classes + 1), dtype=np.float32)
    for number, chosen in enumerate(rows):
        made[chosen] = _log_odds(counts[chosen], shares[number])
    made[column < 2] = 0.0
    return made


def _log_odds(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Log of the smoothed shares by the city's, and how many rows speak; float32, shape (places, classes + 1)."""
    city = (shares + 1) / (shares.sum() + len(shares))
    total = counts.sum(axis=1, keepdims=True)
    smooth = np.log((counts + SMOOTHING * city) / (total + SMOOTHING)) - np.log(city)
    return np.concatenate([smooth, COUNT_SCALE * np.log1p(total)], axis=1).astype(np.float32)
