"""The audit sample: answers that are drawn to be judged, with what was judged of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_audit_sample"
down_revision = "0009_batches"

WAITS, IS_JUDGED = sa.text("verdict IS NULL"), sa.text("verdict IS NOT NULL")


def upgrade() -> None:
    """Create the table, empty: answers are drawn from now on."""
    op.create_table(
        "audit_sample",
        sa.Column("prediction_id", sa.String(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("band", sa.Integer, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("position", sa.Float, nullable=False),
        sa.Column("verdict", sa.String(10)),
        sa.Column("judged_at", sa.DateTime(timezone=True)),
        sa.Column("judged_by", sa.String(200)),
    )
    counted = ["system", "created_at", "band", "share", "verdict", "version", "source"]
    op.create_index("audit_sample_by_system_and_time", "audit_sample", counted)
    waiting, judged = ["system", "position", "created_at"], ["system", "created_at"]
    op.create_index("audit_sample_waiting", "audit_sample", waiting, sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_index("audit_sample_judged", "audit_sample", judged, sqlite_where=IS_JUDGED, postgresql_where=IS_JUDGED)


def downgrade() -> None:
    """Drop the table with all that it holds; outcomes stay."""
    op.drop_table("audit_sample")
