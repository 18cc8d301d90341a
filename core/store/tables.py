"""The tables of the log and of work; column types that take any time, text and JSON, also what a database refuses."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import sqlalchemy as sa
from pydantic_core import to_json

UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL refuses NUL, and UTF-8 knows no lone surrogate


class Text(sa.TypeDecorator[str]):
    """Text that no database refuses: what cannot be stored is shown as U+FFFD, what is too long is cut.

    A row with a changed text is worth more than a lost one.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, max_length: int | None = None) -> None:
        super().__init__(max_length)
        self.max_length = max_length

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """What goes to the database: without characters that it refuses, cut to the column's length."""
        return None if value is None else storable(value)[: self.max_length]


class Json(sa.TypeDecorator[object]):
    """JSON that no database refuses: see `storable_json`; None as SQL's NULL."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: object, dialect: sa.Dialect) -> object:
        """What goes to the database: every text and number in it storable."""
        return storable_json(value)


def storable(text: str) -> str:
    """`text` with U+FFFD for each character that cannot be stored."""
    return text if text.isascii() and "\0" not in text else UNSTORABLE.sub("\ufffd", text)


def as_json(value: object) -> str:
    """JSON text of what `storable_json` returned; ten times as fast as the standard library's."""
    return to_json(value).decode()


def storable_json(value: object) -> object:
    """`value` as JSON that any database takes: texts `storable`, NaN and infinity as null."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {
            storable(str(key)): inner if type(inner) is int else storable_json(inner) for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [inner if type(inner) is int else storable_json(inner) for inner in value]  # counts are mostly these
    return value


class UtcDateTime(sa.TypeDecorator[datetime]):
    """Times in UTC with their zone, also on SQLite, which keeps none."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The time in UTC; without its zone on SQLite, so that times compare as text."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The time that was read, with UTC as its zone."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()
predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("id", Text(), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("system", Text(40), nullable=False),
    sa.Column("version", Text(40)),
    sa.Column("source", Text(20), nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("batch", Text(36)),
    sa.Column("status", Text(10), nullable=False),
    sa.Column("value", Text(200)),
    sa.Column("score", sa.Float),
    sa.Column("abstained", sa.Boolean),
    sa.Column("reason", Text()),
    sa.Column("alternatives", Json),
    sa.Column("details", Json),
    sa.Column("features", Json),
    sa.Column("input_hash", Text(64)),
    sa.Column("error_kind", Text(40)),
    sa.Column("error", Text()),
    sa.Column("latency_ms", sa.Float, nullable=False),
    sa.Column("site", Text(60)),
    sa.Column("groups", Json),
    sa.Index(  # holds all that is counted, so that counting reads no rows
        "predictions_by_system_and_time",
        *("system", "created_at", "version", "source", "status", "abstained", "score", "latency_ms"),
    ),
    sa.Index("predictions_by_time", "created_at"),
    sa.Index(  # of rows with a site alone, so that a log without any pays nothing
        "predictions_by_site",
        *("system", "site", "created_at"),
        sqlite_where=sa.text("site IS NOT NULL"),
        postgresql_where=sa.text("site IS NOT NULL"),
    ),
    sa.Index(  # of rows with a batch alone: an answer to one question pays nothing
        "predictions_by_batch",
        *("batch", "created_at"),
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    ),
)
kinds = sa.Table(  # what occurs in the log: read at once, where `SELECT DISTINCT` would read the whole log
    "kinds",
    metadata,
    sa.Column("system", Text(40), primary_key=True),
    sa.Column("version", Text(40), primary_key=True),  # "" for rows without one
    sa.Column("source", Text(20), primary_key=True),
)
sites = sa.Table(  # the sites that occur in the log, as `kinds`
    "sites",
    metadata,
    sa.Column("system", Text(40), primary_key=True),
    sa.Column("site", Text(60), primary_key=True),
)
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("id", Text(), primary_key=True),
    sa.Column("prediction_id", Text(), sa.ForeignKey("predictions.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("label", Text(200), nullable=False),
    sa.Column("correct", sa.Boolean, nullable=False),
    sa.Column("source", Text(20), nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("consented", sa.Boolean, nullable=False),
    sa.Column("kept_input", Text()),
    # Of its prediction, which never changes: what is judged is counted without a look at the predictions.
    sa.Column("predicted_at", UtcDateTime),
    sa.Column("system", Text(40)),
    sa.Column("version", Text(40)),
    sa.Column("asked_from", Text(20)),
    sa.Column("status", Text(10)),
    sa.Column("score", sa.Float),
    sa.Index("outcomes_by_prediction", "prediction_id", "created_at"),
    sa.Index("outcomes_by_system_and_time", "system", "predicted_at"),
)
work = sa.Table(
    "work",
    metadata,
    sa.Column("id", Text(), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("removed_at", UtcDateTime),
    sa.Column("system", Text(40), nullable=False),
    sa.Column("title", Text(200), nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("state", Text(12), nullable=False),
    sa.Column("worker", Text(200), nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("error", Text()),
    sa.Column("details", Json),
    sa.Index("work_by_time", "created_at"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Text(), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("system", Text(40), nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("state", Text(12), nullable=False),
    sa.Column("worker", Text(200), nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("message", Text(), nullable=False),
    sa.Column("error", Text()),
    sa.Column("result", Json),
    sa.Column("is_stop_asked", sa.Boolean, nullable=False),
    sa.Index("jobs_by_time", "created_at"),
)
