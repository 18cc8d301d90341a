"""States and events of alerts as rows of the store, and back."""

from __future__ import annotations

from uuid import uuid4

from core.alerts.readings import Reading, labels_key
from core.alerts.states import AlertEvent, AlertStage, AlertState
from core.store.alerts import AlertEventRow, AlertStateRow

STAGES: dict[str, AlertStage] = {
    "inactive": "inactive",
    "pending": "pending",
    "firing": "firing",
    "resolved": "resolved",
}


def state_row(state: AlertState) -> AlertStateRow:
    """The columns of `alert_states`."""
    reading = state.reading
    return {
        "rule": state.rule,
        "labels_key": labels_key(state.labels),
        "labels": dict(state.labels),
        "state": state.stage,
        "since": state.since,
        "clear_since": state.clear_since,
        "measured_at": state.measured_at,
        "evaluated_at": state.evaluated_at,
        "episode": state.episode,
        "began_at": state.began_at,
        "fired_at": state.fired_at,
        "notified": state.notified,
        "value": reading.value if reading else None,
        "low": reading.low if reading else None,
        "high": reading.high if reading else None,
        "n": reading.n if reading else None,
    }


def state_of(row: AlertStateRow) -> AlertState:
    """The state that a row holds."""
    reading = None
    if row["value"] is not None:
        low, high = row["low"], row["high"]
        reading = Reading(
            labels=row["labels"],
            value=row["value"],
            low=row["value"] if low is None else low,
            high=row["value"] if high is None else high,
            n=row["n"] or 0,
        )
    return AlertState(
        rule=row["rule"],
        labels=row["labels"],
        stage=STAGES[row["state"]],
        since=row["since"],
        evaluated_at=row["evaluated_at"],
        clear_since=row["clear_since"],
        measured_at=row["measured_at"],
        episode=row["episode"],
        began_at=row["began_at"],
        fired_at=row["fired_at"],
        notified=row["notified"],
        reading=reading,
    )


def event_row(event: AlertEvent) -> AlertEventRow:
    """The columns of `alert_events`, with a new id."""
    state, reading = event.state, event.state.reading
    return {
        "id": str(uuid4()),
        "created_at": state.evaluated_at,
        "rule": state.rule,
        "labels_key": labels_key(state.labels),
        "labels": dict(state.labels),
        "kind": event.kind,
        "reason": event.reason,
        "episode": state.episode or "",
        "value": reading.value if reading else None,
        "low": reading.low if reading else None,
        "high": reading.high if reading else None,
        "n": reading.n if reading else None,
    }
