"""Predictions and their outcomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_predictions_and_outcomes"
down_revision = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "predictions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40)),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("batch", sa.String(36)),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("value", sa.String(200)),
        sa.Column("score", sa.Float),
        sa.Column("abstained", sa.Boolean),
        sa.Column("reason", sa.Text),
        sa.Column("alternatives", sa.JSON),
        sa.Column("details", sa.JSON),
        sa.Column("features", sa.JSON),
        sa.Column("input_hash", sa.String(64)),
        sa.Column("error_kind", sa.String(40)),
        sa.Column("error", sa.Text),
        sa.Column("latency_ms", sa.Float, nullable=False),
    )
    op.create_index("predictions_by_system_and_time", "predictions", ["system", "created_at"])
    op.create_index("predictions_by_time", "predictions", ["created_at"])
    op.create_table(
        "outcomes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("prediction_id", sa.String(36), sa.ForeignKey("predictions.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("correct", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("consented", sa.Boolean, nullable=False),
        sa.Column("kept_input", sa.Text),
    )
    op.create_index("outcomes_by_prediction", "outcomes", ["prediction_id", "created_at"])


def downgrade() -> None:
    """Drop both tables, and with them the log."""
    op.drop_table("outcomes")
    op.drop_table("predictions")
