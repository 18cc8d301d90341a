"""Messages to deliver."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerts.messages import AlertMessage, messages_of
from core.alerts.states import AlertEvent as Event
from core.alerts.states import AlertState
from tests.support.alerts.fakes import NOON, reading, rule


def message_about(*alerts, kind="firing", **changes) -> AlertMessage:
    """A message about alerts, each (labels, value, low, high, n)."""
    chosen = rule(**changes)
    events = []
    for number, (labels, value, low, high, n) in enumerate(alerts):
        state = AlertState(
            chosen.name,
            labels,
            "firing" if kind == "firing" else "resolved",
            NOON,
            NOON + timedelta(minutes=2),
            episode=f"e{number}",
            began_at=NOON,
            reading=reading(value, n, low, high, **labels),
        )
        events.append(Event(kind, "past the threshold" if kind == "firing" else "back", state, tells=True))
    (message,) = messages_of(events, {chosen.name: chosen})
    return message


@pytest.fixture
def message() -> AlertMessage:
    """Two districts of crime in which requests fail."""
    return message_about(
        ({"system": "crime", "district": "BAYVIEW"}, 0.12, 0.07, 0.2, 100),
        ({"system": "crime", "district": "MISSION"}, 0.5, 0.4, 0.6, 1200),
    )
