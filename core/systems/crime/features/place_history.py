"""What was reported at a place before: smoothed log-odds per category, older rows counting less.

For the rows that train, the past and the future of other blocks of time speak, never their own block: a row must not
see its own label (out-of-fold target statistics, Micci-Barreca 2001). For new rows everything up to the end of the
training data speaks, as it stands in `HistoryTables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.systems.crime.features.places import HISTORY_CELL
from core.systems.crime.features.vocabulary import DAYS_PER_YEAR, SLOTS

SMOOTHING = 30.0  # rows that the city's own shares count as
COUNT_SCALE = 0.3
SOURCES = (("address", 3.0), ("address", 1.0), (f"cell_{HISTORY_CELL}", 3.0))
"""Slots whose past is looked at, and the half-life of a row [years]."""
BLOCKS_PER_YEAR = 4
MIN_BLOCKS = 12


def history_width(classes: int) -> int:
    """How many numbers say a record's past."""
    return len(SOURCES) * (classes + 1)


@dataclass(frozen=True)
class HistoryTables:
    """The past of every place that training knew; values: per source, float32, shape (codes, classes + 1)."""

    values: tuple[np.ndarray, ...]

    def look_up(self, codes: np.ndarray) -> np.ndarray:
        """What the past says about records.

        codes: `encode_slots` of the records, shape (rows, len(SLOTS)).

        Returns float32, shape (rows, `history_width`).
        """
        columns = [SLOTS.index(name) for name, _ in SOURCES]
        return np.concatenate(
            [table[codes[:, column]] for table, column in zip(self.values, columns, strict=True)], axis=1
        )


def block_length(days: np.ndarray) -> float:
    """Length of a block of time: a quarter of a year, or less if the data span little; in and out [days]."""
    span = float(days.max() - days.min()) + 1e-6
    return min(DAYS_PER_YEAR / BLOCKS_PER_YEAR, span / MIN_BLOCKS)


def build_history_tables(
    codes: np.ndarray, labels: np.ndarray, days: np.ndarray, sizes: list[int], classes: int
) -> HistoryTables:
    """The past at the end of the training rows.

    codes: `encode_slots` of the rows, shape (rows, len(SLOTS)).
    labels: classes of the rows, int, shape (rows,).
    days: when they were, since any origin, shape (rows,) [days].
    sizes: number of codes of each slot.
    classes: number of classes.
    """
    values = []
    for name, half_life in SOURCES:
        column = SLOTS.index(name)
        weights = 0.5 ** ((days.max() - days) / DAYS_PER_YEAR / half_life)
        flat = codes[:, column].astype(np.int64) * classes + labels
        counts = np.bincount(flat, weights, sizes[column] * classes).reshape(-1, classes)
        table = _smoothed_log_odds(counts, np.bincount(labels, weights, classes))
        table[:2] = 0.0  # of places that are missing or unknown nothing is known
        values.append(table)
    return HistoryTables(tuple(values))


def out_of_fold_history(
    codes: np.ndarray,
    labels: np.ndarray,
    days: np.ndarray,
    sizes: list[int],
    classes: int,
    length: float | None = None,
) -> np.ndarray:
    """The past and future of rows, each without its own block of time.

    codes: `encode_slots` of the rows, shape (rows, len(SLOTS)).
    labels: classes of the rows, int, shape (rows,); rows of -1 are looked up and teach nothing.
    days: when they were, since any origin, shape (rows,) [days].
    sizes: number of codes of each slot.
    classes: number of classes.
    length: of a block of time [days]; `block_length` if None.

    Returns float32, shape (rows, `history_width`).
    """
    length = length or block_length(days)
    block = ((days - days.min()) / length).astype(np.int64)
    parts = []
    for name, half_life in SOURCES:
        column = SLOTS.index(name)
        decay = 0.5 ** (length / DAYS_PER_YEAR / half_life)
        parts.append(_source_history(codes[:, column], labels, block, decay, classes, sizes[column]))
    return np.concatenate(parts, axis=1)


def _source_history(
    column: np.ndarray, labels: np.ndarray, block: np.ndarray, decay: float, classes: int, size: int
) -> np.ndarray:
    """The history of one source: counts of the other blocks, weighted by `decay` per block of distance.

    column: codes of the source's slot, shape (rows,).
    labels: classes, int, shape (rows,); -1 teaches nothing.
    block: block of time of each row, int, shape (rows,).
    decay: factor by which a count shrinks from one block to the next.
    classes: number of classes.
    size: number of codes of the slot.

    Returns float32, shape (rows, classes + 1).
    """
    order = np.argsort(block, kind="stable")
    ends = np.cumsum(np.bincount(block, minlength=int(block.max()) + 1))
    rows_of_block = np.split(order, ends[:-1])
    counts = np.zeros((len(column), classes), dtype=np.float32)
    shares = np.zeros((len(rows_of_block), classes))
    forwards = range(len(rows_of_block))
    for direction in (forwards, reversed(forwards)):
        running = np.zeros((size, classes), dtype=np.float32)
        city = np.zeros(classes)
        for index in direction:
            rows = rows_of_block[index]
            counts[rows] += running[column[rows]]
            shares[index] += city
            teaching = rows[labels[rows] >= 0]
            np.add.at(running, (column[teaching], labels[teaching]), 1.0)
            city += np.bincount(labels[teaching], minlength=classes)
            running *= decay
            city *= decay
    history = np.empty((len(column), classes + 1), dtype=np.float32)
    for index, rows in enumerate(rows_of_block):
        history[rows] = _smoothed_log_odds(counts[rows], shares[index])
    history[column < 2] = 0.0
    return history


def _smoothed_log_odds(counts: np.ndarray, city_counts: np.ndarray) -> np.ndarray:
    """Log of the smoothed shares of the classes at a place against the city's, and how many rows speak.

    counts: weighted rows of each class, shape (places, classes).
    city_counts: weighted rows of each class in the whole city, shape (classes,).

    Returns float32, shape (places, classes + 1).
    """
    city = (city_counts + 1) / (city_counts.sum() + len(city_counts))
    total = counts.sum(axis=1, keepdims=True)
    smooth = np.log((counts + SMOOTHING * city) / (total + SMOOTHING)) - np.log(city)
    return np.concatenate([smooth, COUNT_SCALE * np.log1p(total)], axis=1).astype(np.float32)
