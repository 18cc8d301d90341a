"""Answers held against the truth, where it is known for many records at once: figures with intervals, and confusions.

Pure functions of a table with one row per record and these columns:

| column | meaning |
|---|---|
| truth | what the record was; missing where nobody said |
| value | the best guess |
| score | the probability of that, in [0, 1] |
| truth_rank | rank of the truth among the guesses, 1 being the best; 0 if the version does not know it |
| truth_score | the probability that the truth was given, in [0, 1] |
| set_size | how many guesses are in the 90 % set |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.probabilities import calibration_error
from core.evaluation.shares import Z_95, Share
from core.monitoring.confidence import reliability

COLUMNS = ("truth", "value", "score", "truth_rank", "truth_score", "set_size")
UNSEEN = 1e-15  # probability of a category that the version does not know
SEVERAL = 3  # best guesses
RESAMPLES = 500
MAX_RESAMPLED = 2000  # records up to which a mean's interval is found by resampling
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
    labelled = judged[judged["truth"].notna()]
    if labelled.empty:
        return None
    rank, count = labelled["truth_rank"].to_numpy(), len(labelled)
    listed = rank >= 1
    probability = np.where(listed, np.maximum(labelled["truth_score"].to_numpy(dtype=float), UNSEEN), UNSEEN)
    return Figures(
        n=count,
        top1=Share(int((rank == 1).sum()), count),
        top3=Share(int((listed & (rank <= SEVERAL)).sum()), count),
        coverage=Share(int((listed & (rank <= labelled["set_size"].to_numpy())).sum()), count),
        log_loss=mean_with_interval(-np.log(probability)),
        set_size=float(labelled["set_size"].mean()),
        unknown=int((~listed).sum()),
    )


def mean_with_interval(values: np.ndarray) -> Estimate:
    """The mean of values, shape (n,), n > 0, with its 95 % interval.

    By the bootstrap (500 resamples) up to MAX_RESAMPLED values, for losses are skewed; by the central limit theorem
    beyond.
    """
    middle = float(values.mean())
    if len(values) > MAX_RESAMPLED:
        half = Z_95 * float(values.std(ddof=1)) / np.sqrt(len(values))
        return Estimate(middle, middle - half, middle + half)
    random = np.random.default_rng(0)  # the same records give the same interval
    means = values[random.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(middle, float(low), float(high))


def calibration(judged: pd.DataFrame) -> tuple[pd.DataFrame, float | None]:
    """The reliability table of the best guesses, and their expected calibration error."""
    labelled = judged[judged["truth"].notna()]
    right = (labelled["truth_rank"] == 1).to_numpy()
    return reliability(labelled["score"], right), calibration_error(labelled["score"].to_numpy(dtype=float), right)


def figures_by(judged: pd.DataFrame, column: str) -> pd.DataFrame:
    """Figures for each value of `column`, most records first.

    Columns: group, n, top1, top1_low, top1_high, top3, top3_low, top3_high, log_loss, log_loss_low, log_loss_high;
    shares in [0, 1], intervals of 95 %.
    """
    rows = []
    labelled = judged[judged["truth"].notna() & judged[column].notna()]
    for group, part in labelled.groupby(column, observed=True):
        scores = figures(part)
        if scores:
            loss = scores.log_loss
            rows.append(
                (group, scores.n, *_share(scores.top1), *_share(scores.top3), loss.value, loss.low, loss.high),
            )
    shares = [f"{name}{end}" for name in ("top1", "top3", "log_loss") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=["group", "n", *shares])
    return table.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)


def _share(share: Share) -> tuple[float | None, float, float]:
    return share.value, *share.interval


def confusion(judged: pd.DataFrame, max_categories: int = 10) -> pd.DataFrame:
    """Counts of truth (rows) by best guess (columns); all but the `max_categories` most frequent are OTHER."""
    labelled = judged[judged["truth"].notna()]
    truth, guess = labelled["truth"].astype(object), labelled["value"].astype(object)
    frequent = list(truth.value_counts().index[:max_categories])
    table = pd.crosstab(truth.where(truth.isin(frequent), OTHER), guess.where(guess.isin(frequent), OTHER))
    order = [*frequent, *([OTHER] if OTHER in table.index or OTHER in table.columns else [])]
    return table.reindex(index=order, columns=order, fill_value=0).rename_axis(index="truth", columns="value")
