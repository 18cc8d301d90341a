"""Resources of machines and serving processes, by the minute and by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_resources"
down_revision = "0007_alerts"

QUANTITIES = (
    *("processor_share", "memory_share", "memory_total_bytes", "disk_free_bytes", "disk_total_bytes"),
    *("gpu_share", "gpu_memory_share", "store_bytes", "process_processors", "process_rss_bytes", "process_pss_bytes"),
    *("requests_in_progress", "jobs_waiting", "jobs_working"),
)


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "resource_samples",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("machine", sa.String(200), primary_key=True),
        sa.Column("process", sa.String(60), primary_key=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Float) for name in QUANTITIES),
    )


def downgrade() -> None:
    """Drop the table with all that it holds."""
    op.drop_table("resource_samples")
