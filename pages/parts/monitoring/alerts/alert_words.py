"""Alerts and rules in words: stage, figure, thresholds, who looks after them, why they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core.alerts.measures import MEASURES
from core.alerts.overview import AlertOverview
from core.alerts.rules import AlertRule
from core.alerts.texts import REASONS, bounds_in_words, figure, labels_in_words, measured, period
from core.store.alerts import AlertEventRow
from pages.parts.shared.words import moment, system_names

NO_FIGURE = "–"
SEVERITIES = {"critical": "look now", "warning": "look today"}


def stage(line: AlertOverview) -> str:
    """Where an alert stands, in a word: "Firing", "Not measured"."""
    if line.stage == "inactive" and (line.state is None or line.state.reading is None):
        return "Not measured"
    return line.stage.capitalize()


def about(labels: Mapping[str, str]) -> str:
    """What an alert is about: the system's title, then what else it is narrowed to."""
    titles = system_names()
    system = labels.get("system")
    rest = {name: value for name, value in labels.items() if name != "system"}
    parts = [titles.get(system, system) if system else "", labels_in_words(rest, "") if rest else ""]
    return ", ".join(part for part in parts if part)


def figure_of(line: AlertOverview) -> str:
    """The last figure that was measured, with its interval and number of cases."""
    reading = line.state.reading if line.state else None
    if reading is None:
        return NO_FIGURE
    return figure(line.rule.measure, reading.value, reading.low, reading.high, reading.n)


def event_figure(event: AlertEventRow, rule: AlertRule | None) -> str:
    """The figure of an event; of a rule that there is no more, nothing says in which unit it was."""
    if rule is None or event["value"] is None:
        return NO_FIGURE
    return figure(rule.measure, event["value"], event["low"], event["high"], event["n"] or 0)


def reason(event: AlertEventRow) -> str:
    """Why an alert changed."""
    return REASONS.get(event["reason"], event["reason"])


def begins(rule: AlertRule) -> str:
    """Where an alert of a rule begins, short: "above 5 %"."""
    return f"{rule.direction} {MEASURES[rule.measure].written(rule.threshold_on)}"


def ends(rule: AlertRule) -> str:
    """Where it ends, short: "2 % or less"."""
    better = "or less" if rule.direction == "above" else "or more"
    return f"{MEASURES[rule.measure].written(rule.threshold_off)} {better}"


def rule_sentences(rule: AlertRule) -> list[str]:
    """What a rule measures, where its alerts begin and end, and how long that takes."""
    systems = ", ".join(system_names().get(name, name) for name in rule.systems) or "every system"
    apart = {"group": "each group (district, category, source, site)"}
    per = "".join(f", {apart.get(label, 'each ' + label)} apart" for label in rule.per)
    cases = f" With fewer than {rule.minimum_n} cases nothing is said." if rule.minimum_n > 1 else ""
    sure = " The whole 95 % interval must lie past the bound." if rule.certain else ""
    fires = f"It fires after {_length(rule.pending_for)} past the bound" if rule.pending_for else "It fires at once"
    over = f"ends after {_length(rule.keep_firing_for)} back" if rule.keep_firing_for else "ends at once"
    return [
        f"Measured: {measured(rule.measure, int(rule.window.total_seconds()))}, of {systems}{per}.",
        f"{bounds_in_words(rule)}{sure}{cases}",
        f"{fires}, and {over}.",
    ]


def looked_after(line: AlertOverview) -> str:
    """Who looks after an alert, and until when who muted it; empty if nobody did."""
    after = f"{line.acknowledged_by} looks after it" if line.acknowledged_by else ""
    return "; ".join(part for part in (after, muted(line)) if part)


def muted(line: AlertOverview) -> str:
    """Until when, by whom and why an alert is muted; empty if it is not."""
    if line.mute is None:
        return ""
    note = f": {line.mute['note']}" if line.mute["note"] else ""
    return f"muted until {moment(line.mute['until'])} by {line.mute['actor']}{note}"


def _length(length: timedelta) -> str:
    return period(int(length.total_seconds()))
