"""What is told of alerts: one message for all alerts of a rule and a system that begin, or end, in one evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from core.alerts.rules import AlertRule, Severity
from core.alerts.states import AlertEvent

KEYS = UUID("5f0d7f4e-6f0b-4a53-9a53-0f6f8a8d3c11")  # namespace of the messages' keys
SCHEMA = "lookout.alert/1"


class AlertLine(BaseModel):
    """One alert of a message. low, high: the 95 % interval. since: when it began. reason: why it changed."""

    model_config = ConfigDict(frozen=True)

    labels: dict[str, str]
    episode: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    since: datetime | None
    reason: str


class AlertMessage(BaseModel):
    """Alerts of one rule and one system that began to fire, or were resolved, together; the webhook's JSON."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["firing", "resolved", "test"]
    """`test`: nothing is wrong, somebody sent it to see whether alerts arrive."""
    rule: str
    title: str
    severity: Severity
    system: str
    """Empty for what concerns no system, such as the disk."""
    created_at: datetime
    measure: str
    window_seconds: int
    direction: Literal["above", "below"]
    threshold_on: float
    threshold_off: float
    advice: str
    runbook: str
    alerts: tuple[AlertLine, ...]

    def key(self, channel: str, recipient: str) -> str:
        """The idempotency key of this message to a recipient: the same for the same alerts, whoever evaluated them."""
        episodes = sorted(line.episode for line in self.alerts)
        return str(uuid5(KEYS, "|".join([self.kind, self.rule, self.system, *episodes, channel, recipient])))


def messages_of(events: Sequence[AlertEvent], rules: Mapping[str, AlertRule]) -> list[AlertMessage]:
    """The messages about events of one evaluation of which somebody is to be told."""
    groups: dict[tuple[str, str, str], list[AlertEvent]] = defaultdict(list)
    for event in events:
        if event.tells:
            groups[event.state.rule, event.state.labels.get("system", ""), event.kind].append(event)
    return [_message(rules[rule], system, group) for (rule, system, _), group in groups.items()]


def _message(rule: AlertRule, system: str, events: Sequence[AlertEvent]) -> AlertMessage:
    return AlertMessage(
        kind=events[0].kind,
        rule=rule.name,
        title=rule.title,
        severity=rule.severity,
        system=system,
        created_at=events[0].state.evaluated_at,
        measure=rule.measure,
        window_seconds=int(rule.window.total_seconds()),
        direction=rule.direction,
        threshold_on=rule.threshold_on,
        threshold_off=rule.threshold_off,
        advice=rule.advice,
        runbook=rule.runbook,
        alerts=tuple(_line(event) for event in events),
    )


def _line(event: AlertEvent) -> AlertLine:
    state, reading = event.state, event.state.reading
    return AlertLine(
        labels=dict(state.labels),
        episode=state.episode or "",
        value=reading.value if reading else None,
        low=reading.low if reading else None,
        high=reading.high if reading else None,
        n=reading.n if reading else None,
        since=(reading.since if reading else None) or state.began_at,
        reason=event.reason,
    )
