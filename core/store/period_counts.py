"""Counts of a period by steps of time and by score: whole hours from `hour_counts`, the rest from the rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import add

import sqlalchemy as sa

from core.store import counting, statements
from core.store.hour_counts import HOUR, hour_of, start_of
from core.store.query import Query
from core.store.tables import hours

SHORT = timedelta(days=2)  # periods up to this are counted by the minute
FINE, COARSE = timedelta(minutes=1), timedelta(hours=3)


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

    def add(self, start: Sequence[int], state: Sequence[int], latency_ms: Sequence[float], n: Sequence[int]) -> None:
        """Count more rows, given by column."""
        self.start.extend(start)
        self.state.extend(state)
        self.latency_ms.extend(latency_ms)
        self.n.extend(n)

    def add_scores(self, scores: Sequence[int]) -> None:
        """Count the scores of more answers, given by bin."""
        self.scores = list(map(add, self.scores, scores))

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.n)


@dataclass
class TallyCounts:
    """How many rows there are, failed and not sure."""

    n: int = 0
    failed: int = 0
    not_sure: int = 0

    def add(self, n: int | None, failed: int | None, not_sure: int | None) -> None:
        """Count more rows; None stands for zero."""
        self.n += n or 0
        self.failed += failed or 0
        self.not_sure += not_sure or 0


def width_of(query: Query) -> timedelta:
    """The width of a step: a minute for periods up to SHORT, else three hours."""
    return FINE if query.since and query.until and query.until - query.since <= SHORT else COARSE


def add_steps(connection: sa.Connection, query: Query, until: int | None, counts: StepCounts) -> None:
    """Count the rows of one system. until: hours before this are in the table of hours; None if none are."""
    seconds = int(counts.width.total_seconds())
    rows_only, within = _parts(query, until if seconds >= HOUR else None)
    for part in rows_only:
        statement = counting.steps(part, seconds, query.not_sure_below)
        if rows := connection.execute(statement).all():
            step, *columns = zip(*rows, strict=True)
            counts.add([number * seconds for number in step], *columns)
        counts.add_scores(counting.by_bin(connection.execute(counting.scores(part)).all()))
    for condition in within:
        wanted = sa.select(hours.c.hour, hours.c.steps, hours.c.scores).where(*condition)
        for hour, steps, scores in connection.execute(wanted):
            start = hour * HOUR // seconds * seconds
            counts.add([start] * len(steps["n"]), steps["state"], steps["latency_ms"], steps["n"])
            counts.add_scores(scores)


def tally(connection: sa.Connection, query: Query, until: int | None) -> TallyCounts:
    """The rows that are meant, counted; `until` as in `add_steps`."""
    counts = TallyCounts()
    rows_only, within = _parts(query, until)
    for part in rows_only:
        counts.add(*connection.execute(counting.tally(part, query.not_sure_below)).one())
    for condition in within:
        sums = (sa.func.sum(hours.c[name]).label(name) for name in ("n", "failed", "not_sure"))
        counts.add(**connection.execute(sa.select(*sums).where(*condition)).mappings().one())
    return counts


def number(connection: sa.Connection, query: Query, until: int | None) -> int:
    """How many rows are meant; `until` as in `add_steps`."""
    if query.value is not None or query.batch is not None or query.finding not in (None, "not sure"):
        return int(connection.execute(statements.count(query)).scalar_one())
    counts = tally(connection, replace(query, status=None, finding=None), until)
    if query.finding == "not sure":
        return counts.not_sure if query.status != "failed" else 0
    return {None: counts.n, "failed": counts.failed}.get(query.status, counts.n - counts.failed)


def _parts(query: Query, until: int | None) -> tuple[list[Query], list[list[sa.ColumnElement[bool]]]]:
    """What is counted row by row, and the conditions on the table of hours (none or one list of them)."""
    now = query.until or datetime.now(UTC) + timedelta(days=36500)
    first = None if query.since is None else hour_of(query.since) + (query.since > start_of(hour_of(query.since)))
    last = min(hour_of(now), until) if until is not None and query.site is None else None  # hours know no sites
    if last is None or (first is not None and last <= first):
        return [query], []
    conditions = [hours.c.hour < last]
    if query.system is not None:
        conditions.append(hours.c.system == query.system)
    if first is not None:
        conditions.append(hours.c.hour >= first)
    filters = {name: getattr(query, name) for name in ("version", "source")}
    conditions += [hours.c[name] == value for name, value in filters.items() if value is not None]
    return list(_ends(query, first, last)), [conditions]


def _ends(query: Query, first: int | None, last: int) -> Iterator[Query]:
    """The parts of a period before and after its whole hours."""
    if first is not None and query.since is not None and query.since < start_of(first):
        yield replace(query, until=start_of(first))
    if query.until is None or query.until > start_of(last):
        yield replace(query, since=start_of(last))
