"""Rows of the tables of alerts as typed dictionaries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypedDict

from pydantic import JsonValue

NotificationState = Literal["waiting", "sending", "sent", "failed"]
TryOutcome = Literal["started", "sent", "failed"]


class AlertStateRow(TypedDict):
    """The state of one rule for one set of labels."""

    rule: str
    labels_key: str
    """The labels as JSON text, sorted by name: see `core.alerts.states.labels_key`."""
    labels: dict[str, str]
    state: str
    """`inactive`, `pending`, `firing` or `resolved`."""
    since: datetime
    """When it entered this state."""
    clear_since: datetime | None
    """Of a firing alert: since when its readings no longer call for it."""
    measured_at: datetime | None
    """Time of the last reading with enough data."""
    evaluated_at: datetime
    episode: str | None
    """Names one time of firing, until the next."""
    began_at: datetime | None
    """When readings first called for it."""
    fired_at: datetime | None
    notified: bool
    """Whether somebody was to be told that this episode fires."""
    value: float | None
    low: float | None
    high: float | None
    n: int | None


class AlertEventRow(TypedDict):
    """An alert began to fire, or stopped."""

    id: str
    created_at: datetime
    rule: str
    labels_key: str
    labels: dict[str, str]
    kind: str
    """`firing` or `resolved`."""
    reason: str
    episode: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None


class NotificationRow(TypedDict):
    """A message to one recipient, and what became of it."""

    id: str
    """The idempotency key that is sent with the message."""
    created_at: datetime
    rule: str
    system: str
    kind: str
    channel: str
    recipient: str
    content: dict[str, Any]
    state: NotificationState
    tries: int
    next_try_at: datetime
    claim: int
    claimed_by: str | None
    claimed_until: datetime | None
    ended_at: datetime | None
    """When it was sent, or given up."""
    problem: str | None
    """Why the last try failed."""


class DeliveryTryRow(TypedDict):
    """One try to deliver a notification."""

    notification: str
    number: int
    started_at: datetime
    ended_at: datetime | None
    """None where the process ended first: the message may have left, and is tried again with the same key."""
    outcome: TryOutcome
    problem: str | None


class AlertMuteRow(TypedDict):
    """Somebody wants to hear nothing of a rule, or of one alert of it, until a time."""

    id: str
    created_at: datetime
    rule: str
    labels_key: str
    """Empty: all alerts of the rule."""
    until: datetime
    actor: str
    note: str


class AcknowledgementRow(TypedDict):
    """Somebody looks after one episode of an alert."""

    episode: str
    created_at: datetime
    actor: str
    note: str


class RuleEditRow(TypedDict):
    """What was changed of a rule, or a whole new rule."""

    rule: str
    created_at: datetime
    actor: str
    changes: dict[str, JsonValue]
