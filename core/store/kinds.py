"""What occurs in the log, listed when its first row is written: systems, versions and sources, and sites by system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from core.store import statements
from core.store.by_column import insert_if_new
from core.store.query import Query
from core.store.tables import kinds, sites

LISTS = {kinds: ("system", "version", "source"), sites: ("system", "site")}
"""{table: what is listed of a row}. A row without the last of these, such as one without a site, is not listed."""
NAMES = LISTS[kinds]
Kind = tuple[str, ...]
"""The columns of a list, "" for what a row does not have."""
Kinds = Mapping[sa.Table, list[Kind]]
"""What a list gets, sorted, so that processes that list several wait for one another in one order."""


class KnownKinds:
    """What this process has listed, so that only the first row of a kind or of a site costs another statement."""

    def __init__(self) -> None:
        self._known: dict[sa.Table, set[Kind]] = {table: set() for table in LISTS}

    def new(self, rows: Sequence[Mapping[str, object]]) -> Kinds:
        """What of these rows is not known yet."""
        return {
            table: self._unknown(table, (tuple(row[name] for name in names) for row in rows))
            for table, names in LISTS.items()
        }

    def new_columns(self, columns: Mapping[str, object]) -> Kinds:
        """What is new of rows given by column; a list holds a value for each row, others are for all."""
        return {
            table: self._unknown(table, _distinct([columns.get(name) for name in names]))
            for table, names in LISTS.items()
        }

    def add(self, connection: sa.Connection, new: Kinds) -> None:
        """List it, in the transaction of its rows; call `remember` once that is committed."""
        for table, listed in new.items():
            if listed:
                names = LISTS[table]
                values = [dict(zip(names, kind, strict=True)) for kind in listed]
                connection.execute(insert_if_new(table, connection.dialect, names), values)

    def remember(self, new: Kinds) -> None:
        """Know it from now on."""
        for table, listed in new.items():
            self._known[table].update(listed)

    def _unknown(self, table: sa.Table, rows: Iterable[Sequence[object]]) -> list[Kind]:
        listed = {tuple(str(value or "") for value in row) for row in rows if row[-1] is not None}
        return sorted(listed - self._known[table])


def distinct_values(column: str, query: Query) -> statements.Selection:
    """The values of a column that occur in the meant rows, sorted.

    Of system, version and source, and the sites of a system or of all, they are found at once if nothing else is asked
    for; else each row is read.
    """
    if column in NAMES and query.is_of_kinds:
        return statements.distinct_kinds(column, query)
    if column == "site" and query == Query(system=query.system):
        return statements.distinct_sites(query.system)
    return statements.distinct(column, query)


def _distinct(parts: Sequence[object]) -> Iterable[tuple[object, ...]]:
    """The distinct rows of some columns."""
    lengths = [len(part) for part in parts if isinstance(part, list)]
    lists = [part if isinstance(part, list) else [part] * (lengths[0] if lengths else 1) for part in parts]
    return set(zip(*lists, strict=True))
