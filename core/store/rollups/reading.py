"""Counts of a period by steps of time, from what is kept and, for what is not, from the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any, cast

import sqlalchemy as sa

from core.store import counting, statements
from core.store.query import Query
from core.store.rollups import from_rows
from core.store.rollups.counts import AnswerCounts, counts_of
from core.store.rollups.from_rows import Binning, Key
from core.store.rollups.levels import DAY, HOUR, LEVELS, Counted, Steps, floor, moment, seconds, steps_of
from core.store.rollups.removal import removed_before
from core.store.rollups.tables import answer_rollups, judged_rollups, rollups
from core.store.rows import TallyRow
from core.store.tables import predictions

FAR = 253_370_764_800  # s since 1970: after any row
MAX_RECENT = 2000  # rows of hours that are not counted yet which are read while somebody waits


@dataclass(frozen=True)
class CountedStep:
    """The counts of one system, version and source in one step of time, whose beginning is `start` [s since 1970]."""

    start: int
    system: str
    version: str
    source: str
    counts: AnswerCounts


@dataclass(frozen=True)
class DetailedStep:
    """The same of `AnswerDetails` or `JudgedDetails`."""

    start: int
    system: str
    version: str
    source: str
    details: dict[str, Any]


@dataclass
class TallyCounts:
    """How many rows there are, failed and not sure."""

    n: int = 0
    failed: int = 0
    not_sure: int = 0

    def add(self, n: int | None, failed: int | None, not_sure: int | None) -> None:
        """Count more rows; None stands for zero."""
        self.n += int(n or 0)
        self.failed += int(failed or 0)
        self.not_sure += int(not_sure or 0)


def steps(connection: sa.Connection, query: Query, counted: Counted | None, width: int) -> list[CountedStep]:
    """The meant rows of one system by steps of `width` seconds, version and source; a kind may have several counts."""
    stored, gaps = split_period(query, counted, max(level for level in LEVELS if width % level == 0))
    rows = [
        CountedStep(floor(row["start"], width), row["system"], row["version"], row["source"], counts_of(row))
        for part in stored
        for row in connection.execute(sa.select(rollups).where(*step_conditions(rollups, query, part))).mappings()
    ]
    for gap in gaps:
        for (start, version, source), counts in from_rows.count_rows(connection, gap, width).items():
            rows.append(CountedStep(start, cast(str, query.system), version, source, counts))
    return rows


def tally(connection: sa.Connection, query: Query, counted: Counted | None) -> TallyCounts:
    """How many rows of one system are meant, failed and not sure."""
    counts = TallyCounts()
    stored, gaps = split_period(query, counted, DAY)
    sums = [sa.func.sum(rollups.c[name]).label(name) for name in ("n", "failed", "not_sure")]
    for part in stored:
        counts.add(
            **connection.execute(sa.select(*sums).where(*step_conditions(rollups, query, part))).mappings().one()
        )
    for gap in gaps:
        counts.add(*connection.execute(counting.tally(gap, query.not_sure_below)).one())
    return counts


def tally_row(connection: sa.Connection, query: Query, counted: Counted | None) -> TallyRow | None:
    """The meant rows of one system counted, with those judged and the time of the newest; None where there are none."""
    latest = connection.execute(statements.newest(query, ("created_at",), 1, 0)).mappings().first()
    if latest is None:
        return None
    details = [step.details for step in judged_details(connection, query, counted, DAY)]
    judged, correct = (sum(each[name] for each in details) for name in ("n", "correct"))
    feedback = {"judged": judged, "correct": correct, "latest": latest["created_at"]}
    return cast("TallyRow", {"system": query.system, **asdict(tally(connection, query, counted)), **feedback})


def not_removed(connection: sa.Connection, query: Query) -> Query:
    """What is meant without the rows that were removed, or are about to be."""
    bound = removed_before(connection)
    return query if not bound or (query.since and query.since >= moment(bound)) else replace(query, since=moment(bound))


def earliest_removed(connection: sa.Connection, query: Query) -> datetime | None:
    """When the first counted hour of removed rows begins, where the query asks for whole kinds; None without one."""
    if not query.is_of_kinds:
        return None
    gone = Steps(HOUR, 0, removed_before(connection))
    first = sa.select(sa.func.min(rollups.c.start)).where(*step_conditions(rollups, query, gone))
    start = connection.execute(first).scalar_one()
    return None if start is None else moment(int(start))


def number(connection: sa.Connection, query: Query, counted: Counted | None) -> int:
    """How many rows of one system are meant."""
    if query.value is not None or query.batch is not None or query.finding not in (None, "not sure"):
        return int(connection.execute(statements.count(query)).scalar_one())
    counts = tally(connection, replace(query, status=None, finding=None), counted)
    if query.finding == "not sure":
        return counts.not_sure if query.status != "failed" else 0
    return {None: counts.n, "failed": counts.failed}.get(query.status, counts.n - counts.failed)


def answer_details(
    connection: sa.Connection,
    query: Query,
    counted: Counted | None,
    level: int,
    binnings: Callable[[str], Mapping[str, Binning]],
) -> list[DetailedStep]:
    """`AnswerDetails` of one system by steps of an hour or a day: of whole hours, as far as they are counted.

    The time since then is counted from its rows where these are few; a busy system's waits for the next hour.
    """
    stored, gaps = split_period(query, counted and without_minutes(counted), level)
    steps = _kept_details(connection, answer_rollups, query, stored, level)
    recent = [gap for gap in gaps if not stored or gap.since == moment(max(part.stop for part in stored))]
    for gap in recent:
        if not _is_busy(connection, gap):
            rows = from_rows.count_details(connection, gap, binnings(cast(str, query.system)))
            steps += [_detailed(gap, level, *each) for each in rows.items()]
    return steps


def judged_details(connection: sa.Connection, query: Query, counted: Counted | None, level: int) -> list[DetailedStep]:
    """`JudgedDetails` of one system by steps of an hour or a day; the parts of an hour at both ends from their rows."""
    stored, gaps = split_period(query, counted and without_minutes(counted), level)
    steps = _kept_details(connection, judged_rollups, query, stored, level)
    for gap in gaps:
        steps += [_detailed(gap, level, *each) for each in from_rows.count_judged(connection, gap).items()]
    return steps


def without_minutes(counted: Counted) -> Counted:
    """How far tables are counted that hold no minutes."""
    return replace(counted, minutes_from=counted.hours, minutes=counted.hours)


def _kept_details(
    connection: sa.Connection, table: sa.Table, query: Query, parts: Sequence[Steps], level: int
) -> list[DetailedStep]:
    return [
        _detailed(query, level, (row["start"], row["version"], row["source"]), row["details"])
        for part in parts
        for row in connection.execute(sa.select(table).where(*step_conditions(table, query, part))).mappings()
    ]


def _detailed(query: Query, level: int, key: Key, details: Mapping[str, Any]) -> DetailedStep:
    start, version, source = key
    return DetailedStep(floor(start, level), cast(str, query.system), version, source, dict(details))


def _is_busy(connection: sa.Connection, query: Query) -> bool:
    """Whether the rows that are meant are too many to be read while somebody waits."""
    few = sa.select(predictions.c.id).where(*query.conditions()).limit(MAX_RECENT + 1).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(few)).scalar_one()) > MAX_RECENT


def split_period(query: Query, counted: Counted | None, widest: int) -> tuple[list[Steps], list[Query]]:
    """The kept steps of a period, and what of it is counted by its rows."""
    start, stop = _ends(query)
    if counted is None or query.site is not None or start >= stop:  # what is kept knows no sites
        return [], [query]
    stored = steps_of(start, stop, widest, counted)
    if not stored:
        return [], [query]
    first, last = moment(min(part.start for part in stored)), moment(max(part.stop for part in stored))
    before = [] if query.since is not None and query.since >= first else [replace(query, until=first)]
    after = [] if query.until is not None and query.until <= last else [replace(query, since=last)]
    return stored, [*(before if first > moment(0) else []), *after]


def _ends(query: Query) -> tuple[int, int]:
    """The whole seconds of a period: from the first that does not begin before it to the last that ends within it."""
    start = 0 if query.since is None else ceil(query.since.timestamp())
    return start, FAR if query.until is None else seconds(query.until)


def step_conditions(table: sa.Table, query: Query, part: Steps) -> list[sa.ColumnElement[bool]]:
    """The conditions on a table of counts."""
    columns = table.c
    conditions = [columns.level == part.level, columns.start >= part.start, columns.start < part.stop]
    names = ("system", "version", "source")
    return conditions + [columns[name] == getattr(query, name) for name in names if getattr(query, name) is not None]
