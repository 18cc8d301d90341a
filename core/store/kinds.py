"""The kinds of rows in the log: each system, version and source that occurs, listed when its first row is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from core.store.by_column import insert_if_new
from core.store.tables import kinds

NAMES = ("system", "version", "source")
Kind = tuple[str, ...]
"""System, version ("" without one), source."""


class KnownKinds:
    """The kinds that this process has listed, so that only the first row of a kind costs a second statement."""

    def __init__(self) -> None:
        self._known: set[Kind] = set()

    def new(self, rows: Iterable[Mapping[str, object]]) -> list[Kind]:
        """The kinds of these rows that are not known yet, sorted: processes that list several wait in one order."""
        return sorted({tuple(str(row[name] or "") for name in NAMES) for row in rows} - self._known)

    def new_columns(self, columns: Mapping[str, object]) -> list[Kind]:
        """The new kinds, sorted, of rows given by column; a list holds a value for each row, others are for all."""
        parts = [columns.get(name) for name in NAMES]
        lengths = [len(part) for part in parts if isinstance(part, list)]
        lists = [part if isinstance(part, list) else [part] * (lengths[0] if lengths else 1) for part in parts]
        row_kinds = {tuple(str(value or "") for value in row) for row in zip(*lists, strict=True)}
        return sorted(row_kinds - self._known)

    def add(self, connection: sa.Connection, new: list[Kind]) -> None:
        """List kinds, in the transaction of their rows; call `remember` once that is committed."""
        if new:
            listed = [dict(zip(NAMES, kind, strict=True)) for kind in new]
            connection.execute(insert_if_new(kinds, connection.dialect, NAMES), listed)

    def remember(self, new: list[Kind]) -> None:
        """Know them from now on."""
        self._known.update(new)
