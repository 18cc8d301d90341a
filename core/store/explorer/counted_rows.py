"""Rows that the kept counts know the number of: the row of any number is found without reading those before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from core.store.explorer import keys
from core.store.explorer.keys import Key
from core.store.kinds import distinct_values
from core.store.query import Query
from core.store.rollups.levels import Counted
from core.store.rollups.spans import JUDGED, Span, narrow, spans


@dataclass(frozen=True)
class CountedRows:
    """A query for each system that may have rows, how far they are counted, and their number by spans, newest first."""

    parts: Sequence[Query]
    counted: Counted | None
    period: Sequence[Span]

    @property
    def total(self) -> int:
        """How many rows are meant."""
        return sum(span.n for span in self.period)

    def narrowed(self, connection: sa.Connection, offset: int) -> Iterator[tuple[Span, int]]:
        """The narrow spans of the rows after the first `offset`, and how many of each to pass over."""
        return narrow(connection, self.parts, self.counted, self.period, offset)


def counted_rows(connection: sa.Connection, query: Query, counted: Counted | None) -> CountedRows:
    """The rows of a query. counted: how far the log is counted; None where the counts do not know what is meant."""
    parts = [replace(query, system=system) for system in systems(connection, query)]
    return CountedRows(parts, counted, spans(connection, parts, counted))


def systems(connection: sa.Connection, query: Query) -> list[str]:
    """The systems that may have rows that are meant."""
    kinds = Query(system=query.system, version=query.version, source=query.source)
    return [str(name) for name in connection.execute(distinct_values("system", kinds)).scalars()]


def read(connection: sa.Connection, rows: CountedRows, descending: bool, offset: int, limit: int) -> list[Key]:
    """The keys of a page. Of rows with the oldest first, they are those of the other end, turned round."""
    if descending:
        return _read_newest(connection, rows, offset, limit)
    last = max(rows.total - offset, 0)
    first = max(last - limit, 0)
    return _read_newest(connection, rows, first, last - first)[::-1]


def _read_newest(connection: sa.Connection, rows: CountedRows, offset: int, limit: int) -> list[Key]:
    matches: list[Key] = []
    is_dense = any(part.finding in JUDGED for part in rows.parts)  # outcomes are of judged rows alone: no gap is long
    for group, within in _joined(rows.narrowed(connection, offset), 1 if is_dense else limit):
        sources = [
            keys.source(replace(part, since=part.since if is_dense else group[-1].since, until=group[0].until))
            for part in rows.parts
        ]
        time = keys.time_at(connection, sources, within) if within else None
        newer = keys.number_from(connection, sources, time, newer=True) if time else 0
        matches += keys.read(connection, sources, time, within - newer, limit - len(matches))
        if is_dense or len(matches) >= limit:
            break
    return matches


def _joined(narrow_spans: Iterator[tuple[Span, int]], limit: int) -> Iterator[tuple[list[Span], int]]:
    """Neighbours together, until they hold `limit` rows to read, so that few rows take few statements."""
    group: list[Span] = []
    skipped = 0
    for span, within in narrow_spans:
        if group and group[-1].since != span.until:
            yield group, skipped
            group = []
        if not group:
            skipped = within
        group.append(span)
        if sum(each.n for each in group) - skipped >= limit:
            yield group, skipped
            group = []
    if group:
        yield group, skipped
