"""Answers held against the truth, where it is known for many records at once: figures with intervals, and confusions.

Pure functions of a table with one row per record. Its columns: truth (what the record was), value (the best guess),
score (the probability of that), truth_rank (the truth's place among the guesses, 1 being the best; 0 if the version
does not know it), truth_score (the probability that it was given) and set_size (how many guesses are in the 90 % set).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.classes import calibration_error
from core.monitoring import Share, reliability

COLUMNS = ("truth", "value", "score", "truth_rank", "truth_score", "set_size")
UNSEEN = 1e-15  # probability of a category that the version does not know
SEVERAL = 3
RESAMPLES = 500
SKEWED = 2000  # records up to which a mean's interval is found by resampling
Z_95 = 1.959964
OTHER = "other"


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Figures:
    """How well some answers fit the truth.

    n: records. top1, top3: the truth is the best guess, or among the SEVERAL best. coverage: it is in the 90 % set.
    log_loss: mean of -log of the probability given to it [nats]. unknown: records of a category that the version does
    not know; they count as wrong.
    """

    n: int
    top1: Share
    top3: Share
    coverage: Share
    log_loss: Estimate
    set_size: float
    unknown: int


def figures(judged: pd.DataFrame) -> Figures | None:
    """The figures of the rows that have a truth; None if none has."""
    known = judged[judged["truth"].notna()]
    if known.empty:
        return None
    rank, count = known["truth_rank"].to_numpy(), len(known)
    listed = rank >= 1
    probability = np.where(listed, np.maximum(known["truth_score"].to_numpy(dtype=float), UNSEEN), UNSEEN)
    return Figures(
        n=count,
        top1=Share(int((rank == 1).sum()), count),
        top3=Share(int((listed & (rank <= SEVERAL)).sum()), count),
        coverage=Share(int((listed & (rank <= known["set_size"].to_numpy())).sum()), count),
        log_loss=mean(-np.log(probability)),
        set_size=float(known["set_size"].mean()),
        unknown=int((~listed).sum()),
    )


def mean(values: np.ndarray) -> Estimate:
    """The mean of values, shape (n,), n > 0, with its 95 % interval: by resampling, of many by the central limit."""
    middle = float(values.mean())
    if len(values) > SKEWED:
        half = Z_95 * float(values.std(ddof=1)) / np.sqrt(len(values))
        return Estimate(middle, middle - half, middle + half)
    random = np.random.default_rng(0)  # the same records give the same interval
    means = values[random.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(middle, float(low), float(high))


def calibration(judged: pd.DataFrame) -> tuple[pd.DataFrame, float | None]:
    """The reliability table of the best guesses, and their expected calibration error."""
    known = judged[judged["truth"].notna()]
    right = (known["truth_rank"] == 1).to_numpy()
    return reliability(known["score"], right), calibration_error(known["score"].to_numpy(dtype=float), right)


def by(judged: pd.DataFrame, column: str) -> pd.DataFrame:
    """Figures for each value of `column`, most records first.

    Columns: group, n, top1, top1_low, top1_high, top3, top3_low, top3_high, log_loss, log_loss_low, log_loss_high;
    shares in [0, 1], intervals of 95 %.
    """
    rows = []
    known = judged[judged["truth"].notna() & judged[column].notna()]
    for group, part in known.groupby(column, observed=True):
        found = figures(part)
        if found:
            loss = found.log_loss
            rows.append(
                (group, found.n, *_share(found.top1), *_share(found.top3), loss.value, loss.low, loss.high),
            )
    shares = [f"{name}{end}" for name in ("top1", "top3", "log_loss") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=["group", "n", *shares])
    return table.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)


def _share(share: Share) -> tuple[float | None, float, float]:
    return share.value, *share.interval


def confusion(judged: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Counts of truth (rows) by best guess (columns) for the `most` frequent categories; the rest is OTHER."""
    known = judged[judged["truth"].notna()]
    truth, guess = known["truth"].astype(object), known["value"].astype(object)
    kept = list(truth.value_counts().index[:most])
    table = pd.crosstab(truth.where(truth.isin(kept), OTHER), guess.where(guess.isin(kept), OTHER))
    order = [*kept, *([OTHER] if OTHER in table.index or OTHER in table.columns else [])]
    return table.reindex(index=order, columns=order, fill_value=0).rename_axis(index="truth", columns="value")
