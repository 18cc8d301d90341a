"""Messages in plain language: what is wrong, since when, how sure that is, what to do, where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from core.alerts.measures import MEASURES
from core.alerts.messages import AlertLine, AlertMessage
from core.written_numbers import NARROW_NO_BREAK, NO_BREAK, whole

MAX_LINES = 20  # alerts that a message names; further ones it counts
MAX_LABEL = 80  # characters of a label's value, which may come from a table that somebody gave
PAGE = "monitoring?tab=Alerts"  # the tab of the page that shows alerts
REASONS = {"no longer served": "no longer served: another version is champion"}
"""Why an alert changed, where the reason needs more words."""
PERIODS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True)
class Addresses:
    """Where a message's reader reads on. page: of the alerts, None without LOOKOUT_PUBLIC_URL. runbook: likewise."""

    page: str | None = None
    runbook: str | None = None


class Bounds(Protocol):
    """Where an alert begins and ends: what a rule and a message have in common."""

    @property
    def measure(self) -> str:
        """A name in MEASURES."""

    @property
    def direction(self) -> Literal["above", "below"]:
        """On which side of the thresholds something is wrong."""

    @property
    def threshold_on(self) -> float:
        """Past this it begins."""

    @property
    def threshold_off(self) -> float:
        """Back at this it ends."""


def addresses(message: AlertMessage, public_url: str | None, runbook_url: str | None) -> Addresses:
    """The addresses for a message. runbook_url: where the repository's files can be read, such as a host of Git."""
    page = f"{public_url.rstrip('/')}/{PAGE}" if public_url else None
    return Addresses(page, f"{runbook_url.rstrip('/')}/{message.runbook}" if runbook_url else None)


def subject(message: AlertMessage) -> str:
    """One line: how grave, what, where."""
    opening = {"resolved": "Resolved", "test": "Test"}.get(message.kind, message.severity.capitalize())
    where = f" ({message.system})" if message.system else ""
    count = f", {len(message.alerts)} alerts" if len(message.alerts) > 1 else ""
    return _one_line(f"{opening}: {message.title}{where}{count}")


def what_is_wrong(message: AlertMessage) -> list[str]:
    """A line for each alert: of what, how much, how sure, since when."""
    if message.kind == "test":
        return ["nothing; an alert names here what it is about, how much, how sure that is and since when"]
    lines = [_line(message, line) for line in message.alerts[:MAX_LINES]]
    further = len(message.alerts) - MAX_LINES
    return [*lines, f"and {further} more"] if further > 0 else lines


def rule_in_words(message: AlertMessage) -> str:
    """What is measured, over which period, and where the alert begins and ends."""
    if message.kind == "test":
        return "An alert says here what was measured, and where it begins and ends."
    return _plain(f"Measured: {measured(message.measure, message.window_seconds)}. {bounds_in_words(message)}")


def measured(measure: str, window_seconds: int) -> str:
    """What is measured, over which period."""
    return f"{MEASURES[measure].what}, over the last {period(window_seconds)}"


def bounds_in_words(bounds: Bounds) -> str:
    """Where an alert begins and ends."""
    written = MEASURES[bounds.measure].written
    better = "or less" if bounds.direction == "above" else "or more"
    return (
        f"The alert begins {bounds.direction} {written(bounds.threshold_on)} and ends at "
        f"{written(bounds.threshold_off)} {better}."
    )


def plain_text(message: AlertMessage, where: Addresses) -> str:
    """The whole message as text, for a person woken at night."""
    is_over = message.kind == "resolved"
    parts = [
        subject(message),
        "\n".join(
            ["What was wrong, and is no longer:" if is_over else "What is wrong:"]
            + [f"- {line}" for line in what_is_wrong(message)]
        ),
        rule_in_words(message),
    ]
    if not is_over:  # a test, too, says that nothing is to be done
        parts.append(f"What to do: {message.advice}")
    parts.append(f"Runbook: {where.runbook or message.runbook}")
    if where.page:
        parts.append(f"Page: {where.page}")
    return "\n\n".join(parts) + "\n"


def period(seconds: int) -> str:
    """A length of time in words, such as "7 days"."""
    length, name = next((length, name) for length, name in PERIODS if seconds % length == 0)
    count = seconds // length
    return f"{count} {name}{'' if count == 1 else 's'}"


def time_in_words(time: datetime) -> str:
    """A time as "2026-03-01 14:05 UTC"."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def labels_in_words(labels: Mapping[str, str], otherwise: str = "this machine") -> str:
    """What an alert is about beside its system, such as "district BAYVIEW, version 1.0.2"."""
    words = [f"{name} {_one_line(value)[:MAX_LABEL]}" for name, value in sorted(labels.items()) if name != "system"]
    return ", ".join(words) or labels.get("system") or otherwise


def figure(measure: str, value: float, low: float | None, high: float | None, n: int) -> str:
    """A value with what its interval and its number of cases say of how sure it is."""
    written = MEASURES[measure].written
    if low is None or high is None or low == high:
        return written(value)
    return f"{written(value)} ({written(low)} to {written(high)} with 95 % confidence, n = {whole(n)})"


def _line(message: AlertMessage, line: AlertLine) -> str:
    where = labels_in_words(line.labels, message.system or "this machine")
    since = f", since {time_in_words(line.since)}" if line.since else ""
    reason = "" if line.reason in ("past the threshold", "back") else f" ({REASONS.get(line.reason, line.reason)})"
    value = "not measured"
    if line.value is not None and line.n is not None:
        value = figure(message.measure, line.value, line.low, line.high, line.n)
    return _plain(f"{where}: {value}{since}{reason}")


def _plain(text: str) -> str:
    """Text with ordinary spaces, which every mail reader and chat shows."""
    return text.replace(NO_BREAK, " ").replace(NARROW_NO_BREAK, " ")


def _one_line(text: str) -> str:
    return " ".join(text.split())
