"""Counts of past hours, and what an outcome keeps of its prediction, so that long logs are counted at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_hours"
down_revision = "0003_counting"

COPIED = ("predicted_at", "system", "version", "asked_from", "status", "score")


def upgrade() -> None:
    """Create the tables of hours, which fill when somebody looks; copy into outcomes what is counted with them."""
    op.add_column("outcomes", sa.Column("predicted_at", sa.DateTime(timezone=True)))
    op.add_column("outcomes", sa.Column("system", sa.String(40)))
    op.add_column("outcomes", sa.Column("version", sa.String(40)))
    op.add_column("outcomes", sa.Column("asked_from", sa.String(20)))
    op.add_column("outcomes", sa.Column("status", sa.String(10)))
    op.add_column("outcomes", sa.Column("score", sa.Float))
    op.execute(
        "UPDATE outcomes SET (predicted_at, system, version, asked_from, status, score) = (SELECT p.created_at, "
        "p.system, p.version, p.source, p.status, p.score FROM predictions p WHERE p.id = outcomes.prediction_id)"
    )
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


def downgrade() -> None:
    """Drop the counts and the copies."""
    for table in ("counted_hours", "late_hours", "hours"):
        op.drop_table(table)
    for name in reversed(COPIED):
        op.drop_column("outcomes", name)
