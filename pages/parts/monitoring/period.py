"""A period as it is counted: all of its rows, by step of time, by score, and by what people judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from core import inference
from core.monitoring import Share, joined, kept, step_width, total
from core.store import DAY, AnswerCounts, Query, store
from pages.parts.monitoring.filters import Meant


@dataclass(frozen=True)
class CountedPeriod:
    """All rows of a period, counted.

    steps: by the start of each step [s since 1970]. width: of a step. total: of all steps. judged: answers with an
    outcome; columns system, version, bin, n, correct, score. since, until: its ends.
    """

    steps: dict[int, AnswerCounts]
    width: timedelta
    total: AnswerCounts
    judged: pd.DataFrame
    since: datetime
    until: datetime

    @property
    def n(self) -> int:
        """How many rows it has."""
        return self.total.n

    @property
    def accuracy(self) -> Share:
        """Right answers of those that somebody judged."""
        return Share(int(self.judged["correct"].sum()), int(self.judged["n"].sum()))


def read(meant: Meant, progress: Callable[[float], object]) -> CountedPeriod:
    """The period that ends now, or as it was a moment ago. progress: hears the share that is counted.

    Raises StoreUnavailable.
    """
    return kept(("period", str(store().url), meant), lambda: _count(meant, progress))


def _count(meant: Meant, progress: Callable[[float], object]) -> CountedPeriod:
    until = datetime.now(UTC)
    since = until - meant.period if meant.period else store().earliest(meant.query) or until
    query = replace(meant.query, since=since, until=until, not_sure_below=inference.SCALES["likely"])
    width = step_width(until - since)
    steps = joined(store().steps(query, int(width.total_seconds()), progress))
    return CountedPeriod(steps, width, total(steps), _judged_frame(query), since, until)


def _judged_frame(query: Query) -> pd.DataFrame:
    """Answers with an outcome by system, version and bin of confidence."""
    rows = [
        (step.system, step.version, index, *bins)
        for step in store().judged_details(query, DAY)
        for index, bins in enumerate(step.details["bins"])
        if bins[0]
    ]
    frame = pd.DataFrame(rows, columns=["system", "version", "bin", "n", "correct", "score"])
    frame = frame.astype({"bin": int, "n": int, "correct": int, "score": float})
    return frame.groupby(["system", "version", "bin"], as_index=False).sum()
