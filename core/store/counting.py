"""Counts of the log, as SQL that both kinds of database understand: of a system, of each step of time, of outcomes.

Each is asked of one system at a time, so that SQLite reads the index that begins with it, and no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.store.query import Query, is_latest, not_sure
from core.store.tables import outcomes, predictions

STATES = FAILED, NOT_SURE, SURE = 0, 1, 2  # what became of a request
SCORE_BINS = 20
RELIABILITY_BINS = 10

Counts = sa.Select[*tuple[Any, ...]]


class StepNumber(FunctionElement[int]):
    """Whole steps of a width [s] between 1970 and a time: StepNumber(time, width)."""

    name = "step_number"
    type = sa.BigInteger()
    inherit_cache = True


class Floor(FunctionElement[int]):
    """The whole number at or below a number, which is not negative: Floor(number)."""

    name = "floor_of_positive"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(StepNumber, "sqlite")
def _step_on_sqlite(element: StepNumber, compiler: SQLCompiler, **options: object) -> str:
    time, width = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(strftime('%s', {time}) AS INTEGER) / {width}"


@compiles(StepNumber)
def _step(element: StepNumber, compiler: SQLCompiler, **options: object) -> str:
    time, width = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {time}) / {width}) AS BIGINT)"


@compiles(Floor, "sqlite")  # SQLite may come without its mathematical functions; its casts cut
def _floor_on_sqlite(element: Floor, compiler: SQLCompiler, **options: object) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(Floor)
def _floor(element: Floor, compiler: SQLCompiler, **options: object) -> str:
    return f"CAST(FLOOR({compiler.process(element.clauses, **options)}) AS BIGINT)"


def tally(query: Query, not_sure_below: float) -> Counts:
    """One row, n, failed, not_sure: how many rows there are, failed and not sure."""
    count = sa.func.count()
    return sa.select(
        count.label("n"),
        count.filter(predictions.c.status == "failed").label("failed"),
        count.filter(not_sure(not_sure_below)).label("not_sure"),
    ).where(*query.conditions())


def tally_outcomes(query: Query) -> Counts:
    """Predictions with an outcome by system, and those whose latest one agrees. Reads the outcomes alone."""
    return (
        sa.select(
            outcomes.c.system,
            sa.func.count().label("judged"),
            sa.func.count().filter(outcomes.c.correct.is_(True)).label("correct"),
        )
        .where(is_latest(), *query.outcome_conditions())
        .group_by(outcomes.c.system)
    )


def steps(query: Query, width: int, not_sure_below: float, by: Sequence[str] = ()) -> Counts:
    """step, state, latency_ms, then what it is counted by, n: rows of each step of time by what became of them.

    width: of a step [s], counted from 1970. latency_ms: how long they took, rounded to two digits, 0 where the request
    failed. by: further columns of the log that are counted apart.
    """
    failed = predictions.c.status == "failed"
    rows = (
        sa.select(
            _step_of(width).label("step"),
            sa.case((failed, FAILED), (not_sure(not_sure_below), NOT_SURE), else_=SURE).label("state"),
            sa.case((failed, 0.0), else_=_two_digits(predictions.c.latency_ms)).label("latency_ms"),
            *(predictions.c[name] for name in by),
        )
        .where(*query.conditions())
        .subquery("rows")
    )
    return sa.select(*rows.c, sa.func.count().label("n")).group_by(*rows.c)


def scores(query: Query, width: int | None = None, by: Sequence[str] = ()) -> Counts:
    """bin, then what it is counted by, n: answers by score, SCORE_BINS bins [low, high) and one more for exactly 1.

    width: of steps of time [s] that are counted apart, as in `steps`; they come last before n. by: as in `steps`.
    """
    step = [] if width is None else [_step_of(width).label("step")]
    rows = (
        sa.select(Floor(predictions.c.score * SCORE_BINS).label("bin"), *(predictions.c[name] for name in by), *step)
        .where(predictions.c.status == "answered", predictions.c.score.is_not(None), *query.conditions())
        .subquery("rows")
    )
    return sa.select(*rows.c, sa.func.count().label("n")).group_by(*rows.c)


def by_bin(rows: Iterable[Sequence[int]]) -> list[int]:
    """Answers by score, SCORE_BINS bins, from rows of `scores`; those of exactly 1 belong to the last bin."""
    counts = [0] * SCORE_BINS
    for number, n in rows:
        counts[min(number, SCORE_BINS - 1)] += n
    return counts


def judged(query: Query) -> Counts:
    """system, version, bin, n, correct, score: answers with an outcome by system, version and confidence.

    bin: of RELIABILITY_BINS bins (low, high]. correct: how many were right. score: the sum of the scores.
    """
    scaled = outcomes.c.score * RELIABILITY_BINS
    rows = (
        sa.select(
            outcomes.c.system,
            outcomes.c.version,
            (Floor(scaled) - sa.case((scaled > Floor(scaled), 0), else_=1)).label("bin"),
            sa.case((outcomes.c.correct.is_(True), 1), else_=0).label("correct"),
            outcomes.c.score,
        )
        .where(is_latest(), outcomes.c.status == "answered", *query.outcome_conditions())
        .subquery("rows")
    )
    return sa.select(
        rows.c.system,
        rows.c.version,
        rows.c.bin,
        sa.func.count().label("n"),
        sa.func.sum(rows.c.correct).label("correct"),
        sa.func.sum(rows.c.score).label("score"),
    ).group_by(rows.c.system, rows.c.version, rows.c.bin)


def _step_of(width: int) -> StepNumber:
    return StepNumber(predictions.c.created_at, sa.literal_column(str(width)))


def _two_digits(number: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    """A number rounded to two digits, those below 1 to hundredths: at most 5 % off from 0.1 on."""
    powers = [(10.0**power, 10.0 ** (power - 2)) for power in range(7)]
    cases = [(number < bound, Floor(number / unit + 0.5) * unit) for bound, unit in powers]
    return sa.case(*cases, else_=Floor(number / 1e5 + 0.5) * 1e5)
