"""Scores of answers: how they are spread, and how often answers of each confidence were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.evaluation.shares import Share, wilson
from core.monitoring.rates import count_true

if TYPE_CHECKING:  # see core.monitoring.rates
    import numpy as np
    import pandas as pd


def histogram(scores: Iterable[float], bins: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Counts per bin, shape (bins,), and the bins' edges, shape (bins + 1,), of scores in [0, 1]; NaN is left out."""
    import numpy as np

    present = np.asarray(list(scores), dtype=float)
    return np.histogram(present[~np.isnan(present)], bins=bins, range=(0.0, 1.0))


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
    edges = np.linspace(0.0, 1.0, bins + 1)
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    rows = []
    for index in range(bins):
        inside = bin_of == index
        n, hits = int(inside.sum()), int(right[inside].sum())
        if n:
            rows.append((edges[index], edges[index + 1], n, confidence[inside].mean(), hits / n, *wilson(hits, n)))
    names = ["low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"]
    return pd.DataFrame(rows, columns=names)


def accuracy_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Accuracy among the judged rows for each value of `column`, most judged first. Reads `column` and correct.

    Columns: group, n, accuracy, low, high (Wilson, 95 %).
    """
    import pandas as pd

    judged = frame[frame["correct"].notna() & frame[column].notna()]
    rows = []
    for group, part in judged.groupby(column):
        share = Share(count_true(part["correct"]), len(part))
        rows.append((group, share.n, share.value, *share.interval))
    table = pd.DataFrame(rows, columns=["group", "n", "accuracy", "low", "high"])
    return table.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)
