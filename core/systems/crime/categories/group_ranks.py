"""Answers at the level of NIBRS groups: what two cities' categories have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.systems.crime.categories.nibrs import nibrs_group

DECIMALS = 6


def group_columns(
    labels: Sequence[str], probabilities: np.ndarray, order: np.ndarray, set_sizes: np.ndarray, truths: np.ndarray
) -> pd.DataFrame:
    """The likeliest group of each record, and where the true one stands.

    labels: names of the classes, shape (classes,).
    probabilities: calibrated, shape (n, classes); a group has the sum of its categories'.
    order: classes best first, int, shape (n, classes). set_sizes: classes in the 90 % set, int, shape (n,).
    truths: the true groups, texts or None, shape (n,).

    Columns: group, group_score, truth_group_rank (1 being the best; 0 if no category of this version is in the true
    group), truth_group_score, group_set_size (the best groups that hold every category of the 90 % set, so that they
    hold the truth at least as often); n rows.
    """
    group_of = [nibrs_group(label) for label in labels]
    names = sorted({group for group in group_of if group is not None})
    if not names:
        return _without_groups(len(truths))
    member = np.array([[group == name for name in names] for group in group_of], dtype=np.float32)
    shares = probabilities @ member
    ranked = np.argsort(-shares, axis=1, kind="stable")
    ranks = np.empty_like(ranked)
    np.put_along_axis(ranks, ranked, np.broadcast_to(np.arange(1, len(names) + 1), ranked.shape), axis=1)
    in_set = np.zeros(probabilities.shape, dtype=np.float32)
    np.put_along_axis(in_set, order, (np.arange(len(labels)) < np.asarray(set_sizes)[:, None]).astype(np.float32), 1)
    codes, distinct = pd.factorize(truths)
    true = np.array([*(names.index(name) if name in names else -1 for name in distinct), -1])[codes]
    rows, there = np.arange(len(true)), true >= 0
    return pd.DataFrame(
        {
            "group": np.array(names, dtype=object)[ranked[:, 0]],
            "group_score": _rounded(shares[rows, ranked[:, 0]]),
            "truth_group_rank": np.where(there, ranks[rows, true], 0),
            "truth_group_score": np.where(there, _rounded(shares[rows, true]), 0.0),
            "group_set_size": np.maximum((ranks * (in_set @ member > 0)).max(axis=1), 1),
        }
    )


def _rounded(shares: np.ndarray) -> np.ndarray:
    return np.minimum(shares.astype(np.float64), 1.0).round(DECIMALS)


def _without_groups(count: int) -> pd.DataFrame:
    """The columns where no category of the version belongs to a group."""
    zero_ranks, zero_scores = np.zeros(count, dtype=np.int64), np.zeros(count)
    return pd.DataFrame(
        {
            "group": np.full(count, None, dtype=object),
            "group_score": zero_scores,
            "truth_group_rank": zero_ranks,
            "truth_group_score": zero_scores,
            "group_set_size": zero_ranks,
        }
    )
