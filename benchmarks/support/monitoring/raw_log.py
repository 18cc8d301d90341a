"""The questions of Monitoring asked of the raw log in SQL, for comparison: what they would cost without kept counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.support.monitoring.invented_answers import FEATURE_NAMES
from core.store import Store
from core.store.counting import StepNumber
from core.store.query import is_latest
from core.store.tables import outcomes, predictions

DAY = 86_400  # s
MAX_SECONDS = 60.0  # once a question took longer, those that read more are not asked

PageQuestion = tuple[str, sa.Select[tuple[object, ...]]]


def questions(now: datetime) -> Iterator[PageQuestion]:
    """Each question with its statement, of 30 days and then of all rows."""
    for name, since in (("30 days", now - timedelta(days=30)), ("all", datetime(1970, 1, 1, tzinfo=UTC))):
        for title, statement in (
            ("figures by day", _figures()),
            ("latency, counted by value", _latencies()),
            ("right by score", _judged()),
            ("right by district", _by_district()),
            ("drift: means by version", _feature_means()),
        ):
            yield f"{title}, {name}", statement.where(predictions.c.created_at >= since)


def ask(store: Store, now: datetime) -> dict[str, float]:
    """Seconds of each question, once each, that is asked within MAX_SECONDS."""
    took: dict[str, float] = {}
    with store.engine.connect() as connection:
        for title, statement in questions(now):
            if max(took.values(), default=0.0) > MAX_SECONDS:
                break
            started = time.perf_counter()
            connection.execute(statement).all()
            took[title] = round(time.perf_counter() - started, 3)
            print(f"  raw log: {title}: {took[title]:.2f} s", flush=True)
    return took


def _kinds() -> list[Any]:
    return [predictions.c[name] for name in ("system", "version", "source")]


def _figures() -> sa.Select[tuple[object, ...]]:
    columns: list[Any] = [StepNumber(predictions.c.created_at, sa.literal_column(str(DAY))), *_kinds()]
    failed = sa.func.count().filter(predictions.c.status == "failed")
    unsure = sa.func.count().filter(predictions.c.score < 0.6)
    mean = sa.func.avg(predictions.c.latency_ms)
    return sa.select(*columns, sa.func.count(), failed, unsure, mean).group_by(*columns)


def _latencies() -> sa.Select[tuple[object, ...]]:
    rounded = sa.cast(predictions.c.latency_ms, sa.Integer)
    return sa.select(predictions.c.system, rounded, sa.func.count()).group_by(predictions.c.system, rounded)


def _judged() -> sa.Select[tuple[object, ...]]:
    bins = sa.cast(predictions.c.score * 10, sa.Integer)
    right = sa.func.count().filter(outcomes.c.correct.is_(True))
    joined = outcomes.join(predictions, outcomes.c.prediction_id == predictions.c.id)
    selected = sa.select(predictions.c.system, predictions.c.version, bins, sa.func.count(), right)
    columns = (predictions.c.system, predictions.c.version, bins)
    return selected.select_from(joined).where(is_latest()).group_by(*columns)


def _by_district() -> sa.Select[tuple[object, ...]]:
    district = predictions.c.groups["district"].as_string()
    joined = outcomes.join(predictions, outcomes.c.prediction_id == predictions.c.id)
    right = sa.func.count().filter(outcomes.c.correct.is_(True))
    return sa.select(district, sa.func.count(), right).select_from(joined).where(is_latest()).group_by(district)


def _feature_means() -> sa.Select[tuple[object, ...]]:
    values = [predictions.c.features[name].as_float() for name in FEATURE_NAMES]
    means = [part for value in values for part in (sa.func.avg(value), sa.func.avg(value * value))]
    columns = (predictions.c.system, predictions.c.version)
    return sa.select(*columns, *means).where(predictions.c.status == "answered").group_by(*columns)
