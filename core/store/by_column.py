"""Rows for the log given by column: one prepared statement for a table, and rows that are in the log already stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import sqlalchemy as sa

from core.store.tables import predictions


def statement(dialect: sa.Dialect) -> str:
    """The insert in the database's own SQL, one placeholder per column of the log, in the table's order.

    Its columns have no types here, so that the rows go to the driver as they are.
    """
    untyped = sa.table(predictions.name, *(sa.column(column.name) for column in predictions.columns))
    positional = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]
    return str(insert_if_new(untyped, dialect, ["id"]).compile(dialect=positional))


def insert_if_new(table: sa.TableClause, dialect: sa.Dialect, key: Sequence[str]) -> sa.Insert:
    """An insert that leaves rows alone whose `key` is there already."""
    if dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_into
    else:  # imported where it is in use: whoever starts the desk on SQLite waits less
        from sqlalchemy.dialects.postgresql import insert as insert_into  # type: ignore[assignment]
    return insert_into(table).on_conflict_do_nothing(index_elements=list(key))


def rows(columns: Mapping[str, object], dialect: sa.Dialect) -> list[tuple[object, ...]]:
    """One tuple per row. columns: a list of values, JSON as text; or one value that all rows share; left out: NULL."""
    return list(
        zip(*(_values(column, columns.get(column.name), dialect) for column in predictions.columns), strict=False)
    )


def _values(column: sa.Column[object], content: object, dialect: sa.Dialect) -> Iterable[object]:
    """The values of one column: a list as it is, a single value as the driver takes it, again and again."""
    if isinstance(content, list):
        return content
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return repeat(process(content) if process else content)


def as_list(content: object) -> list[Any]:
    """The values of one column, one for all rows as a list of one."""
    return content if isinstance(content, list) else [content]
