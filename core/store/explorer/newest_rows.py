"""Rows of the log, newest first, read a piece at a time, so that no statement takes long however many are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from core.store import statements
from core.store.query import Query

PIECE = 2000  # rows of one statement


def read(
    connection: sa.Connection, query: Query, columns: Sequence[str] | None, limit: int, offset: int = 0
) -> Iterator[dict[str, object]]:
    """Up to `limit` rows after the first `offset`; `created_at` and `id` are among their columns."""
    after = None
    while limit > 0:
        wanted = min(limit, PIECE)
        rows = connection.execute(statements.newest(query, columns, wanted, offset, after)).mappings().all()
        yield from map(dict, rows)
        if len(rows) < wanted:
            return
        after, offset, limit = (rows[-1]["created_at"], rows[-1]["id"]), 0, limit - wanted
