"""Counts of the log, as SQL that both kinds of database understand.

Each is asked of one system at a time, so that SQLite reads the index that begins with it, and no rows.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.store.query import Query, not_sure
from core.store.tables import predictions

SCORE_BINS = 20
RELIABILITY_BINS = 10

Counts = sa.Select[*tuple[Any, ...]]


class StepNumber(FunctionElement[int]):
    """Whole steps of a width [s] between 1970 and a time: StepNumber(time, width)."""

    name = "step_number"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(StepNumber, "sqlite")
def _step_on_sqlite(element: StepNumber, compiler: SQLCompiler, **options: object) -> str:
    time, width = (compiler.process(part, **options) for part in element.clauses)
    to_the_second = f"substr({time}, 1, 19)"  # SQLite rounds to a thousandth, and so beyond the end of a step
    return f"CAST(strftime('%s', {to_the_second}) AS INTEGER) / {width}"


@compiles(StepNumber)
def _step(element: StepNumber, compiler: SQLCompiler, **options: object) -> str:
    time, width = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {time}) / {width}) AS BIGINT)"


def tally(query: Query, not_sure_below: float) -> Counts:
    """One row, n, failed, not_sure: how many rows there are, failed and not sure."""
    count = sa.func.count()
    return sa.select(
        count.label("n"),
        count.filter(predictions.c.status == "failed").label("failed"),
        count.filter(not_sure(not_sure_below)).label("not_sure"),
    ).where(*query.conditions())
