"""How many, how fast, how often in vain: rates and times of a period, in all and over time.

A `frame` has one row per kind of predictions that are alike, or one per prediction, and these columns, of which each
function names the ones that it reads:

| column | meaning |
|---|---|
| created_at | time of the predictions, or the beginning of the step in which they were made; with its zone |
| status | "answered" or "failed" |
| abstained | True where the answer was "not sure"; missing where it failed |
| latency_ms | time to answer [ms] |
| n | how many predictions the row stands for |
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
POINTS = (50, 95, 99)  # percentiles of the time to answer
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


def summarise(frame: pd.DataFrame, accuracy: Share) -> PeriodSummary:
    """A period in figures. Reads status, abstained, latency_ms, n. accuracy: right answers of those judged."""
    answered = frame[frame["status"] == "answered"]
    total, count = int(frame["n"].sum()), int(answered["n"].sum())
    return PeriodSummary(
        n=total,
        failed=Share(total - count, total),
        not_sure=Share(int(answered.loc[answered["abstained"].eq(True).astype(bool), "n"].sum()), count),
        accuracy=accuracy,
        latency=percentiles(answered["latency_ms"], answered["n"]),
    )


def percentiles(
    values: Iterable[float], counts: Iterable[int] | None = None, points: Sequence[int] = POINTS
) -> dict[int, float]:
    """{point: percentile}, linear between neighbours (type 7 of Hyndman and Fan 1996); empty for no values.

    values: any numbers; missing ones (NaN) are left out.
    counts: how often each occurs; once if left out.
    points: the wanted percentiles, in [0, 100].
    """
    import numpy as np

    present = np.asarray(list(values), dtype=float)
    if counts is not None:
        present = np.repeat(present, np.asarray(list(counts), dtype=int))
    present = present[~np.isnan(present)]
    if present.size == 0:
        return {}
    return dict(zip(points, (float(value) for value in np.percentile(present, points)), strict=True))


def step_width(span: timedelta, max_steps: int = MAX_STEPS) -> timedelta:
    """The shortest readable width that cuts `span` into at most `max_steps` steps."""
    return next((width for width in WIDTHS if span <= max_steps * width), WIDTHS[-1])


def busiest(frame: pd.DataFrame) -> int:
    """The greatest number of predictions in any one of the frame's steps; 0 for none. Reads created_at, n."""
    return 0 if frame.empty else int(frame.groupby("created_at")["n"].sum().max())


def over_time(frame: pd.DataFrame, width: timedelta) -> pd.DataFrame:
    """One row per step of `width`, from the first to the last with predictions, empty ones between included.

    Reads created_at, status, abstained, latency_ms, n. Columns: start (of the step), n, answered, failed, not_sure
    (counts), failed_share (of n), not_sure_share (of answered), p50, p95, p99 (time to answer [ms]); shares and
    percentiles are missing where there is nothing to divide by.
    """
    import numpy as np
    import pandas as pd

    answered = frame["status"] == "answered"
    is_not_sure = answered & frame["abstained"].eq(True).astype(bool)
    parts = pd.DataFrame(
        {
            "start": frame["created_at"].dt.floor(width),
            "n": frame["n"],
            "answered": frame["n"].where(answered, 0),
            "not_sure": frame["n"].where(is_not_sure, 0),
        }
    )
    steps = parts.groupby("start")[["n", "answered", "not_sure"]].sum().astype(int)
    times = frame.loc[answered, ["latency_ms", "n"]].groupby(parts["start"])
    quantiles = {start: percentiles(part["latency_ms"], part["n"]) for start, part in times}
    for point in POINTS:
        values = [quantiles.get(start, {}).get(point, np.nan) for start in steps.index]
        steps[f"p{point}"] = pd.Series(values, index=steps.index, dtype=float)
    if len(steps):
        steps = steps.reindex(pd.date_range(steps.index[0], steps.index[-1], freq=width))
        counts = ["answered", "not_sure", "n"]
        steps[counts] = steps[counts].fillna(0).astype(int)
    steps["failed"] = steps["n"] - steps["answered"]
    steps["failed_share"] = steps["failed"] / steps["n"].where(steps["n"] > 0)
    steps["not_sure_share"] = steps["not_sure"] / steps["answered"].where(steps["answered"] > 0)
    return steps.rename_axis("start").reset_index()
