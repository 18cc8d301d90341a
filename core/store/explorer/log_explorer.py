"""Pages of the log, found by the kept counts, by an index, or by looking through a number of the newest rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import sqlalchemy as sa

from core.store import statements
from core.store.database import Database
from core.store.explorer import batches, keys, windows
from core.store.explorer.keys import Key
from core.store.explorer.search import LogPage, LogSearch
from core.store.kinds import distinct_values
from core.store.query import Query
from core.store.rollups.keeper import NOT_SURE_BELOW, RollupKeeper
from core.store.rollups.levels import Counted
from core.store.rollups.spans import Span, is_counted, place, spans
from core.store.rows import JudgedRow, PredictionRow

MAX_WAIT = 2.0  # s that whoever asks waits for counts
PIECE = 2000  # rows of one statement, where many are wanted


@dataclass(frozen=True)
class _Meaning:
    """A query for each system that may have rows, how far they are counted, and their number by spans of time."""

    parts: Sequence[Query]
    counted: Counted | None
    period: Sequence[Span]

    @property
    def total(self) -> int:
        return sum(span.n for span in self.period)


class LogExplorer:
    """Reads the log as people look through it. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, counts: RollupKeeper) -> None:
        self._database, self._counts = database, counts

    def page(self, search: LogSearch, columns: Sequence[str], limit: int, offset: int = 0) -> LogPage:
        """Up to `limit` rows after the first `offset`, with `label` and `correct` of each one's latest outcome."""
        with self._database.reading() as connection:
            if search.reads_rows or search.is_by_id or search.batch or not is_counted(search.query):
                return self._page_of_window(connection, search, columns, limit, offset)
            meaning = _meaning(connection, search.query, self._counted(search.query))
            matches = _counted_keys(connection, meaning, search.descending, offset, limit)
            return LogPage(_rows(connection, matches, columns), offset, meaning.total)

    def export(self, search: LogSearch, columns: Sequence[str], limit: int) -> Iterator[list[JudgedRow]]:
        """The first `limit` rows in pieces."""
        for offset in range(0, limit, PIECE):
            page = self.page(search, columns, min(PIECE, limit - offset), offset)
            if page.rows:
                yield page.rows
            if len(page.rows) < PIECE:
                return

    def neighbours(self, row: PredictionRow, columns: Sequence[str], number: int) -> list[JudgedRow]:
        """Up to `number` rows each of the same batch before and after one, in the order that they were answered."""
        with self._database.reading() as connection:
            before, after = batches.beside(connection, row, number)
            return _rows(connection, [*before, *after], columns)

    def _page_of_window(
        self, connection: sa.Connection, search: LogSearch, columns: Sequence[str], limit: int, offset: int
    ) -> LogPage:
        window = self._window(connection, search)
        matches, total = windows.read(connection, search, window, offset, limit)
        if offset and not matches:
            total = windows.read(connection, search, window, 0, 1)[1]
        return LogPage(_rows(connection, matches, columns), offset, total, window.rows, window.since)

    def _window(self, connection: sa.Connection, search: LogSearch) -> windows.Window:
        query = replace(search.query, batch=search.batch)
        if search.is_by_id:
            return windows.by_id(search)
        if query.batch is not None:
            return windows.by_batch(connection, query)
        if query.site is not None:
            return windows.by_site(connection, query, _systems(connection, query))
        candidates = query if is_counted(query) else replace(query, value=None, status=None)
        size = windows.MAX_SEARCHED if search.conditions() or candidates != query else windows.MAX_SORTED
        meaning = _meaning(connection, candidates, self._counted(candidates))
        placed = place(connection, meaning.parts, meaning.counted, meaning.period, size)
        if placed is None:  # there are no more rows than that
            return windows.of_all(query)
        return windows.by_counts(connection, query, meaning.parts, placed, size)

    def _counted(self, query: Query) -> Counted | None:
        """How far the kept counts hold what is meant; None if they do not."""
        if query.finding == "not sure" and query.not_sure_below != NOT_SURE_BELOW:
            return None
        return self._counts.bring_up_to_date(max_seconds=MAX_WAIT)


def _systems(connection: sa.Connection, query: Query) -> list[str]:
    kinds = Query(system=query.system, version=query.version, source=query.source)
    return [str(name) for name in connection.execute(distinct_values("system", kinds)).scalars()]


def _meaning(connection: sa.Connection, query: Query, counted: Counted | None) -> _Meaning:
    parts = [replace(query, system=system) for system in _systems(connection, query)]
    return _Meaning(parts, counted, spans(connection, parts, counted))


def _counted_keys(
    connection: sa.Connection, meaning: _Meaning, descending: bool, offset: int, limit: int
) -> Sequence[Key]:
    """The keys of a page. Rows with the oldest first are those of the other end, turned round."""
    if not descending:
        last = max(meaning.total - offset, 0)
        first = max(last - limit, 0)
        return _counted_keys(connection, meaning, True, first, last - first)[::-1]
    placed = place(connection, meaning.parts, meaning.counted, meaning.period, offset) if limit else None
    if placed is None:
        return []
    span, within = placed
    sources = [keys.source(replace(part, until=span.until)) for part in meaning.parts]
    time = keys.time_at(connection, sources, within)
    if time is None:  # rows were removed since they were counted
        return []
    newer = keys.number_from(connection, sources, time, newer=True)
    return keys.read(connection, sources, time, within - newer, limit)


def _rows(connection: sa.Connection, matches: Sequence[Key], columns: Sequence[str]) -> list[JudgedRow]:
    """The rows of some keys, in their order."""
    read: dict[str, JudgedRow] = {}
    for start in range(0, len(matches), PIECE):
        ids = [identifier for _, identifier in matches[start : start + PIECE]]
        for row in connection.execute(statements.rows_of(ids, columns)).mappings():
            read[row["id"]] = cast(JudgedRow, dict(row))
    return [read[identifier] for _, identifier in matches if identifier in read]
