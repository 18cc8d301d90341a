"""Sites: the place that each input comes from, and the list of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_sites"
down_revision = "0004_hours"

INDEX = "predictions_by_site"
WITH_SITE = sa.text("site IS NOT NULL")


def upgrade() -> None:
    """Add the column, null in all rows so far; an index over the rows with a site alone; and the empty list."""
    op.add_column("predictions", sa.Column("site", sa.String(60)))
    op.create_index(
        INDEX, "predictions", ["system", "site", "created_at"], sqlite_where=WITH_SITE, postgresql_where=WITH_SITE
    )
    op.create_table(
        "sites",
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("site", sa.String(60), primary_key=True),
    )


def downgrade() -> None:
    """Drop the list, the index and the column."""
    op.drop_table("sites")
    op.drop_index(INDEX, "predictions")
    op.drop_column("predictions", "site")
