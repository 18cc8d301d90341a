"""Rows of the tables of counts: made from counts, added up to days, written in place of those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa

from core.store.rollups.counts import Addable, AnswerCounts, added, counts_of
from core.store.rollups.from_rows import Key
from core.store.rollups.levels import DAY, HOUR, MINUTE, floor, runs
from core.store.rollups.tables import COUNTED, rollups
from core.store.tables import kinds

Content = AnswerCounts | dict[str, Any]
Rows = dict[sa.Table, list[dict[str, Any]]]


def row_of(system: str, level: int, key: Key, content: AnswerCounts | Mapping[str, Any]) -> dict[str, Any]:
    """A row of one of the tables."""
    start, version, source = key
    step = {"level": level, "system": system, "start": start, "version": version, "source": source}
    if isinstance(content, AnswerCounts):
        return {**step, **vars(content)}
    return {**step, "details": content}


def _content(table: sa.Table, row: Mapping[str, Any]) -> Content:
    if table is rollups:
        return counts_of(row)
    return cast("dict[str, Any]", row["details"])


def with_days(connection: sa.Connection, rows: Rows, days: Sequence[int], counted: Sequence[int]) -> Rows:
    """The rows, with those of these days, from the kept hours and from the hours that are counted now."""
    for table in COUNTED:
        for day in days:
            within = [table.c.level == HOUR, table.c.start >= day, table.c.start < day + DAY]
            stored = connection.execute(sa.select(table).where(*within, table.c.start.not_in(counted))).mappings().all()
            new: list[Any] = [row for row in rows[table] if row["level"] == HOUR and floor(row["start"], DAY) == day]
            sums: dict[tuple[str, Key], Content] = {}
            for row in (*stored, *new):
                key = (row["system"], (day, row["version"], row["source"]))
                sums[key] = _sum(sums.get(key), _content(table, row))
            rows[table] += [row_of(system, DAY, key, content) for (system, key), content in sums.items()]
    return rows


def _sum(total: Content | None, more: Content) -> Content:
    if isinstance(more, AnswerCounts):
        counts = total if isinstance(total, AnswerCounts) else AnswerCounts()
        counts.add(more)
        return counts
    return more if total is None else cast("dict[str, Any]", added(cast(Addable, total), more))


def joined(counted: Mapping[Key, AnswerCounts], level: int) -> dict[Key, AnswerCounts]:
    """Counts of short steps added up to those of wider ones."""
    wide: dict[Key, AnswerCounts] = {}
    for (start, version, source), counts in counted.items():
        wide.setdefault((floor(start, level), version, source), AnswerCounts()).add(counts)
    return wide


def replace_steps(connection: sa.Connection, hours: Sequence[int], days: Sequence[int], rows: Rows) -> None:
    """Write the rows in place of what is kept of these hours, their minutes, and these days."""
    for table in COUNTED:
        for steps in runs(list(hours), HOUR):
            for level in (MINUTE, HOUR):
                delete_steps(connection, table, level, steps.start, steps.stop)
        for steps in runs(list(days), DAY):
            delete_steps(connection, table, DAY, steps.start, steps.stop)
        if rows[table]:
            connection.execute(sa.insert(table), rows[table])


def delete_steps(connection: sa.Connection, table: sa.Table, level: int, start: int, stop: int) -> None:
    """Remove the rows of some steps."""
    for system in systems_of(connection):
        within = (table.c.level == level, table.c.system == system, table.c.start >= start, table.c.start < stop)
        connection.execute(sa.delete(table).where(*within))


def forget_minutes(connection: sa.Connection, before: int) -> None:
    """Remove the minutes of hours that ended long ago."""
    for system in systems_of(connection):
        old = (rollups.c.level == MINUTE, rollups.c.system == system, rollups.c.start < before)
        connection.execute(sa.delete(rollups).where(*old))


def systems_of(connection: sa.Connection) -> list[str]:
    """The systems that have rows."""
    return list(connection.execute(sa.select(kinds.c.system).distinct().order_by(kinds.c.system)).scalars())
