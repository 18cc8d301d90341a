"""Rows for the log given by column: one prepared statement for a whole table, and ids already there are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store.tables import predictions


def statement(dialect: sa.Dialect) -> str:
    """The insert in the database's own words, one placeholder per column of the log, in the table's order.

    Its columns have no types here, so that the rows go to the driver as they are.
    """
    bare = sa.table(predictions.name, *(sa.column(column.name) for column in predictions.columns))
    own = sqlite if dialect.name == "sqlite" else postgresql
    ignoring = own.insert(bare).on_conflict_do_nothing(index_elements=["id"])
    by_place = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]
    return str(ignoring.compile(dialect=by_place))


def rows(columns: Mapping[str, Any], dialect: sa.Dialect) -> list[tuple[Any, ...]]:
    """One tuple per row. columns: a sequence, JSON as text; or one value, that all rows share; left out: NULL."""
    return list(
        zip(*(_values(column, columns.get(column.name), dialect) for column in predictions.columns), strict=False)
    )


def _values(column: sa.Column[Any], given: Any, dialect: sa.Dialect) -> Iterable[Any]:
    if isinstance(given, list):
        return given
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return repeat(process(given) if process else given)
