"""Work that people gave: photos, tables and forecasts, each with an address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_work"
down_revision = "0001_predictions_and_outcomes"


def upgrade() -> None:
    """Create the table of work."""
    op.create_table(
        "work",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("worker", sa.String(200), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("details", sa.JSON),
    )
    op.create_index("work_by_time", "work", ["created_at"])


def downgrade() -> None:
    """Drop the table of work."""
    op.drop_table("work")
