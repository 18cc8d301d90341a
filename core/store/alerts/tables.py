"""The tables of alerts: the evaluator's lease, states, events, notifications with their tries, people's decisions."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.tables import Json, Text, UtcDateTime, metadata

leases = sa.Table(  # one row for each work that one process at a time may do
    "alert_leases",
    metadata,
    sa.Column("name", Text(40), primary_key=True),
    sa.Column("holder", Text(200), nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),  # grows with each change of holder: see `lease`
    sa.Column("expires_at", UtcDateTime, nullable=False),
)
states = sa.Table(
    "alert_states",
    metadata,
    sa.Column("rule", Text(80), primary_key=True),
    sa.Column("labels_key", Text(), primary_key=True),  # the labels as JSON text, sorted by name
    sa.Column("labels", Json, nullable=False),
    sa.Column("state", Text(10), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("clear_since", UtcDateTime),
    sa.Column("measured_at", UtcDateTime),
    sa.Column("evaluated_at", UtcDateTime, nullable=False),
    sa.Column("episode", Text(36)),
    sa.Column("began_at", UtcDateTime),
    sa.Column("fired_at", UtcDateTime),
    sa.Column("notified", sa.Boolean, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("low", sa.Float),
    sa.Column("high", sa.Float),
    sa.Column("n", sa.BigInteger),
)
events = sa.Table(
    "alert_events",
    metadata,
    sa.Column("id", Text(36), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("rule", Text(80), nullable=False),
    sa.Column("labels_key", Text(), nullable=False),
    sa.Column("labels", Json, nullable=False),
    sa.Column("kind", Text(10), nullable=False),
    sa.Column("reason", Text(20), nullable=False),
    sa.Column("episode", Text(36), nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("low", sa.Float),
    sa.Column("high", sa.Float),
    sa.Column("n", sa.BigInteger),
    sa.Index("alert_events_by_time", "created_at"),
)
notifications = sa.Table(  # the outbox: one row for each message to each recipient
    "alert_notifications",
    metadata,
    sa.Column("id", Text(36), primary_key=True),  # the idempotency key that goes with the message
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("rule", Text(80), nullable=False),
    sa.Column("system", Text(40), nullable=False),  # "" where the rule is of no system
    sa.Column("kind", Text(10), nullable=False),
    sa.Column("channel", Text(20), nullable=False),
    sa.Column("recipient", Text(320), nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("state", Text(10), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("claim", sa.BigInteger, nullable=False),  # grows with each claim: an outdated one marks nothing
    sa.Column("claimed_by", Text(200)),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("problem", Text()),
    sa.Index("alert_notifications_by_state", "state", "next_try_at"),
    sa.Index("alert_notifications_by_time", "created_at"),
)
deliveries = sa.Table(  # one row for each try to deliver a notification
    "alert_deliveries",
    metadata,
    sa.Column("notification", Text(36), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),  # NULL: the process ended before it could say what became of the try
    sa.Column("outcome", Text(10), nullable=False),
    sa.Column("problem", Text()),
)
mutes = sa.Table(
    "alert_mutes",
    metadata,
    sa.Column("id", Text(36), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("rule", Text(80), nullable=False),
    sa.Column("labels_key", Text(), nullable=False),  # "" mutes all alerts of the rule
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("note", Text(1000), nullable=False),
)
acknowledgements = sa.Table(
    "alert_acknowledgements",
    metadata,
    sa.Column("episode", Text(36), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("note", Text(1000), nullable=False),
)
rule_edits = sa.Table(  # what was changed of a shipped rule, or a whole new rule
    "alert_rule_edits",
    metadata,
    sa.Column("rule", Text(80), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("actor", Text(200), nullable=False),
    sa.Column("changes", Json, nullable=False),
)
