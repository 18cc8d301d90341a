"""An index over the rows of each batch, so that a batch is found, and what stands beside one of its rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_batches"
down_revision = "0008_resources"

INDEX = "predictions_by_batch"
WITH_BATCH = sa.text("batch IS NOT NULL")


def upgrade() -> None:
    """Make the index, of rows with a batch alone."""
    op.create_index(INDEX, "predictions", ["batch", "created_at"], sqlite_where=WITH_BATCH, postgresql_where=WITH_BATCH)


def downgrade() -> None:
    """Drop the index that finds the rows of a batch."""
    op.drop_index(INDEX, "predictions")
