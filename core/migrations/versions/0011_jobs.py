"""Jobs of the API, which any process on the same store can tell about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_jobs"
down_revision = "0010_audit_sample"


def upgrade() -> None:
    """Create the table, empty: jobs of processes that ran before are not known."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("worker", sa.String(200), nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("result", sa.JSON()),
        sa.Column("is_stop_asked", sa.Boolean, nullable=False),
    )
    op.create_index("jobs_by_time", "jobs", ["created_at"])


def downgrade() -> None:
    """Drop the table; what jobs answered stays in the log."""
    op.drop_table("jobs")
