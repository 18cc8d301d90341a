"""Pages of the log, found by the kept counts, by an index, or by looking through a number of the newest rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from core.store import statements
from core.store.database import Database
from core.store.explorer import batches, counted_rows, windows
from core.store.explorer.keys import Key
from core.store.explorer.search import LogPage, LogSearch
from core.store.query import Query
from core.store.rollups import reading
from core.store.rollups.keeper import NOT_SURE_BELOW, RollupKeeper
from core.store.rollups.levels import Counted
from core.store.rollups.spans import is_counted
from core.store.rows import JudgedRow, PredictionRow

MAX_WAIT = 2.0  # s that whoever asks waits for counts
PIECE = 2000  # rows of one statement, where many are wanted


class LogExplorer:
    """Reads the log as people look through it. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, counts: RollupKeeper) -> None:
        self._database, self._counts = database, counts

    def page(self, search: LogSearch, columns: Sequence[str], limit: int, offset: int = 0) -> LogPage:
        """Up to `limit` rows after the first `offset`, with `label` and `correct` of each one's latest outcome.

        Rows that were removed are left out, though their counts stay.
        """
        counted = self._counted(search.query)
        with self._database.reading() as connection:
            search = replace(search, query=reading.not_removed(connection, search.query))
            if search.reads_rows or search.is_by_id or search.batch or not is_counted(search.query):
                window = _window(connection, search, counted)
                matches, total = windows.read(connection, search, window, offset, limit)
                if offset and not matches:
                    total = windows.read(connection, search, window, 0, 1)[1]
                return LogPage(_rows(connection, matches, columns), offset, total, window.rows, window.since)
            meant = counted_rows.counted_rows(connection, search.query, counted)
            matches = counted_rows.read(connection, meant, search.descending, offset, limit)
            return LogPage(_rows(connection, matches, columns), offset, meant.total)

    def export(self, search: LogSearch, columns: Sequence[str], limit: int) -> Iterator[list[JudgedRow]]:
        """The first `limit` rows in pieces."""
        for offset in range(0, limit, PIECE):
            size = min(PIECE, limit - offset)
            rows = self.page(search, columns, size, offset).rows
            if rows:
                yield rows
            if len(rows) < size:
                return

    def neighbours(self, row: PredictionRow, columns: Sequence[str], number: int) -> list[JudgedRow]:
        """Up to `number` rows each of the same batch before and after one, in the order that they were answered."""
        with self._database.reading() as connection:
            before, after = batches.beside(connection, row, number)
            return _rows(connection, [*before, *after], columns)

    def _counted(self, query: Query) -> Counted | None:
        """How far the kept counts hold what is meant; None if they do not."""
        if query.finding == "not sure" and query.not_sure_below != NOT_SURE_BELOW:
            return None
        return self._counts.bring_up_to_date(max_seconds=MAX_WAIT)


def _window(connection: sa.Connection, search: LogSearch, counted: Counted | None) -> windows.Window:
    """The rows that are looked through for what neither counts nor an index find."""
    query = replace(search.query, batch=search.batch)
    if search.is_by_id:
        return windows.by_id(search)
    if query.batch is not None:
        return windows.by_batch(connection, query)
    if query.site is not None:
        return windows.by_site(connection, query, counted_rows.systems(connection, query))
    candidates = query if is_counted(query) else replace(query, value=None, status=None)
    size = windows.MAX_SEARCHED if search.conditions() or candidates != query else windows.MAX_SORTED
    meant = counted_rows.counted_rows(connection, candidates, counted)
    placed = next(meant.narrowed(connection, size), None)
    if placed is None:  # there are no more rows than that
        return windows.of_all(query)
    return windows.by_counts(connection, query, meant.parts, placed, size)


def _rows(connection: sa.Connection, matches: Sequence[Key], columns: Sequence[str]) -> list[JudgedRow]:
    """The rows of some keys, in their order."""
    read: dict[str, JudgedRow] = {}
    for start in range(0, len(matches), PIECE):
        ids = [identifier for _, identifier in matches[start : start + PIECE]]
        for row in connection.execute(statements.rows_of(ids, columns)).mappings():
            read[row["id"]] = cast(JudgedRow, dict(row))
    return [read[identifier] for _, identifier in matches if identifier in read]
