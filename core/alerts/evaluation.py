"""All rules held against their readings: the next states, and what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from core import telemetry
from core.alerts.readings import Reading, Readings, labels_key
from core.alerts.rules import AlertRule
from core.alerts.states import AlertEvent, AlertState, advance, first_state, retire
from core.errors import LookoutError

Muted = Callable[[str, str], bool]
"""Whether nothing is to be told of a rule's alert: muted(rule, labels_key)."""


@dataclass
class Evaluation:
    """What came of holding rules against readings. rules: by name. problems: {rule: why it could not be evaluated}."""

    rules: dict[str, AlertRule] = field(default_factory=dict)
    states: list[AlertState] = field(default_factory=list)
    events: list[AlertEvent] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def evaluate(
    rules: Sequence[AlertRule],
    states: Sequence[AlertState],
    readings: Readings,
    now: datetime,
    *,
    muted: Muted,
    new_episode: Callable[[], str],
) -> Evaluation:
    """Hold every rule against the readings of now.

    A rule whose readings cannot be had keeps its states as they are, and the others are evaluated all the same. States
    of rules that there are no more end.
    """
    evaluation = Evaluation({rule.name: rule for rule in rules})
    states_by_rule: dict[str, dict[str, AlertState]] = defaultdict(dict)
    for state in states:
        states_by_rule[state.rule][labels_key(state.labels)] = state
    for rule in rules:
        own = states_by_rule.pop(rule.name, {})
        try:
            taken = readings.read(rule.measure, rule.window, rule.scope, now) if rule.enabled else ()
            replaced = _replaced_keys(rule, own.values(), taken, readings, now) if rule.enabled else set()
        except LookoutError as problem:
            evaluation.problems[rule.name] = problem.message
            continue
        except Exception as problem:  # noqa: BLE001 - a measure that fails must not silence the other alarms
            telemetry.log().error("alert_readings_failed", rule=rule.name, exc_info=problem)
            evaluation.problems[rule.name] = f"The readings failed ({type(problem).__name__}); see the server's log."
            continue
        _advance_rule(evaluation, rule, own, taken, replaced, now, muted=muted, new_episode=new_episode)
    for orphans in states_by_rule.values():
        for state in orphans.values():
            ended, events = retire(state, now)
            evaluation.states.append(ended)
            evaluation.events += events
    return evaluation


def _replaced_keys(
    rule: AlertRule, own: Iterable[AlertState], taken: Iterable[Reading], readings: Readings, now: datetime
) -> set[str]:
    """Labels, as keys, of versions that another replaced, and that were silent for the rule's `keep_firing_for`."""
    since = now - rule.keep_firing_for
    labels = {labels_key(each): each for each in (*(state.labels for state in own), *(read.labels for read in taken))}
    versions = {(each["system"], each["version"]) for each in labels.values() if {"system", "version"} <= each.keys()}
    gone = {each for each in versions if readings.is_replaced(*each, since)}
    return {key for key, each in labels.items() if (each.get("system"), each.get("version")) in gone}


def _advance_rule(
    evaluation: Evaluation,
    rule: AlertRule,
    own: Mapping[str, AlertState],
    readings: Sequence[Reading],
    replaced: Set[str],
    now: datetime,
    *,
    muted: Muted,
    new_episode: Callable[[], str],
) -> None:
    """Add the next state of each set of labels that has a reading or had one before. replaced: keys of labels."""
    by_key = {labels_key(reading.labels): reading for reading in readings}
    for key in sorted(own.keys() | by_key.keys()):
        state = own.get(key) or first_state(rule, by_key[key].labels, now)
        is_muted = muted(rule.name, key)
        after, events = advance(
            state, rule, by_key.get(key), now, muted=is_muted, new_episode=new_episode, replaced=key in replaced
        )
        is_new = key in by_key
        if is_new or after.stage in ("pending", "firing") or events:  # else: of what is measured no longer
            evaluation.states.append(after)
        evaluation.events += events
