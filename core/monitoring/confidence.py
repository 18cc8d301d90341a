"""Scores of answers: how often answers of each confidence were right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.evaluation.shares import Share, wilson

if TYPE_CHECKING:  # see core.monitoring.rates
    import pandas as pd


def reliability(scores: Sequence[float], correct: Sequence[bool], bins: int = 10) -> pd.DataFrame:
    """How often answers of each confidence were right: one row per bin that holds any.

    Bins are (low, high], the first with its low end, as in Guo et al. 2017 (arXiv:1706.04599).
    Columns: low, high (edges), n, confidence (mean score), accuracy, accuracy_low, accuracy_high (Wilson, 95 %).

    scores: confidence of each answer, in [0, 1], shape (n,).
    correct: whether it was right, shape (n,).
    bins: number of bins of equal width.
    """
    import numpy as np
    import pandas as pd

    confidence, right = np.asarray(scores, dtype=float), np.asarray(correct, dtype=bool)
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counted = pd.DataFrame({"bin": bin_of, "n": 1, "correct": right.astype(int), "score": confidence})
    return reliability_of_counts(counted, bins)


def reliability_of_counts(counted: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """The table of `reliability`, from answers that are counted already.

    counted: columns bin (from 0), n, correct (how many of them), score (their sum); a bin may have several rows.
    """
    import pandas as pd

    names = ["low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"]
    rows = []
    bin_of = counted["bin"].clip(0, bins - 1)  # a score of exactly 0 belongs to the first
    for index, (n, hits, total) in counted.groupby(bin_of)[["n", "correct", "score"]].sum().iterrows():
        edges = index / bins, (index + 1) / bins
        rows.append((*edges, int(n), total / n, hits / n, *wilson(int(hits), int(n))))
    return pd.DataFrame(rows, columns=names)


def accuracy_by(counted: pd.DataFrame, column: str) -> pd.DataFrame:
    """Accuracy for each value of `column`, most judged first. Reads `column`, n and correct (how many of the n).

    Columns: group, n, accuracy, low, high (Wilson, 95 %).
    """
    import pandas as pd

    rows = []
    for group, part in counted[counted[column].notna()].groupby(column):
        share = Share(int(part["correct"].sum()), int(part["n"].sum()))
        rows.append((group, share.n, share.value, *share.interval))
    table = pd.DataFrame(rows, columns=["group", "n", "accuracy", "low", "high"])
    return table.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)
