"""A period as it is counted: all of its rows, by step of time, by score, and by what people judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from core import inference
from core.monitoring import Share, joined, kept, step_width, total, versions_began
from core.store import DAY, AnswerCounts, CountedStep, Query, Store
from pages.parts.monitoring import source
from pages.parts.monitoring.filters import Meant
from pages.parts.shared.words import counted, system_names, viewer_zone


@dataclass(frozen=True)
class CountedPeriod:
    """All rows of a period, counted.

    kinds: by step of time, system, version and source. steps: the same together, by the start of each step [s since
    1970]. width: of a step. total: of all steps. judged: answers with an outcome; columns system, version, bin, n,
    correct, score. since, until: its ends.
    """

    kinds: list[CountedStep]
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

    @property
    def by_system(self) -> dict[str, AnswerCounts]:
        """The counts of the whole period by system."""
        return {system: total(joined(steps)) for system, steps in self.kinds_by_system.items()}

    @property
    def kinds_by_system(self) -> dict[str, list[CountedStep]]:
        """`kinds` by system, in the order of the systems' names."""
        names = sorted({step.system for step in self.kinds})
        return {name: [step for step in self.kinds if step.system == name] for name in names}

    @property
    def versions_began(self) -> list[tuple[datetime, str]]:
        """Where a version first answered after another had, in the viewer's zone, and its name, for a chart's marks."""
        titles, several = system_names(), len(self.kinds_by_system) > 1
        return [
            (
                datetime.fromtimestamp(start, UTC).astimezone(viewer_zone()),
                f"{titles.get(system, system)} {version}" if several else version,
            )
            for start, system, version in versions_began(self.kinds)
        ]

    @property
    def score_histogram(self) -> tuple[np.ndarray, np.ndarray]:
        """Answers by score, shape (bins,), and the bins' edges in [0, 1], shape (bins + 1,)."""
        return np.asarray(self.total.scores), np.linspace(0.0, 1.0, len(self.total.scores) + 1)

    @property
    def axis(self) -> tuple[datetime, datetime]:
        """What a time axis spans, in the viewer's zone."""
        return self.since.astimezone(viewer_zone()), self.until.astimezone(viewer_zone())

    def accuracy_of(self, system: str) -> Share:
        """Right answers of those of one system that somebody judged."""
        judged = self.judged[self.judged["system"] == system]
        return Share(int(judged["correct"].sum()), int(judged["n"].sum()))


def read(meant: Meant, progress: Callable[[float], object]) -> CountedPeriod:
    """The period that ends now, or as it was a moment ago. progress: hears the share that is counted.

    Raises StoreUnavailable.
    """
    return kept(("period", str(source.log().url), meant), lambda: _count(meant, progress))


def _count(meant: Meant, progress: Callable[[float], object]) -> CountedPeriod:
    log, until = source.log(), source.now()
    since = until - meant.period if meant.period else log.earliest(meant.query) or until
    query = replace(meant.query, since=since, until=until, not_sure_below=inference.SCALES["likely"])
    width = step_width(until - since)
    kinds = log.steps(query, int(width.total_seconds()), progress)
    steps = joined(kinds)
    return CountedPeriod(kinds, steps, width, total(steps), _judged_frame(log, query), since, until)


def _judged_frame(log: Store, query: Query) -> pd.DataFrame:
    """Answers with an outcome by system, version and bin of confidence."""
    rows = [
        (step.system, step.version, index, *bins)
        for step in log.judged_details(query, DAY)
        for index, bins in enumerate(step.details["bins"])
        if bins[0]
    ]
    frame = pd.DataFrame(rows, columns=["system", "version", "bin", "n", "correct", "score"])
    frame = frame.astype({"bin": int, "n": int, "correct": int, "score": float})
    return frame.groupby(["system", "version", "bin"], as_index=False).sum()


def step_name(width: timedelta) -> str:
    """A step's width in words: "minute", "3 hours"."""
    minutes = width // timedelta(minutes=1)
    size, name = next(
        (size, name) for size, name in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes % size == 0
    )
    return name if minutes == size else counted(minutes // size, name)
