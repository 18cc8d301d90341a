"""Counts by minute, hour and day in place of those by hour, groups of answers, and references of features."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_rollups"
down_revision = "0005_sites"

DETAILED = ("answer_rollups", "judged_rollups")
COUNTED = ("rollups", *DETAILED)
OUTCOMES_INDEX = "outcomes_by_system_and_time"


def upgrade() -> None:
    """Drop the counts by hour; create those by minute, hour and day, which fill when somebody looks."""
    for table in ("counted_hours", "late_hours", "hours"):
        op.drop_table(table)
    op.add_column("predictions", sa.Column("groups", sa.JSON))
    op.create_index(OUTCOMES_INDEX, "outcomes", ["system", "predicted_at"])
    op.create_table(
        "rollups",
        *_step_columns(),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("not_sure", sa.BigInteger, nullable=False),
        sa.Column("latency", sa.JSON, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
    )
    for table in DETAILED:
        op.create_table(table, *_step_columns(), sa.Column("details", sa.JSON, nullable=False))
    op.create_table(
        "late_hours",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("start", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "counted_until",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("minutes", sa.BigInteger, nullable=False),
        sa.Column("minutes_from", sa.BigInteger, nullable=False),
        sa.Column("removed_before", sa.BigInteger, nullable=False),
        sa.Column("not_sure_below", sa.Float, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "feature_references",
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop all that, and create the empty counts by hour."""
    for table in ("feature_references", "counted_until", "late_hours", *COUNTED):
        op.drop_table(table)
    op.drop_index(OUTCOMES_INDEX, "outcomes")
    op.drop_column("predictions", "groups")
    op.create_table(
        "hours",
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("source", sa.String(20), primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("not_sure", sa.BigInteger, nullable=False),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
    )
    op.create_table(
        "late_hours",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hour", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "counted_hours",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("not_sure_below", sa.Float, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )


def _step_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("source", sa.String(20), primary_key=True),
    ]
