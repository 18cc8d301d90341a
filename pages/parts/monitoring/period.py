"""A period as it is counted: all of its rows, by step of time, by score, and by what people judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from core import inference
from core.monitoring import Share, kept
from core.store import JudgedCount, StepCounts, store
from pages.parts.monitoring.filters import Meant

STATES = ("failed", "not sure", "sure")
"""What the states of `StepCounts` stand for."""


@dataclass(frozen=True)
class CountedPeriod:
    """All rows of a period, counted.

    rows: one per step, state and time to answer; columns created_at (of the step), status, abstained, latency_ms, n.
    width: of a step. scores: answers by score, in bins of equal width over [0, 1]. judged: answers with an outcome;
    columns system, version, bin, n, correct, score. since, until: its ends.
    """

    rows: pd.DataFrame
    width: timedelta
    scores: np.ndarray
    judged: pd.DataFrame
    since: datetime
    until: datetime

    @property
    def n(self) -> int:
        """How many rows it has."""
        return int(self.rows["n"].sum())

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
    counts, judged = store().steps(query, progress), store().judged(query)
    return CountedPeriod(_frame(counts), counts.width, np.asarray(counts.scores), _judged_frame(judged), since, until)


def _frame(counts: StepCounts) -> pd.DataFrame:
    state = np.asarray(counts.state, dtype=int)
    is_failed = state == STATES.index("failed")
    return pd.DataFrame(
        {
            "created_at": pd.to_datetime(np.asarray(counts.start, dtype="int64"), unit="s", utc=True),
            "status": np.where(is_failed, "failed", "answered"),
            "abstained": state == STATES.index("not sure"),
            "latency_ms": np.where(is_failed, np.nan, np.asarray(counts.latency_ms, dtype=float)),
            "n": np.asarray(counts.n, dtype="int64"),
        }
    )


def _judged_frame(judged: list[JudgedCount]) -> pd.DataFrame:
    frame = pd.DataFrame(judged, columns=["system", "version", "bin", "n", "correct", "score"])
    return frame.astype({"bin": int, "n": int, "correct": int, "score": float})
