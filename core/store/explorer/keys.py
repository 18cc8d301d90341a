"""Statements that give only time and id of rows, newest first, so that what is not shown is not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.store.query import Query, is_latest
from core.store.rollups.spans import JUDGED
from core.store.tables import outcomes, predictions

Key = tuple[datetime, str]
"""Time and id of a prediction."""


@dataclass(frozen=True)
class KeySource:
    """Where times and ids are read: columns, and conditions that an index answers in the order of time."""

    time: sa.ColumnElement[datetime]
    id: sa.ColumnElement[str]
    conditions: Sequence[sa.ColumnElement[bool]]


def source(query: Query) -> KeySource:
    """Where the rows of one system are read; judged ones from their outcomes, which are few."""
    if query.finding in JUDGED and query.value is None and query.batch is None:
        return KeySource(outcomes.c.predicted_at, outcomes.c.prediction_id, [is_latest(), *query.outcome_conditions()])
    return KeySource(predictions.c.created_at, predictions.c.id, query.conditions())


def time_at(connection: sa.Connection, sources: Sequence[KeySource], offset: int) -> datetime | None:
    """The time of the row before which `offset` newer ones are meant; None if there are fewer."""
    newest = [
        sa.select(each.time.label("time"))
        .where(*each.conditions)
        .order_by(each.time.desc())
        .limit(offset + 1)
        .subquery()
        for each in sources
    ]
    if not newest:
        return None
    together = sa.union_all(*(sa.select(each.c.time) for each in newest)).subquery()
    statement = sa.select(together.c.time).order_by(together.c.time.desc()).limit(1).offset(offset)
    return connection.execute(statement).scalars().first()


def number_from(connection: sa.Connection, sources: Sequence[KeySource], time: datetime, *, newer: bool = False) -> int:
    """How many rows are as new as a time, or newer than it."""
    count = sa.func.count().label("n")
    return sum(
        connection.execute(
            sa.select(count).where(*each.conditions, each.time > time if newer else each.time >= time)
        ).scalar_one()
        for each in sources
    )


def read(
    connection: sa.Connection, sources: Sequence[KeySource], until: datetime | None, offset: int, limit: int
) -> list[Key]:
    """Keys newest first, of rows of one time by id, none newer than `until`."""
    keys: list[Key] = []
    for each in sources:
        older = [] if until is None else [each.time <= until]
        statement = sa.select(each.time, each.id).where(*each.conditions, *older)
        ordered = statement.order_by(each.time.desc(), each.id).limit(offset + limit)
        keys += ((time, identifier) for time, identifier in connection.execute(ordered))
    keys.sort(key=lambda key: key[1])
    keys.sort(key=lambda key: key[0], reverse=True)
    return keys[offset : offset + limit]
