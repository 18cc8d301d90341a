"""The questions asked of the log, as SQL that both kinds of database understand."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.store.query import Query
from core.store.tables import outcomes, predictions

Selection = sa.Select[*tuple[object, ...]]


def logged(prediction_id: str) -> Selection:
    """The row of one prediction."""
    return sa.select(predictions).where(predictions.c.id == prediction_id)


def outcomes_of(prediction_id: str) -> Selection:
    """The outcomes of one prediction, oldest first."""
    return sa.select(outcomes).where(outcomes.c.prediction_id == prediction_id).order_by(outcomes.c.created_at)


def newest(query: Query, columns: Sequence[str] | None, limit: int, offset: int) -> Selection:
    """Rows, newest first, with `label` and `correct` of each one's latest outcome; all columns if none are named."""
    latest = latest_outcomes()
    selected = [predictions.c[name] for name in columns] if columns else list(predictions.c)
    return (
        sa.select(*selected, latest.c.label, latest.c.correct)
        .select_from(predictions.outerjoin(latest, latest.c.prediction_id == predictions.c.id))
        .where(*query.conditions())
        .order_by(predictions.c.created_at.desc(), predictions.c.id)
        .limit(limit)
        .offset(offset)
    )


def count(query: Query) -> sa.Select[int]:
    """The number of rows."""
    return sa.select(sa.func.count()).select_from(predictions).where(*query.conditions())


def distinct(column: str, query: Query) -> Selection:
    """The values of `column` that occur, sorted."""
    field = predictions.c[column]
    return sa.select(field).where(field.is_not(None), *query.conditions()).distinct().order_by(field)


def tally(query: Query, not_sure_below: float) -> Selection:
    """Rows by system: how many there are, failed and abstained or scored below `not_sure_below`, and the latest."""
    unsure = predictions.c.abstained.is_(True) | (predictions.c.score < not_sure_below)
    return (
        sa.select(
            predictions.c.system,
            sa.func.count().label("n"),
            _count_where(predictions.c.status == "failed").label("failed"),
            _count_where(unsure).label("not_sure"),
            sa.func.max(predictions.c.created_at).label("latest"),
        )
        .where(*query.conditions())
        .group_by(predictions.c.system)
        .order_by(predictions.c.system)
    )


def tally_outcomes(query: Query) -> Selection:
    """Rows with an outcome by system, and those whose latest one agrees.

    Counted apart from `tally`: few rows have an outcome, and joining all of them with outcomes is slow.
    """
    latest = latest_outcomes()
    return (
        sa.select(
            predictions.c.system,
            sa.func.count().label("judged"),
            _count_where(latest.c.correct.is_(True)).label("correct"),
        )
        .select_from(latest.join(predictions, latest.c.prediction_id == predictions.c.id))
        .where(*query.conditions())
        .group_by(predictions.c.system)
    )


def latest_outcomes() -> sa.Subquery:
    """For each prediction its latest outcome; of two in one instant, the one with the greater id."""
    rank = sa.func.row_number().over(
        partition_by=outcomes.c.prediction_id, order_by=(outcomes.c.created_at.desc(), outcomes.c.id.desc())
    )
    ranked = sa.select(outcomes, rank.label("rank")).subquery()
    return sa.select(ranked).where(ranked.c.rank == 1).subquery()


def _count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows of a group meet the condition; 0 where there are none."""
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
