"""Alerts: the evaluator's lease, states, events, notifications with their tries, and what people decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_alerts"
down_revision = "0006_rollups"

TABLES = (
    *("alert_leases", "alert_states", "alert_events", "alert_notifications", "alert_deliveries"),
    *("alert_mutes", "alert_acknowledgements", "alert_rule_edits"),
)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None = None, *, nullable: bool = False, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=nullable, primary_key=key)


def _reading() -> list[sa.Column[object]]:
    return [*(sa.Column(name, sa.Float) for name in ("value", "low", "high")), sa.Column("n", sa.BigInteger)]


def upgrade() -> None:
    """Create the tables, all empty."""
    op.create_table(
        "alert_leases",
        _text("name", 40, key=True),
        _text("holder", 200),
        sa.Column("token", sa.BigInteger, nullable=False),
        _time("expires_at"),
    )
    op.create_table(
        "alert_states",
        _text("rule", 80, key=True),
        _text("labels_key", key=True),
        sa.Column("labels", sa.JSON, nullable=False),
        _text("state", 10),
        _time("since"),
        _time("clear_since", nullable=True),
        _time("measured_at", nullable=True),
        _time("evaluated_at"),
        _text("episode", 36, nullable=True),
        _time("began_at", nullable=True),
        _time("fired_at", nullable=True),
        sa.Column("notified", sa.Boolean, nullable=False),
        *_reading(),
    )
    op.create_table(
        "alert_events",
        _text("id", 36, key=True),
        _time("created_at"),
        _text("rule", 80),
        _text("labels_key"),
        sa.Column("labels", sa.JSON, nullable=False),
        _text("kind", 10),
        _text("reason", 20),
        _text("episode", 36),
        *_reading(),
    )
    op.create_index("alert_events_by_time", "alert_events", ["created_at"])
    op.create_table(
        "alert_notifications",
        _text("id", 36, key=True),
        _time("created_at"),
        _text("rule", 80),
        _text("system", 40),
        _text("kind", 10),
        _text("channel", 20),
        _text("recipient", 320),
        sa.Column("content", sa.JSON, nullable=False),
        _text("state", 10),
        sa.Column("tries", sa.Integer, nullable=False),
        _time("next_try_at"),
        sa.Column("claim", sa.BigInteger, nullable=False),
        _text("claimed_by", 200, nullable=True),
        _time("claimed_until", nullable=True),
        _time("ended_at", nullable=True),
        _text("problem", nullable=True),
    )
    op.create_index("alert_notifications_by_state", "alert_notifications", ["state", "next_try_at"])
    op.create_index("alert_notifications_by_time", "alert_notifications", ["created_at"])
    op.create_table(
        "alert_deliveries",
        _text("notification", 36, key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _time("started_at"),
        _time("ended_at", nullable=True),
        _text("outcome", 10),
        _text("problem", nullable=True),
    )
    op.create_table(
        "alert_mutes",
        _text("id", 36, key=True),
        _time("created_at"),
        _text("rule", 80),
        _text("labels_key"),
        _time("until"),
        _text("actor", 200),
        _text("note", 1000),
    )
    op.create_table(
        "alert_acknowledgements",
        _text("episode", 36, key=True),
        _time("created_at"),
        _text("actor", 200),
        _text("note", 1000),
    )
    op.create_table(
        "alert_rule_edits",
        _text("rule", 80, key=True),
        _time("created_at"),
        _text("actor", 200),
        sa.Column("changes", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables of alerts with all that they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
