"""What needs a person's attention now, by plain rules over counted rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.inference import SystemCard
from core.monitoring import Share
from pages.parts.shared.words import percent, with_interval

MIN_CASES = 20  # predictions of a day below which a share says too little to call it an alert
MAX_FAILED_SHARE = 0.05  # of a day's predictions
MAX_NOT_SURE_SHARE = 0.40  # of a day's answers: beyond, the photos no longer look like those it was checked on
MIN_ACCURACY = 0.80  # the whole interval of the accuracy from feedback lies below this


Level = Literal["problem", "warning"]


@dataclass(frozen=True)
class Counts:
    """One system's rows of a period, counted."""

    n: int = 0
    failed: int = 0
    unsure: int = 0
    judged: int = 0
    correct: int = 0

    @staticmethod
    def of(rows: Sequence[Any], system: str) -> Counts:
        """The counts of `system` in what `Store.tallies` gives; zeros if it has no rows."""
        tally = next((row for row in rows if row["system"] == system), None)
        names = ("n", "failed", "not_sure", "judged", "correct")
        return Counts(*(int(tally[name]) for name in names)) if tally else Counts()

    @property
    def failures(self) -> Share:
        """Failed predictions as a share of all."""
        return Share(self.failed, self.n)

    @property
    def not_sure(self) -> Share:
        """Answers that are not sure as a share of all answers."""
        return Share(self.unsure, self.n - self.failed)

    @property
    def accuracy(self) -> Share:
        """Right answers as a share of those that somebody judged."""
        return Share(self.correct, self.judged)


@dataclass(frozen=True)
class Notice:
    """One sentence, how serious it is, and which system it is about."""

    level: Level
    system: str
    sentence: str


def notices(card: SystemCard, day: Counts, month: Counts, not_ready: str | None) -> list[Notice]:
    """What to know about one system, most serious first.

    day: its last 24 hours; month: its last 30 days; not_ready: why this process cannot answer yet, or None.
    """
    notices: list[Notice] = []

    def say(level: Level, sentence: str) -> None:
        notices.append(Notice(level, card.name, sentence))

    if card.champion is None:
        say("problem", f"{card.title} has no version in service, so it cannot answer. Train one, then promote it.")
        return notices
    if not_ready:
        say("warning", not_ready)
    if day.n >= MIN_CASES and (day.failures.value or 0) > MAX_FAILED_SHARE:
        say(
            "problem",
            f"{card.title}: {with_interval(day.failures)} of the last 24 hours failed; expected at most "
            f"{percent(MAX_FAILED_SHARE)}. Open Monitoring to read why.",
        )
    if card.often_unsure:
        return notices
    if day.n >= MIN_CASES and (day.not_sure.value or 0) > MAX_NOT_SURE_SHARE:
        say(
            "warning",
            f"{card.title}: {with_interval(day.not_sure)} of the last 24 hours were not sure; expected at most "
            f"{percent(MAX_NOT_SURE_SHARE)}. Have a person look at them.",
        )
    if month.judged >= MIN_CASES and month.accuracy.interval[1] < MIN_ACCURACY:
        say(
            "warning",
            f"{card.title}: of the judged answers {with_interval(month.accuracy)} were right; expected at least "
            f"{percent(MIN_ACCURACY)}. Collect feedback and train a new version.",
        )
    return notices
