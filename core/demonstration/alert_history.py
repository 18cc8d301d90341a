"""The alerts of the invented log: its rules, held against it at a few moments, and what people decided meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.alerts.evaluator import AlertEvaluator
from core.alerts.log_readings import LogReadings
from core.alerts.rules import AlertRule, shipped
from core.alerts.state_rows import event_row, state_row
from core.store import Store
from core.store.alerts import EvaluationChanges

FROM_THE_LOG = frozenset(
    (
        "accuracy",
        "accuracy_fall",
        "drift",
        "expected_accuracy_fall",
        "failed_share",
        "latency_p95_ms",
        "silence_minutes",
    )
)
"""Measures of a log alone: what this machine has of disk and memory is not invented."""
OF_AN_OUTAGE = frozenset(("failed_share",))
HOLDER = "invented log"
LEASE = timedelta(minutes=1)


@dataclass(frozen=True)
class Decision:
    """What a person decided of the alerts of one rule that fire at the time. mute: for how long; None: looks after."""

    age: timedelta
    rule: str
    actor: str
    note: str
    mute: timedelta | None = None


OUTAGE = tuple(timedelta(days=20) - timedelta(minutes=minutes) for minutes in (20, 24, 75, 90))
LATER = tuple(
    timedelta(days=days) - timedelta(minutes=minutes) for days, minutes in ((5, 0), (5, 70), (2, 0), (2, 15), (0, 0))
)
"""How long before the end of the log its rules are evaluated: around the outage for failures alone, then all."""
DECIDED = (
    Decision(
        timedelta(days=20) - timedelta(minutes=35), "requests_fail", "Ada Osei", "Restarted the sorting line's camera."
    ),
    Decision(
        timedelta(days=4), "inputs_drifted", "Sam Ito", "Photos are taken at dusk; lamps come.", timedelta(days=6)
    ),
    Decision(timedelta(days=1, hours=20), "accuracy_fell_in_a_group", "Ada Osei", "Asked Bayview what changed."),
)


def write_alerts(store: Store, until: datetime, progress: Callable[[float], object]) -> None:
    """Evaluate the rules over the log that ends at `until`, deliver nothing, and keep states, events and decisions.

    progress: hears the share that is done, in [0, 1].
    """
    steps = sorted([*OUTAGE, *LATER, *(decision.age for decision in DECIDED)], reverse=True)
    for number, age in enumerate(steps, start=1):
        for decision in DECIDED:
            if decision.age == age:
                _decide(store, decision, until)
        if age in (*OUTAGE, *LATER):
            _evaluate(store, until - age, FROM_THE_LOG if age in LATER else OF_AN_OUTAGE)
        progress(number / len(steps))


def _evaluate(store: Store, now: datetime, measures: Collection[str]) -> None:
    def rules() -> Sequence[AlertRule]:
        return [rule for rule in shipped() if rule.measure in measures]

    readings = LogReadings(store, lambda _system: {})  # no alias names an invented version
    evaluator = AlertEvaluator(store.alerts, readings, channels=(), rules=rules, name=HOLDER)
    token = store.alerts.lease.acquire(HOLDER, now, LEASE)
    evaluation = evaluator.evaluate(now)
    changes = EvaluationChanges(
        states=[state_row(state) for state in evaluation.states],
        events=[event_row(event) for event in evaluation.events],
    )
    if token is not None:  # nobody else evaluates a log that is being made
        store.alerts.commit(token, changes)


def _decide(store: Store, decision: Decision, until: datetime) -> None:
    now, decisions = until - decision.age, store.alerts.decisions
    for row in store.alerts.states():
        if row["rule"] != decision.rule or row["state"] != "firing" or row["episode"] is None:
            continue
        if decision.mute is None:
            decisions.acknowledge(row["episode"], actor=decision.actor, now=now, note=decision.note)
        else:
            end, key = now + decision.mute, row["labels_key"]
            decisions.mute(decision.rule, end, actor=decision.actor, now=now, labels_key=key, note=decision.note)
