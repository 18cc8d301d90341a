"""The newest rows of those that are meant, up to a number, which are looked through one by one or put into an order.

What no index and no count can find is found among these alone, so that a question of a log of any length takes a
bounded time; whoever asks is told how many were looked through, and may go on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from core.store.explorer import keys
from core.store.explorer.keys import Key
from core.store.explorer.search import LogSearch
from core.store.query import Query, not_sure
from core.store.rollups.spans import JUDGED, Span
from core.store.tables import predictions

MAX_SEARCHED = 30_000  # rows that one search looks through
MAX_SORTED = 10_000  # rows that are sorted by what no index holds in order


@dataclass(frozen=True)
class Window:
    """Rows that are looked through: those of the conditions. Where older rows are meant too, how many and since when.

    rows: how many the window holds; since: the time of its oldest one; both None where no older ones are meant.
    """

    conditions: Sequence[sa.ColumnElement[bool]]
    rows: int | None = None
    since: datetime | None = None


def of_all(query: Query) -> Window:
    """All rows that are meant."""
    return Window(query.conditions())


def by_id(search: LogSearch) -> Window:
    """The rows whose ids begin alike."""
    return Window([predictions.c.id.in_(search.ids()), *_beside_index(search.query)])


def by_counts(
    connection: sa.Connection, query: Query, parts: Sequence[Query], placed: tuple[Span, int], size: int
) -> Window:
    """The rows of `query` among the newest `size` of `parts` and those of the same time as the next older one.

    placed: where the kept counts have that one.
    """
    span, offset = placed
    sources = [keys.source(replace(part, since=span.since, until=span.until)) for part in parts]
    since = keys.time_at(connection, sources, offset)
    if since is None:  # rows were removed since they were counted
        return of_all(query)
    rows = size - offset + keys.number_from(connection, sources, since)
    return Window(replace(query, since=since).conditions(), rows, since)


def by_batch(connection: sa.Connection, query: Query) -> Window:
    """The rows of `query` among the newest MAX_SEARCHED of its batch."""
    conditions = Query(batch=query.batch, since=query.since, until=query.until).conditions()
    return _by_index(connection, query, [conditions], conditions)


def by_site(connection: sa.Connection, query: Query, systems: Sequence[str]) -> Window:
    """The rows of `query` among the newest MAX_SEARCHED of its site, which the index holds by system."""
    at_site = Query(site=query.site, since=query.since, until=query.until)
    parts = [replace(at_site, system=system).conditions() for system in systems]
    return _by_index(connection, query, parts, [predictions.c.system.in_(systems), *at_site.conditions()])


def read(
    connection: sa.Connection, search: LogSearch, window: Window, offset: int, limit: int
) -> tuple[list[Key], int]:
    """The keys of a page of the rows that match, and how many match in all; 0 of an empty page."""
    column = predictions.c[search.sort]
    order = [column.is_(None), column.desc() if search.descending else column.asc(), predictions.c.id]
    if search.sort != "created_at":
        order.insert(2, predictions.c.created_at.desc())
    matches = sa.select(predictions.c.created_at, predictions.c.id, sa.func.count().over().label("total"))
    matches = matches.where(*window.conditions, *search.conditions())
    rows = connection.execute(matches.order_by(*order).limit(limit).offset(offset)).all()
    return [(row.created_at, row.id) for row in rows], rows[0].total if rows else 0


def _by_index(
    connection: sa.Connection,
    query: Query,
    parts: Sequence[Sequence[sa.ColumnElement[bool]]],
    indexed: Sequence[sa.ColumnElement[bool]],
) -> Window:
    """parts: the conditions that the index answers in the order of time, one list for each of its ranges."""
    sources = [keys.KeySource(predictions.c.created_at, predictions.c.id, part) for part in parts]
    conditions = [*indexed, *_beside_index(query)]
    since = keys.time_at(connection, sources, MAX_SEARCHED)
    if since is None:
        return Window(conditions)
    rows = keys.number_from(connection, sources, since)
    return Window([*conditions, predictions.c.created_at >= since], rows, since)


def _beside_index(query: Query) -> list[sa.ColumnElement[bool]]:
    """The conditions of a query, so written that SQLite begins at none of them."""
    if query.finding in JUDGED:
        return query.conditions()
    unsure = [not_sure(query.not_sure_below)] if query.finding == "not sure" else []
    return [*query.conditions_unindexed(), *unsure]
