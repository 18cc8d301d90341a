"""Counts of a period by steps of time and by score; whole days of the past are counted once."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

import sqlalchemy as sa

from core.store import counting, statements
from core.store.query import Query

SHORT = timedelta(days=2)  # periods up to this are counted by the minute
FINE, COARSE = timedelta(minutes=1), timedelta(hours=3)
DAY = timedelta(days=1)
MAX_KEPT = 12  # sets of filters whose days are kept


@dataclass
class StepCounts:
    """How many rows are alike, by step, what became of them and time to answer; and how many answers by score.

    The four arrays are the columns of one table. start: beginning of the step [s since 1970]. state: FAILED, NOT_SURE
    or SURE of `counting`. latency_ms: to two digits, 0 where the request failed. scores: answers per score, bins of
    equal width in [0, 1]. width: of a step.
    """

    width: timedelta
    start: array[int] = field(default_factory=lambda: array("q"))
    state: array[int] = field(default_factory=lambda: array("b"))
    latency_ms: array[float] = field(default_factory=lambda: array("d"))
    n: array[int] = field(default_factory=lambda: array("q"))
    scores: list[int] = field(default_factory=lambda: [0] * counting.SCORE_BINS)

    def add(self, other: StepCounts) -> None:
        """Count the rows of `other` too, which has steps of the same width."""
        for name in ("start", "state", "latency_ms", "n"):
            getattr(self, name).extend(getattr(other, name))
        self.scores = [own + more for own, more in zip(self.scores, other.scores, strict=True)]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.n)


@dataclass(frozen=True)
class TallyCounts:
    """How many rows there are, failed and not sure."""

    n: int
    failed: int
    not_sure: int

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.n


class Counted(Protocol):
    """Counts of rows that know how many rows they are of."""

    @property
    def total(self) -> int:
        """How many rows there are."""


T = TypeVar("T", bound=Counted)
Progress = Callable[[float], object]
"""Hears the share that is counted, in [0, 1]."""


class KeptDays(Generic[T]):
    """Counts periods piece by piece: the parts of a day at both ends anew, the whole days between from memory.

    Each time the rows of those days are counted as a whole, which takes a tenth of the time. Where their number is not
    that of what is kept, the days are counted again: a row that is logged late is not missed.
    """

    def __init__(self, count: Callable[[sa.Connection, Query, timedelta], T]) -> None:
        """count: the counts of a query's rows, by steps of that width."""
        self._count = count
        self._kept: OrderedDict[Query, dict[datetime, T]] = OrderedDict()
        self._lock = threading.Lock()  # what one visit counts, another that waits for it need not

    def read(self, connection: sa.Connection, query: Query, progress: Progress = lambda _share: None) -> list[T]:
        """The pieces of a period. The query has a system; without `since` it is one piece.

        progress: hears of days that are counted for the first time.
        """
        until = query.until or datetime.now(UTC)
        if query.since is None or until - query.since <= SHORT:
            return [self._count(connection, query, FINE)]
        days = list(_whole_days(query.since, until))
        first, last = replace(query, until=days[0]), replace(query, since=days[-1] + DAY)
        pieces = [self._count(connection, end, COARSE) for end in (first, last)]
        with self._lock:
            counts_by_day = self._days_of(query)
            self._forget_changed(connection, query, counts_by_day, [day for day in days if day in counts_by_day])
            for done, day in enumerate(days, start=1):
                if day not in counts_by_day:
                    counts_by_day[day] = self._count(connection, replace(query, since=day, until=day + DAY), COARSE)
                    progress(done / len(days))
                pieces.append(counts_by_day[day])
        return pieces

    @staticmethod
    def _forget_changed(
        connection: sa.Connection, query: Query, counts_by_day: dict[datetime, T], days: list[datetime]
    ) -> None:
        """Forget these days, which are kept, if the number of their rows is another one now."""
        if not days:
            return
        period = replace(query, since=days[0], until=days[-1] + DAY)
        if len(days) != (days[-1] - days[0]) / DAY + 1 or _number(connection, period) != sum(
            counts_by_day[day].total for day in days
        ):
            for day in days:
                del counts_by_day[day]

    def _days_of(self, query: Query) -> dict[datetime, T]:
        """The days that are kept for a query's filters."""
        filters = replace(query, since=None, until=None)
        counts_by_day = self._kept.setdefault(filters, {})
        self._kept.move_to_end(filters)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return counts_by_day


def _whole_days(since: datetime, until: datetime) -> Iterator[datetime]:
    """The beginnings of the days, in UTC, that lie whole between two times more than two days apart."""
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day += DAY if day < since else timedelta()
    while day + DAY <= until:
        yield day
        day += DAY


def steps(connection: sa.Connection, query: Query, width: timedelta) -> StepCounts:
    """The rows of a span of one system, counted by the database."""
    counts, seconds = StepCounts(width), int(width.total_seconds())
    rows = connection.execute(counting.steps(query, seconds, query.not_sure_below))
    for step, state, latency_ms, n in rows.all():
        counts.start.append(step * seconds)
        counts.state.append(state)
        counts.latency_ms.append(latency_ms)
        counts.n.append(n)
    for number, n in connection.execute(counting.scores(query)).all():
        counts.scores[min(number, counting.SCORE_BINS - 1)] += n
    return counts


def tally(connection: sa.Connection, query: Query, _width: timedelta) -> TallyCounts:
    """The rows of a span of one system, counted by the database."""
    return TallyCounts(*connection.execute(counting.tally(query, query.not_sure_below)).one())


def joined(pieces: Iterable[StepCounts]) -> StepCounts:
    """Pieces of one period as one; they have steps of the same width, FINE where there are none."""
    total_counts: StepCounts | None = None
    for piece in pieces:
        total_counts = total_counts or StepCounts(piece.width)
        total_counts.add(piece)
    return total_counts or StepCounts(FINE)


def _number(connection: sa.Connection, query: Query) -> int:
    return int(connection.execute(statements.count(query)).scalar_one())
