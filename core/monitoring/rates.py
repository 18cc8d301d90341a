"""How many, how fast, how often in vain: rates and times of a period, in all and over time.

A `frame` has one row per prediction and these columns, of which each function names the ones that it reads:

| column | meaning |
|---|---|
| created_at | time of the prediction, with its zone |
| status | "answered" or "failed" |
| score | calibrated probability of the answer, in [0, 1]; missing where it failed |
| abstained | True where the answer was "not sure"; missing where it failed |
| latency_ms | time to answer [ms] |
| correct | whether the answer was right; missing where nobody said |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.evaluation.shares import Share

if TYPE_CHECKING:  # functions over arrays and tables import these themselves: Home needs shares alone, and fast
    import pandas as pd

WIDTHS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1440, 10080, 43200))
"""Widths of a time step that a person reads easily, from one minute to thirty days."""
MAX_STEPS = 60  # bars that still can be told apart on a phone


@dataclass(frozen=True)
class PeriodSummary:
    """A period in figures."""

    n: int
    """Predictions, failures too."""
    failed: Share
    """Of all predictions."""
    not_sure: Share
    """Of those answered."""
    accuracy: Share
    """Of those that somebody judged; a "not sure" counts by its best guess."""
    latency: dict[int, float]
    """{percentile: time to answer [ms]} of those answered; empty without any."""


def summarise(frame: pd.DataFrame) -> PeriodSummary:
    """A period in figures. Reads status, abstained, correct, latency_ms."""
    answered = frame["status"] == "answered"
    count = int(answered.sum())
    return PeriodSummary(
        n=len(frame),
        failed=Share(len(frame) - count, len(frame)),
        not_sure=Share(count_true(frame.loc[answered, "abstained"]), count),
        accuracy=Share(count_true(frame["correct"]), int(frame["correct"].notna().sum())),
        latency=percentiles(frame.loc[answered, "latency_ms"]),
    )


def percentiles(values: Iterable[float], points: Sequence[int] = (50, 95, 99)) -> dict[int, float]:
    """{point: percentile}, linear between neighbours (type 7 of Hyndman and Fan 1996); empty for no values.

    values: any numbers; missing ones (NaN) are left out.
    points: the wanted percentiles, in [0, 100].
    """
    import numpy as np

    present = np.asarray(list(values), dtype=float)
    present = present[~np.isnan(present)]
    if present.size == 0:
        return {}
    return dict(zip(points, (float(value) for value in np.percentile(present, points)), strict=True))


def step_width(span: timedelta, max_steps: int = MAX_STEPS) -> timedelta:
    """The shortest readable width that cuts `span` into at most `max_steps` steps."""
    return next((width for width in WIDTHS if span <= max_steps * width), WIDTHS[-1])


def busiest(times: pd.Series, width: timedelta = timedelta(minutes=1)) -> int:
    """The greatest number of predictions in any one step of `width`; 0 for none."""
    return 0 if times.empty else int(times.dt.floor(width).value_counts().max())


def over_time(frame: pd.DataFrame, width: timedelta) -> pd.DataFrame:
    """One row per step of `width`, from the first to the last with predictions, empty ones between included.

    Reads created_at, status, abstained, latency_ms. Columns: start (of the step), n, answered, failed, not_sure
    (counts), failed_share (of n), not_sure_share (of answered), p50, p95, p99 (time to answer [ms]); shares and
    percentiles are missing where there is nothing to divide by.
    """
    import pandas as pd

    answered = frame["status"] == "answered"
    parts = pd.DataFrame(
        {
            "start": frame["created_at"].dt.floor(width),
            "answered": answered,
            "not_sure": answered & frame["abstained"].eq(True).astype(bool),
            "latency": frame["latency_ms"].astype(float).where(answered),
        }
    )
    groups = parts.groupby("start")
    steps = groups[["answered", "not_sure"]].sum().astype(int)
    steps["n"] = groups.size()
    for name, point in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        steps[name] = groups["latency"].quantile(point)
    if len(steps):
        steps = steps.reindex(pd.date_range(steps.index[0], steps.index[-1], freq=width))
        counts = ["answered", "not_sure", "n"]
        steps[counts] = steps[counts].fillna(0).astype(int)
    steps["failed"] = steps["n"] - steps["answered"]
    steps["failed_share"] = steps["failed"] / steps["n"].where(steps["n"] > 0)
    steps["not_sure_share"] = steps["not_sure"] / steps["answered"].where(steps["answered"] > 0)
    return steps.rename_axis("start").reset_index()


def count_true(values: pd.Series) -> int:
    """How many are True; missing ones are not."""
    return int(values.eq(True).sum())
