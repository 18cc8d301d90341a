"""Delivery: each notification that is due is claimed, sent over its channel and marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import ValidationError

from core import telemetry
from core.alerts.channels.channel import Channel
from core.alerts.messages import AlertMessage
from core.errors import HostUnavailable
from core.store.alerts import NotificationRow
from core.store.alerts.outbox import Outbox

Clock = Callable[[], datetime]


def notifications_of(
    messages: Sequence[AlertMessage], channels: Sequence[Channel], now: datetime
) -> list[NotificationRow]:
    """A notification for each message and each channel, to be committed with the changes that they tell of."""
    return [
        {
            "id": message.key(channel.name, channel.recipient),
            "created_at": now,
            "rule": message.rule,
            "system": message.system,
            "kind": message.kind,
            "channel": channel.name,
            "recipient": channel.recipient,
            "content": message.model_dump(mode="json"),
            "state": "waiting",
            "tries": 0,
            "next_try_at": now,
            "claim": 0,
            "claimed_by": None,
            "claimed_until": None,
            "ended_at": None,
            "problem": None,
        }
        for message in messages
        for channel in channels
    ]


def deliver_due(
    outbox: Outbox,
    channels: Sequence[Channel],
    worker: str,
    clock: Clock,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Deliver what is due, oldest first, until nothing is or `stopped`; returns how many were sent.

    worker: who claims. clock: the database's time. What fails is tried again later. Raises StoreUnavailable.
    """
    by_recipient = {(channel.name, channel.recipient): channel for channel in channels}
    sent = 0
    while not stopped() and (row := outbox.claim(worker, clock())) is not None:
        problem = _send(row, by_recipient.get((row["channel"], row["recipient"])))
        if problem is None:
            outbox.mark_sent(row, clock())
            sent += 1
        else:
            outbox.mark_failed(row, problem, clock())
    return sent


def send(channel: Channel, message: AlertMessage, key: str) -> str | None:
    """Send a message over a channel; returns why it was not taken, None if it was."""
    try:
        channel.send(message, key)
    except HostUnavailable as problem:
        telemetry.log().warning("alert_not_delivered", key=key, channel=channel.name, problem=problem.message)
        return problem.message
    except Exception as problem:  # noqa: BLE001 - one message that cannot be written must not hold up the others
        # without the traceback, which could show what a channel keeps secret
        telemetry.log().error("alert_not_delivered", key=key, channel=channel.name, kind=type(problem).__name__)
        return f"Unexpected problem ({type(problem).__name__})."
    return None


@telemetry.traced("deliver alert")
def _send(row: NotificationRow, channel: Channel | None) -> str | None:
    """Send a claimed notification; returns why it was not taken, None if it was."""
    if channel is None:
        return "The settings name this recipient no longer."
    try:
        message = AlertMessage.model_validate(row["content"])
    except ValidationError:  # kept by another version of Lookout
        return "The message was kept in another form and cannot be read."
    problem = send(channel, message, row["id"])
    if problem is None:
        telemetry.log().info("alert_delivered", key=row["id"], channel=channel.name, tries=row["tries"])
    return problem
