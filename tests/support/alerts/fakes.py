"""Stand-ins for what alerts reach: readings that a test sets, a recipient that remembers, a process that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from core.alerts.evaluator import AlertEvaluator
from core.alerts.readings import Reading, labels_key
from core.alerts.rules import AlertRule, rule_from
from core.errors import HostUnavailable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = {
    "name": "requests_fail",
    "title": "Requests fail",
    "measure": "failed_share",
    "window": "15m",
    "direction": "above",
    "threshold_on": 0.05,
    "threshold_off": 0.02,
    "minimum_n": 20,
    "pending_for": "2m",
    "keep_firing_for": "5m",
    "severity": "critical",
    "advice": "Read the newest failures.",
    "runbook": "docs/runbooks/alerts.md#requests-fail",
}


def rule(**changes) -> AlertRule:
    return rule_from({**RULE, **changes})


def reading(value: float, n: int = 100, low: float | None = None, high: float | None = None, **labels) -> Reading:
    return Reading(labels, value, value if low is None else low, value if high is None else high, n)


class SetReadings:
    """Readings that a test sets: {measure: readings}; a measure set to an error raises it."""

    def __init__(self) -> None:
        self.now: dict[str, list[Reading] | Exception] = {}
        self.replaced: set[tuple[str, str]] = set()  # systems with versions that another took over from

    def read(self, measure, window, scope, now):
        content = self.now.get(measure, [])
        if isinstance(content, Exception):
            raise content
        return content

    def is_replaced(self, system, version, since):
        return (system, version) in self.replaced

    def set(self, value: Reading, measure: str = "failed_share") -> None:
        """One more reading, in place of the one with the same labels."""
        others = [known for known in self.now.get(measure, []) if labels_key(known.labels) != labels_key(value.labels)]
        self.now[measure] = [*others, value]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def pass_time(self, length: timedelta) -> None:
        self.time += length


class RememberingChannel:
    """A recipient that remembers what came; `refusing` refuses, `after_receipt` runs when a message has come."""

    name = "remembering"

    def __init__(self, recipient: str = "night shift") -> None:
        self.recipient = recipient
        self.received: list[tuple[str, object]] = []
        self.refusing = False
        self.after_receipt: Callable[[], None] = lambda: None

    def send(self, message, key):
        if self.refusing:
            raise HostUnavailable("The recipient is away.")
        self.received.append((key, message))
        self.after_receipt()

    @property
    def told(self) -> list[tuple[str, dict[str, str]]]:
        """(kind, labels) of each alert that came, in order."""
        return [(message.kind, line.labels) for _, message in self.received for line in message.alerts]


class ProcessEnded(BaseException):
    """What stands for `kill -9`: no `except Exception` stops it."""


def end_process() -> None:
    raise ProcessEnded


class Interruptible:
    """An object whose methods may be interrupted: `interruptions` says what runs before or after which, once.

    Attributes that are objects are interruptible in the same way.
    """

    def __init__(self, target: object, interruptions: dict[tuple[str, str], Callable[[], None]]) -> None:
        self._target, self._interruptions = target, interruptions

    def __getattr__(self, name: str):
        value = getattr(self._target, name)
        if not callable(value):
            return Interruptible(value, self._interruptions)

        def call(*arguments, **named):
            self._interruptions.pop(("before", name), lambda: None)()
            result = value(*arguments, **named)
            self._interruptions.pop(("after", name), lambda: None)()
            return result

        return call


def evaluator(log, readings, channels, clock, rules=None, interruptions=None) -> AlertEvaluator:
    """An evaluator of a process of its own."""
    chosen = rules or (rule(),)
    interruptible = Interruptible(log, {} if interruptions is None else interruptions)
    return AlertEvaluator(interruptible, readings, channels, lambda: chosen, MINUTE, clock)  # type: ignore[arg-type]
