"""The life of an alert: inactive, pending, firing, resolved; a pure function of the last state and a reading.

| state | a reading calls for it | between the thresholds | is back | not enough data |
|---|---|---|---|---|
| inactive, resolved | pending, or firing at once | stays | stays | stays |
| pending | firing after `pending_for` | stays pending | inactive | inactive |
| firing | stays | stays | resolved after `keep_firing_for` | as the rule's `no_data` says |

Readings between the thresholds change nothing, so that an alert whose readings jitter tells of itself once. Of a
version that another replaced no alert begins, and one that fires or waits ends, whatever is read of its last days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Literal

from core.alerts.readings import Reading
from core.alerts.rules import AlertRule

AlertStage = Literal["inactive", "pending", "firing", "resolved"]
Reason = Literal["past the threshold", "back", "no longer measured", "no longer served", "switched off", "mute ended"]


class Verdict(Enum):
    """What a reading says to a rule."""

    CALLS = "past the threshold"
    BETWEEN = "between the thresholds"
    BACK = "back"
    UNKNOWN = "not enough data"


@dataclass(frozen=True)
class AlertState:
    """Where one rule stands for one set of labels.

    since: when it entered its stage. clear_since: since when the readings of a firing alert are back. measured_at:
    time of the last reading with enough data. episode: names one time of firing. began_at: when readings first called
    for it. fired_at: when it last began to fire. notified: somebody was to be told of this episode. reading: the last
    one with enough data.
    """

    rule: str
    labels: Mapping[str, str]
    stage: AlertStage
    since: datetime
    evaluated_at: datetime
    clear_since: datetime | None = None
    measured_at: datetime | None = None
    episode: str | None = None
    began_at: datetime | None = None
    fired_at: datetime | None = None
    notified: bool = False
    reading: Reading | None = None


@dataclass(frozen=True)
class AlertEvent:
    """An alert began to fire or was resolved. tells: whether somebody is to be told."""

    kind: Literal["firing", "resolved"]
    reason: Reason
    state: AlertState
    tells: bool


def first_state(rule: AlertRule, labels: Mapping[str, str], now: datetime) -> AlertState:
    """The state of labels that were never seen before."""
    return AlertState(rule.name, dict(labels), "inactive", now, now)


def verdict(rule: AlertRule, reading: Reading | None) -> Verdict:
    """What a reading says to a rule; without one, or with fewer cases than the rule wants, UNKNOWN."""
    if reading is None or reading.n < rule.minimum_n:
        return Verdict.UNKNOWN
    sign = 1.0 if rule.direction == "above" else -1.0
    nearest = reading.low if rule.direction == "above" else reading.high  # the end of the interval nearest to calm
    if sign * (nearest if rule.certain else reading.value) > sign * rule.threshold_on:
        return Verdict.CALLS
    return Verdict.BACK if sign * reading.value <= sign * rule.threshold_off else Verdict.BETWEEN


def advance(
    state: AlertState,
    rule: AlertRule,
    reading: Reading | None,
    now: datetime,
    *,
    muted: bool,
    new_episode: Callable[[], str],
    replaced: bool = False,
) -> tuple[AlertState, list[AlertEvent]]:
    """The next state, and what happened: at most one event.

    reading: None where these labels have none now. muted: nobody is to be told now; who would have been is told when
    the mute ends, if the alert still fires. new_episode: a name that no other episode has. replaced: the alert is about
    a version that answers no longer, for another took over.
    """
    if not rule.enabled:
        return _end(state, now, "switched off", muted=muted)
    if replaced:
        return _end(state, now, "no longer served", muted=muted)
    judged = verdict(rule, reading)
    state = replace(state, evaluated_at=now)
    if judged is not Verdict.UNKNOWN:
        state = replace(state, measured_at=now, reading=reading)
    if state.stage == "firing":
        return _go_on(state, rule, judged, now, muted=muted)
    if judged is Verdict.CALLS:
        return _call(state, rule, now, muted=muted, new_episode=new_episode)
    if state.stage == "pending" and judged is not Verdict.BETWEEN:
        return replace(state, stage="inactive", since=now), []
    return state, []


def retire(state: AlertState, now: datetime) -> tuple[AlertState, list[AlertEvent]]:
    """The end of a state whose rule there is no more; nobody is told, for nothing says in which words."""
    return _end(state, now, "switched off", muted=True)


def _call(
    state: AlertState, rule: AlertRule, now: datetime, *, muted: bool, new_episode: Callable[[], str]
) -> tuple[AlertState, list[AlertEvent]]:
    """A reading calls for an alert that does not fire yet."""
    if state.stage != "pending":
        state = replace(state, stage="pending", since=now, began_at=now)
    if now - state.since < rule.pending_for:
        return state, []
    began = replace(
        state,
        stage="firing",
        since=now,
        fired_at=now,
        clear_since=None,
        episode=new_episode(),
        notified=not muted,
    )
    return began, [AlertEvent("firing", "past the threshold", began, tells=not muted)]


def _go_on(
    state: AlertState, rule: AlertRule, judged: Verdict, now: datetime, *, muted: bool
) -> tuple[AlertState, list[AlertEvent]]:
    """What becomes of an alert that fires."""
    is_unmeasured = judged is Verdict.UNKNOWN and rule.no_data == "keep"
    if is_unmeasured and rule.no_data_limit is not None and _last_measured(state) + rule.no_data_limit <= now:
        return _end(state, now, "no longer measured", muted=muted)
    if judged is Verdict.BACK or (judged is Verdict.UNKNOWN and rule.no_data == "resolve"):
        state = replace(state, clear_since=state.clear_since or now)
    else:
        state = replace(state, clear_since=None)
    if state.clear_since is not None and now - state.clear_since >= rule.keep_firing_for:
        return _end(state, now, "back" if judged is Verdict.BACK else "no longer measured", muted=muted)
    if state.notified or muted:
        return state, []
    told = replace(state, notified=True)
    return told, [AlertEvent("firing", "mute ended", told, tells=True)]


def _end(state: AlertState, now: datetime, reason: Reason, *, muted: bool) -> tuple[AlertState, list[AlertEvent]]:
    """The end of an alert, of which whoever heard of its beginning hears, unless it is muted."""
    state = replace(state, evaluated_at=now)
    if state.stage != "firing":
        calm = state if state.stage != "pending" else replace(state, stage="inactive", since=now)
        return calm, []
    ended = replace(state, stage="resolved", since=now, clear_since=None)
    return ended, [AlertEvent("resolved", reason, ended, tells=state.notified and not muted)]


def _last_measured(state: AlertState) -> datetime:
    return state.measured_at or state.since
