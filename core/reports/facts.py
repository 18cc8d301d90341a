"""What a report rests on: the counts of a period, as the store gives them, and the alerts of its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.evaluation.shares import Share
from core.monitoring.drift import FeatureDrift
from core.monitoring.expected_accuracy import ExpectedAccuracy, expected_accuracy
from core.store import CountedStep, DetailedStep
from core.store.alerts import AlertMuteRow


@dataclass(frozen=True)
class AlertEpisode:
    """One time of firing of an alert.

    system: "" where it is of none. where: which part of it, in words; may be empty. figure: how much, in words. ended:
    None while it fires.
    """

    title: str
    severity: str
    system: str
    where: str
    figure: str
    fired: datetime
    ended: datetime | None
    looked_after_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """A period of the log, counted.

    system: the one that is meant; None for all. width: of a step of `steps`. judged_before: of the time of the same
    length before the period. drift: by system and version, of those that have a reference. mutes: those that held in
    the period. titles: of rules, by name. not_measured: titles of rules that nothing was measured for.
    """

    since: datetime
    until: datetime
    system: str | None
    width: timedelta
    steps: Sequence[CountedStep]
    answers: Sequence[DetailedStep]
    judged: Sequence[DetailedStep]
    judged_before: Sequence[DetailedStep]
    drift: Mapping[str, Mapping[str, Sequence[FeatureDrift]]]
    episodes: Sequence[AlertEpisode]
    mutes: Sequence[AlertMuteRow]
    titles: Mapping[str, str]
    not_measured: Sequence[str]
    is_invented: bool

    @property
    def systems(self) -> list[str]:
        """The systems with any row in the period, by name."""
        return sorted({step.system for step in self.steps})


def accuracy(judged: Iterable[DetailedStep]) -> Share:
    """Right answers of those that somebody judged."""
    steps = list(judged)
    return Share(int(sum(step.details["correct"] for step in steps)), int(sum(step.details["n"] for step in steps)))


def promised_accuracy(answers: Iterable[DetailedStep]) -> ExpectedAccuracy | None:
    """The accuracy that the scores of all answers lead one to expect; None without scores."""
    sums = [step.details["scores"] for step in answers]
    n, total_score, total_variance = (sum(each[number] for each in sums) for number in range(3))
    return expected_accuracy(int(n), total_score, total_variance)


def of_system(steps: Iterable[DetailedStep], system: str, version: str | None = None) -> list[DetailedStep]:
    """The steps of one system, and of one version where it is named."""
    return [step for step in steps if step.system == system and version in (None, step.version)]
