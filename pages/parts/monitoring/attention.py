"""What needs a person's attention now, by plain rules over counted rows; and what could not be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from core.contract import EXPECTED_UNLIKE
from core.inference import SystemCard
from core.monitoring import Share, is_more_than_expected
from pages.parts.shared import versions
from pages.parts.shared.words import number, percent, plain, with_interval

MIN_CASES = 20  # cases below which a share says too little to call it an alert, or to be shown as a percentage
MAX_FAILED_SHARE = 0.05  # of a day's predictions
MAX_NOT_SURE_SHARE = 0.40  # of a day's answers: beyond, the photos no longer look like those it was checked on
MIN_ACCURACY = 0.80  # expected of a version that does not say how well it did when it was checked
DAY, MONTH = timedelta(hours=24), timedelta(days=30)


Level = Literal["problem", "warning"]
Shown = Literal["Failed", "Not sure", "Wrong"]
"""What Monitoring's log is asked for: see `filters.SHOWN`."""


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


def share_text(share: Share) -> str:
    """A share as a figure to be shown large: a percentage of enough cases, else the cases: "3 of 4"."""
    if share.n == 0:
        return "–"
    return percent(share.value) if share.n >= MIN_CASES else f"{number(share.hits)} of {number(share.n)}"


def basis_text(accuracy: Share) -> str:
    """What an accuracy rests on, below its figure."""
    if accuracy.n == 0:
        return "Nobody has judged an answer yet"
    low, high = accuracy.interval
    if accuracy.n < MIN_CASES:
        return f"Too few to tell: {100 * low:.0f} to {percent(high)} are possible"
    return plain(with_interval(accuracy))


@dataclass(frozen=True)
class Cases:
    """The rows of the log that a notice is about."""

    system: str
    shown: Shown
    period: timedelta


@dataclass(frozen=True)
class Notice:
    """One sentence, how serious it is, and the cases behind it, if it is about any."""

    level: Level
    sentence: str
    cases: Cases | None = None


@dataclass(frozen=True)
class Review:
    """What was found of one system, and what could not be looked at for want of cases."""

    notices: list[Notice] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def review(
    card: SystemCard,
    day: Counts,
    month: Counts,
    not_ready: str | None,
    unlike: Mapping[str | None, Share] | None = None,
) -> Review:
    """What to know about one system, most serious first.

    day: its last 24 hours; month: its last 30 days; not_ready: why this process cannot answer yet, or None.
    unlike: by site, of its newest answers, those to inputs that are unlike all that it was checked on.
    """
    findings = Review()
    if card.champion is None:
        sentence = f"{card.title} has no version in service, so it cannot answer. Train one, then promote it."
        findings.notices.append(Notice("problem", sentence))
    elif not_ready:
        findings.notices.append(Notice("warning", not_ready))
    if day.n >= MIN_CASES and (day.failures.value or 0) > MAX_FAILED_SHARE:
        sentence = (
            f"{card.title}: {with_interval(day.failures)} of the last 24 hours failed; expected at most "
            f"{percent(MAX_FAILED_SHARE)}."
        )
        findings.notices.append(Notice("problem", sentence, Cases(card.name, "Failed", DAY)))
    if not card.often_unsure and day.n >= MIN_CASES and (day.not_sure.value or 0) > MAX_NOT_SURE_SHARE:
        sentence = (
            f"{card.title}: {with_interval(day.not_sure)} of the last 24 hours were not sure; expected at most "
            f"{percent(MAX_NOT_SURE_SHARE)}. Have a person look at them."
        )
        findings.notices.append(Notice("warning", sentence, Cases(card.name, "Not sure", DAY)))
    findings.notices.extend(
        Notice("warning", _unlike_sentence(card.title, site, share))
        for site, share in (unlike or {}).items()
        if is_more_than_expected(share)
    )
    _review_accuracy(card, month, findings)
    return findings


def _unlike_sentence(title: str, site: str | None, share: Share) -> str:
    where = f" at {plain(site)}" if site else ""
    return (
        f"{title}: {with_interval(share)} of the newest inputs{where} are unlike all that its version was checked on; "
        f"about {percent(EXPECTED_UNLIKE)} are expected. Its scores may not hold there: label some."
    )


def _review_accuracy(card: SystemCard, month: Counts, findings: Review) -> None:
    """Whether the answers of every system, often unsure or not, are right as often as they should be."""
    if month.judged < MIN_CASES:
        if month.n > month.failed:
            findings.unknown.append(
                f"{card.title}: {month.correct} of {month.judged} judged answers right"
                if month.judged
                else f"{card.title}: no answer judged"
            )
        return
    checked = versions.lowest_accuracy(card.metadata)
    expected = MIN_ACCURACY if checked is None else min(checked, MIN_ACCURACY)
    if month.accuracy.interval[1] < expected:
        basis = f"at least {percent(expected)}" + (
            "" if checked is None or checked > MIN_ACCURACY else ", as when it was checked"
        )
        sentence = (
            f"{card.title}: of the judged answers of the last 30 days {with_interval(month.accuracy)} were right; "
            f"expected {basis}. Look at the wrong ones, then train a new version."
        )
        findings.notices.append(Notice("warning", sentence, Cases(card.name, "Wrong", MONTH)))
