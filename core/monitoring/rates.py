"""How many, how fast, how often in vain: rates and times of a period, in all and over time.

A period comes as the store counts it: `AnswerCounts` by the start of each step of time [s since 1970].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.evaluation.shares import Share
from core.store.rollups.counts import AnswerCounts, latency_of

if TYPE_CHECKING:  # functions over arrays and tables import these themselves: Home needs shares alone, and fast
    import pandas as pd

    from core.store.rollups.reading import CountedStep

WIDTHS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 60, 180, 360, 1440, 10080, 43200))
"""Widths of a time step that a person reads easily, from one minute to thirty days."""
POINTS = (50, 95, 99)  # percentiles of the time to answer
MAX_STEPS = 92  # three months by the day: bars that still can be told apart on a phone
Steps = Mapping[int, AnswerCounts]


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


def joined(steps: Iterable[CountedStep]) -> dict[int, AnswerCounts]:
    """Counts of all systems, versions and sources together, by start of the step [s since 1970]."""
    together: dict[int, AnswerCounts] = {}
    for step in steps:
        together.setdefault(step.start, AnswerCounts()).add(step.counts)
    return together


def versions_began(steps: Iterable[CountedStep]) -> list[tuple[int, str, str]]:
    """When a version first answered after another of its system had: (start of the step, system, version), in order."""
    first: dict[tuple[str, str], int] = {}
    for step in steps:
        if step.version:
            kind = step.system, step.version
            first[kind] = min(step.start, first.get(kind, step.start))
    began = sorted((start, system, version) for (system, version), start in first.items())
    first_of = {system: start for start, system, _ in reversed(began)}
    return [(start, system, version) for start, system, version in began if start > first_of[system]]


def total(steps: Steps) -> AnswerCounts:
    """The counts of a whole period."""
    counts = AnswerCounts()
    for step in steps.values():
        counts.add(step)
    return counts


def summarise(counts: AnswerCounts, accuracy: Share) -> PeriodSummary:
    """A period in figures. accuracy: right answers of those judged."""
    answered = counts.n - counts.failed
    return PeriodSummary(
        n=counts.n,
        failed=Share(counts.failed, counts.n),
        not_sure=Share(counts.not_sure, answered),
        accuracy=accuracy,
        latency=latency_percentiles(counts),
    )


def latency_percentiles(counts: AnswerCounts, points: Sequence[int] = POINTS) -> dict[int, float]:
    """{point: percentile of the time to answer [ms]}, within 5 %; empty where nothing was answered."""
    return percentiles([latency_of(name) for name in counts.latency], list(counts.latency.values()), points)


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
    often = np.ones(present.shape, dtype=np.int64) if counts is None else np.asarray(list(counts), dtype=np.int64)
    often = often[~np.isnan(present)]
    present = present[~np.isnan(present)]
    if often.sum() == 0:
        return {}
    order = np.argsort(present)
    ends = np.cumsum(often[order])  # the k-th smallest value, from 0, is the first whose end lies beyond k
    places = (ends[-1] - 1) * np.asarray(points, dtype=float) / 100
    below, above = (present[order][np.searchsorted(ends, edge(places), side="right")] for edge in (np.floor, np.ceil))
    interpolated = below + (above - below) * (places - np.floor(places))
    return dict(zip(points, interpolated.tolist(), strict=True))


def step_width(span: timedelta, max_steps: int = MAX_STEPS) -> timedelta:
    """The shortest readable width that cuts `span` into at most `max_steps` steps."""
    return next((width for width in WIDTHS if span <= max_steps * width), WIDTHS[-1])


def busiest(steps: Steps) -> int:
    """The greatest number of predictions in any one step; 0 for none."""
    return max((counts.n for counts in steps.values()), default=0)


def over_time(steps: Steps, width: timedelta) -> pd.DataFrame:
    """One row per step of `width`, from the first to the last with predictions, empty ones between included.

    width: that of the given steps. Columns: start (UTC), n, answered, failed, not_sure (counts), failed_share (of n),
    not_sure_share (of answered), p50, p95, p99 (time to answer [ms]); shares and percentiles are missing where there is
    nothing to divide by.
    """
    import numpy as np
    import pandas as pd

    starts = sorted(steps)
    columns = {name: [getattr(steps[start], name) for start in starts] for name in ("n", "failed", "not_sure")}
    index = pd.to_datetime(np.asarray(starts, dtype="int64"), unit="s", utc=True)
    table = pd.DataFrame(columns, index=index, dtype=int)
    quantiles = [latency_percentiles(steps[start]) for start in starts]
    for point in POINTS:
        table[f"p{point}"] = np.array([each.get(point, np.nan) for each in quantiles], dtype=float)
    if starts:
        table = table.reindex(pd.date_range(table.index[0], table.index[-1], freq=width))
    table[list(columns)] = table[list(columns)].fillna(0).astype(int)
    table["answered"] = table["n"] - table["failed"]
    table["failed_share"] = table["failed"] / table["n"].where(table["n"] > 0)
    table["not_sure_share"] = table["not_sure"] / table["answered"].where(table["answered"] > 0)
    return table.rename_axis("start").reset_index()
