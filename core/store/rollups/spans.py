"""Spans of time with the number of meant rows in each, so that the row of a number is found without those before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store import counting, statements
from core.store.query import Query
from core.store.rollups import reading
from core.store.rollups.levels import DAY, HOUR, MINUTE, Counted, Steps, moment
from core.store.rollups.tables import answer_rollups, judged_rollups, rollups

MAX_IN_HOUR = 5000  # meant rows: beyond, the minutes of an hour are looked at
JUDGED = ("judged", "right", "wrong")


@dataclass(frozen=True)
class Span:
    """How many meant rows lie between two times; None stands for no bound. level: width of the step [s], 0 for none."""

    since: datetime | None
    until: datetime | None
    n: int
    level: int


def is_counted(query: Query) -> bool:
    """Whether the kept counts know how many rows are meant."""
    if query.batch is not None or query.site is not None or (query.finding and query.status):
        return False
    return query.value is None or (query.finding is None and query.status != "failed")


def spans(connection: sa.Connection, parts: Sequence[Query], counted: Counted | None, widest: int = DAY) -> list[Span]:
    """The meant rows of some systems by spans without gaps, newest first. parts: a query for each system."""
    numbers: Counter[tuple[int, datetime | None, datetime | None]] = Counter()
    for query in parts:
        stored, gaps = reading.split_period(query, _kept(query, counted), widest)
        for steps in stored:
            for start, n in _stored_numbers(connection, query, steps):
                numbers[steps.level, moment(start), moment(start + steps.level)] += n
        for gap in gaps:
            numbers[0, gap.since, gap.until] += _number(connection, gap)
    filled = [Span(since, until, n, level) for (level, since, until), n in numbers.items() if n]
    return sorted(filled, key=lambda span: (span.until is None, span.until), reverse=True)


def narrow(
    connection: sa.Connection, parts: Sequence[Query], counted: Counted | None, period: Sequence[Span], offset: int
) -> Iterator[tuple[Span, int]]:
    """The narrow spans that hold the rows after the first `offset`, newest first, and how many of each to pass over.

    period: what `spans` gave; those without rows are left out.
    """
    for span in period:
        if offset >= span.n:
            offset -= span.n
            continue
        level = {DAY: HOUR, HOUR: MINUTE if span.n > MAX_IN_HOUR else None}.get(span.level)
        within = [replace(part, since=span.since, until=span.until) for part in parts]
        inner = spans(connection, within, counted, level) if level else []
        if all(each.level == 0 for each in inner):  # minutes are kept for a few days only
            yield span, offset
        else:
            yield from narrow(connection, within, counted, inner, offset)
        offset = 0


def _kept(query: Query, counted: Counted | None) -> Counted | None:
    """How far the table is counted that knows what is meant: answers and outcomes are not counted by the minute."""
    if counted is not None and (query.value is not None or query.finding in JUDGED):
        return reading.without_minutes(counted)
    return counted


def _stored_numbers(connection: sa.Connection, query: Query, steps: Steps) -> Iterator[tuple[int, int]]:
    """The start of each kept step [s since 1970], and how many of its rows are meant."""
    if query.finding in JUDGED:
        for start, details in _details(connection, judged_rollups, query, steps):
            right, judged = details["correct"], details["n"]
            yield start, {"right": right, "wrong": judged - right}.get(str(query.finding), judged)
    elif query.value is not None:
        for start, details in _details(connection, answer_rollups, query, steps):
            yield start, details["values"].get(query.value, 0)
    else:
        number = {"failed": rollups.c.failed, "answered": rollups.c.n - rollups.c.failed}.get(
            str(query.status), rollups.c.not_sure if query.finding == "not sure" else rollups.c.n
        )
        meant = reading.step_conditions(rollups, query, steps)
        summed = sa.select(rollups.c.start, sa.func.sum(number)).where(*meant).group_by(rollups.c.start)
        yield from ((int(start), int(n)) for start, n in connection.execute(summed))


def _details(
    connection: sa.Connection, table: sa.Table, query: Query, steps: Steps
) -> Iterator[tuple[int, dict[str, Any]]]:
    meant = reading.step_conditions(table, query, steps)
    return (
        (row.start, row.details) for row in connection.execute(sa.select(table.c.start, table.c.details).where(*meant))
    )


def _number(connection: sa.Connection, gap: Query) -> int:
    """How many rows are meant, by reading them."""
    if gap.value is not None or gap.finding in JUDGED:
        return int(connection.execute(statements.count(gap)).scalar_one())
    n, failed, not_sure = connection.execute(
        counting.tally(replace(gap, status=None, finding=None), gap.not_sure_below)
    ).one()
    if gap.finding == "not sure":
        return int(not_sure or 0)
    return int({"failed": failed, "answered": n - (failed or 0)}.get(str(gap.status), n) or 0)
