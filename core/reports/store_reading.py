"""Reads what a report rests on from a store: counts, drift, alerts with what people decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.alerts.overview import AlertOverview, edited_rules, overview
from core.alerts.rules import AlertRule
from core.alerts.texts import figure, labels_in_words
from core.monitoring import step_width
from core.monitoring.feature_drift import drift_by_version
from core.reports.facts import AlertEpisode, ReportFacts
from core.store import DAY, NOT_SURE_BELOW, Query, Store
from core.store.alerts import AlertEventRow, AlertMuteRow

MAX_EVENTS = 10_000  # of alerts, the newest
MAX_BARS = 62  # two months by the day


def read_facts(
    log: Store, query: Query, until: datetime, period: timedelta | None, *, is_invented: bool = False
) -> ReportFacts:
    """The facts of the period that ends at `until`; of the whole log where `period` is None.

    query: system, version and source that are meant; its times are not looked at. Raises StoreUnavailable.
    """
    since = until - period if period else log.earliest(query) or until
    meant = replace(query, since=since, until=until, not_sure_below=NOT_SURE_BELOW)
    before = replace(meant, since=since - (until - since), until=since)
    width = step_width(until - since, MAX_BARS)
    steps = log.steps(meant, int(width.total_seconds()))
    answers = log.answer_details(meant, DAY)
    rules = {rule.name: rule for rule in edited_rules(log.alerts)[0]}
    lines = overview(log.alerts, list(rules.values()), until)
    return ReportFacts(
        since=since,
        until=until,
        system=query.system,
        width=width,
        steps=steps,
        answers=answers,
        judged=log.judged_details(meant, DAY),
        judged_before=log.judged_details(before, DAY),
        drift={
            system: drift_by_version([step for step in answers if step.system == system], log.references.of(system))
            for system in sorted({step.system for step in steps})
        },
        episodes=_episodes(log, rules, query.system, since, until),
        mutes=[mute for mute in log.alerts.decisions.mutes() if _held(mute, query.system, since, until)],
        titles={name: rule.title for name, rule in rules.items()},
        not_measured=_not_measured(lines),
        is_invented=is_invented,
    )


def _episodes(
    log: Store, rules: Mapping[str, AlertRule], system: str | None, since: datetime, until: datetime
) -> list[AlertEpisode]:
    """The alerts that fired at any time of the period, the newest first."""
    events: dict[str, list[AlertEventRow]] = defaultdict(list)
    for event in reversed(log.alerts.events(limit=MAX_EVENTS)):  # oldest first
        if event["created_at"] < until and system in (None, event["labels"].get("system", system)):
            events[event["episode"]].append(event)
    acknowledged = log.alerts.decisions.acknowledgements(list(events))
    episodes = []
    for name, of_episode in events.items():
        ended = next((event["created_at"] for event in of_episode if event["kind"] == "resolved"), None)
        if ended is not None and ended < since:
            continue
        first = of_episode[0]
        rule, decision = rules.get(first["rule"]), acknowledged.get(name)
        episodes.append(
            AlertEpisode(
                title=rule.title if rule else first["rule"],
                severity=rule.severity if rule else "",
                system=first["labels"].get("system", ""),
                where=_where(first["labels"]),
                figure=_figure(rule, first),
                fired=first["created_at"],
                ended=ended,
                looked_after_by=decision["actor"] if decision else "",
                note=decision["note"] if decision else "",
            )
        )
    return sorted(episodes, key=lambda episode: episode.fired, reverse=True)


def _where(labels: Mapping[str, str]) -> str:
    """The part of a system that an alert is about, such as "district BAYVIEW, version 1.0.2"; "" of all of it."""
    others = {name: value for name, value in labels.items() if name != "system"}
    return labels_in_words(others, "") if others else ""


def _figure(rule: AlertRule | None, event: AlertEventRow) -> str:
    value, n = event["value"], event["n"]
    if rule is None or value is None or n is None:
        return "not measured"
    return figure(rule.measure, value, event["low"], event["high"], n)


def _held(mute: AlertMuteRow, system: str | None, since: datetime, until: datetime) -> bool:
    """Whether a mute held at any time of the period, and may be about the system that is meant."""
    is_about = system is None or not mute["labels_key"] or f'"system":"{system}"' in mute["labels_key"]
    return is_about and mute["created_at"] < until and mute["until"] > since


def _not_measured(lines: Sequence[AlertOverview]) -> list[str]:
    enabled = [line for line in lines if line.rule.enabled]
    measured = {line.rule.name for line in enabled if line.state and line.state.reading}
    return list(dict.fromkeys(line.rule.title for line in enabled if line.rule.name not in measured))
