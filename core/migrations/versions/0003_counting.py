"""What counting needs: an index that holds all that is counted, and the kinds of rows that are in the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_counting"
down_revision = "0002_work"

INDEX = "predictions_by_system_and_time"
COUNTED = ["version", "source", "status", "abstained", "score", "latency_ms"]


def upgrade() -> None:
    """Widen the index over system and time, so that counting reads no rows; list the kinds of rows that are there."""
    op.drop_index(INDEX, "predictions")
    op.create_index(INDEX, "predictions", ["system", "created_at", *COUNTED])
    op.create_table(
        "kinds",
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("version", sa.String(40), primary_key=True),
        sa.Column("source", sa.String(20), primary_key=True),
    )
    op.execute(
        "INSERT INTO kinds (system, version, source) "
        "SELECT DISTINCT system, coalesce(version, ''), source FROM predictions"
    )


def downgrade() -> None:
    """Narrow the index, drop the kinds."""
    op.drop_table("kinds")
    op.drop_index(INDEX, "predictions")
    op.create_index(INDEX, "predictions", ["system", "created_at"])
