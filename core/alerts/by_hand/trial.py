"""A message that somebody sends to see whether alerts arrive: over the same channels, told as what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from core.alerts.channels.channel import Channel
from core.alerts.delivery import send
from core.alerts.messages import AlertMessage
from core.alerts.rules import shipped


@dataclass(frozen=True)
class TrialDelivery:
    """What became of a trial at one recipient. problem: why it was not taken, None if it was."""

    channel: str
    recipient: str
    problem: str | None


def deliver_trial(channels: Sequence[Channel], actor: str, now: datetime) -> list[TrialDelivery]:
    """Send a trial message over each channel, once and at once, and tell what came of it; nothing is logged."""
    message, key = trial_message(actor, now), str(uuid4())
    return [TrialDelivery(each.name, each.recipient, send(each, message, key)) for each in channels]


def trial_message(actor: str, now: datetime) -> AlertMessage:
    """A message that says that nothing is wrong; its measure and thresholds are those of the first rule that ships."""
    rule = shipped()[0]
    return AlertMessage(
        kind="test",
        rule=rule.name,
        title="Nothing is wrong, this is a test",
        severity="warning",
        system="",
        created_at=now,
        measure=rule.measure,
        window_seconds=int(rule.window.total_seconds()),
        direction=rule.direction,
        threshold_on=rule.threshold_on,
        threshold_off=rule.threshold_off,
        advice=f"Nothing. {actor} sent this to see whether alerts arrive.",
        runbook=rule.runbook,
        alerts=(),
    )
