"""The questions asked of single rows of the log, as SQL that both kinds of database understand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from core.store.query import Query, is_latest
from core.store.rows import OutcomeRow
from core.store.tables import kinds, outcomes, predictions, sites

Selection = sa.Select[*tuple[object, ...]]
OUTCOME = tuple(outcomes.c[name] for name in OutcomeRow.__annotations__)


def known_ids(prediction_ids: Sequence[str]) -> Selection:
    """Those of some ids that are in the log."""
    return sa.select(predictions.c.id).where(predictions.c.id.in_(prediction_ids))


def logged(prediction_id: str) -> Selection:
    """The row of one prediction."""
    return sa.select(predictions).where(predictions.c.id == prediction_id)


def answers_to(prediction_ids: Sequence[str], since: datetime) -> Selection:
    """id, system, value of some predictions that are not older than a time."""
    return sa.select(predictions.c.id, predictions.c.system, predictions.c.value).where(
        predictions.c.id.in_(prediction_ids), predictions.c.created_at >= since
    )


def recorded(outcome_ids: Sequence[str]) -> Selection:
    """Those of the ids that are of outcomes in the log."""
    return sa.select(outcomes.c.id).where(outcomes.c.id.in_(outcome_ids))


def copied_to_outcomes(prediction_ids: Sequence[str]) -> Selection:
    """What the outcomes of some predictions keep of them, `prediction_id` first."""
    return sa.select(
        predictions.c.id.label("prediction_id"),
        predictions.c.created_at.label("predicted_at"),
        predictions.c.system,
        predictions.c.version,
        predictions.c.source.label("asked_from"),
        predictions.c.status,
        predictions.c.score,
    ).where(predictions.c.id.in_(prediction_ids))


def outcomes_of(prediction_id: str) -> Selection:
    """The outcomes of one prediction, oldest first."""
    return sa.select(*OUTCOME).where(outcomes.c.prediction_id == prediction_id).order_by(outcomes.c.created_at)


def outcomes_of_each(prediction_ids: Sequence[str]) -> Selection:
    """The outcomes of some predictions, oldest first."""
    return sa.select(*OUTCOME).where(outcomes.c.prediction_id.in_(prediction_ids)).order_by(outcomes.c.created_at)


def newest(
    query: Query,
    columns: Sequence[str] | None,
    limit: int,
    offset: int,
    after: tuple[datetime, str] | None = None,
) -> Selection:
    """Rows, newest first, with `label` and `correct` of each one's latest outcome; all columns if none are named.

    The outcomes are looked up for these rows alone. `created_at` and `id` come first, whatever the columns are. after:
    both of the row that was read last.
    """
    time, identifier = predictions.c.created_at, predictions.c.id
    # The first condition, which the second implies, lets the database begin there in its index.
    follows = [] if after is None else [time <= after[0], (time < after[0]) | (identifier > after[1])]
    names = columns or list(predictions.c.keys())
    needed = dict.fromkeys(("created_at", "id", *names))
    shown = (
        sa.select(*(predictions.c[name] for name in needed))
        .where(*query.conditions(), *follows)
        .order_by(time.desc(), identifier)
        .limit(limit)
        .offset(offset)
        .subquery("shown")
    )
    return sa.select(*(shown.c[name] for name in needed), _latest("label", shown), _latest("correct", shown)).order_by(
        shown.c.created_at.desc(), shown.c.id
    )


def rows_of(prediction_ids: Sequence[str], columns: Sequence[str]) -> Selection:
    """Some predictions by id, in no order, with `label` and `correct` of each one's latest outcome."""
    names = dict.fromkeys(("id", *columns))
    shown = sa.select(*(predictions.c[name] for name in names)).where(predictions.c.id.in_(prediction_ids))
    each = shown.subquery("shown")
    return sa.select(*(each.c[name] for name in names), _latest("label", each), _latest("correct", each))


def earliest(query: Query) -> Selection:
    """The time of the oldest row."""
    return (
        sa.select(predictions.c.created_at).where(*query.conditions()).order_by(predictions.c.created_at.asc()).limit(1)
    )


def count(query: Query) -> sa.Select[int]:
    """The number of rows; of judged ones it reads the outcomes alone."""
    if query.finding in ("judged", "right", "wrong") and query.value is None and query.batch is None:
        return sa.select(sa.func.count()).select_from(outcomes).where(is_latest(), *query.outcome_conditions())
    return sa.select(sa.func.count()).select_from(predictions).where(*query.conditions())


def distinct_kinds(column: str, query: Query) -> Selection:
    """The values of system, version or source that occur in the log, sorted."""
    field = kinds.c[column]
    return sa.select(field).where(field != "", *query.kind_conditions()).distinct().order_by(field)


def distinct_sites(system: str | None) -> Selection:
    """The sites that occur in the log, of one system or of all, sorted."""
    meant = [] if system is None else [sites.c.system == system]
    return sa.select(sites.c.site).where(*meant).distinct().order_by(sites.c.site)


def distinct(column: str, query: Query) -> Selection:
    """The values of another column that occur, sorted. Reads every row."""
    field = predictions.c[column]
    return sa.select(field).where(field.is_not(None), *query.conditions()).distinct().order_by(field)


def _latest(column: str, shown: sa.Subquery) -> sa.Label[object]:
    """A column of the latest outcome of each shown row."""
    return (
        sa.select(outcomes.c[column])
        .where(outcomes.c.prediction_id == shown.c.id)
        .order_by(outcomes.c.created_at.desc(), outcomes.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label(column)
    )
