"""The tables of the counts, and of how far the log is counted."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.tables import Json, Text, UtcDateTime, metadata


def _step_columns() -> list[sa.Column[object]]:
    """A step of time and the kind of rows that are counted apart in it."""
    columns: list[sa.Column[object]] = [
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),  # width of the step [s]
        sa.Column("system", Text(40), primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),  # s since 1970
        sa.Column("version", Text(40), primary_key=True),  # "" for rows without one
        sa.Column("source", Text(20), primary_key=True),
    ]
    return columns


rollups = sa.Table(  # `AnswerCounts` by minute, hour and day
    "rollups",
    metadata,
    *_step_columns(),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.BigInteger, nullable=False),
    sa.Column("not_sure", sa.BigInteger, nullable=False),
    sa.Column("latency", Json, nullable=False),
    sa.Column("scores", Json, nullable=False),
)
answer_rollups = sa.Table(  # `AnswerDetails` by hour and day
    "answer_rollups", metadata, *_step_columns(), sa.Column("details", Json, nullable=False)
)
judged_rollups = sa.Table(  # `JudgedDetails` by hour and day of the prediction
    "judged_rollups", metadata, *_step_columns(), sa.Column("details", Json, nullable=False)
)
COUNTED = (rollups, answer_rollups, judged_rollups)

late_hours = sa.Table(  # hours that got a row or an outcome after they were counted: they are counted again
    "late_hours",
    metadata,
    sa.Column("id", Text(36), primary_key=True),
    sa.Column("start", sa.BigInteger, nullable=False),
)
counted_until = sa.Table(  # one row: see `levels.Counted`
    "counted_until",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hours", sa.BigInteger, nullable=False),
    sa.Column("minutes", sa.BigInteger, nullable=False),
    sa.Column("minutes_from", sa.BigInteger, nullable=False),
    sa.Column("removed_before", sa.BigInteger, nullable=False),  # rows of hours before this were removed for good
    sa.Column("not_sure_below", sa.Float, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)
references = sa.Table(  # what the features of a version's answers are held against
    "feature_references",
    metadata,
    sa.Column("system", Text(40), primary_key=True),
    sa.Column("version", Text(40), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("fingerprint", Text(64), nullable=False),
    sa.Column("content", Json, nullable=False),
)
