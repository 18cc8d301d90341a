"""The accuracy of all answers, estimated from the judged ones of the audit sample, a random share of them.

People volunteer feedback on what catches their eye, mostly on what is wrong. Chance does not care.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.evaluation.shares import wilson


class SampledCounts(Protocol):
    """Drawn answers of one band of scores and one share: of them judged, right, and such that nobody could tell."""

    @property
    def band(self) -> int:
        """The band of scores, from 0."""

    @property
    def share(self) -> float:
        """The share of answers that were drawn, in (0, 1]."""

    @property
    def drawn(self) -> int:
        """Answers of the sample."""

    @property
    def judged(self) -> int:
        """Those judged right or wrong, in the order of the audit."""

    @property
    def right(self) -> int:
        """Those judged right."""

    @property
    def unknown(self) -> int:
        """Those of which nobody could tell."""


@dataclass(frozen=True)
class AuditStratum:
    """Answers of one band of scores, sampled with one share: all of them, and of its audit sample how many were judged.

    A stratum is what is sampled alike: where the share changed within the period, there is one before and one after.
    """

    answers: int
    judged: int
    right: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.judged <= self.answers:
            raise ValueError(f"Expected right <= judged <= answers. Received {self}.")


@dataclass(frozen=True)
class AuditEstimate:
    """Accuracy of all answers, estimated from the judged ones of the audit sample, with its 95 % interval."""

    answers: int
    judged: int
    accuracy: float
    low: float
    high: float


def weighted_strata(sampled: Sequence[SampledCounts], answers_by_band: Sequence[int]) -> list[AuditStratum]:
    """The strata of a period: its sampled ones, with how many answers each stands for.

    answers_by_band: all answers of the period by band of scores. Where a band was drawn with several shares, its
    answers are divided by what each share drew, drawn / share; a band that drew none is a stratum without judgements.
    """
    strata: list[AuditStratum] = []
    for band, answers in enumerate(answers_by_band):
        within = [counts for counts in sampled if counts.band == band]
        if not within and answers:
            strata.append(AuditStratum(answers, 0, 0))
        total = sum(counts.drawn / counts.share for counts in within)
        for counts in within:
            represented = round(answers * counts.drawn / counts.share / total)
            strata.append(AuditStratum(max(represented, counts.drawn), counts.judged, counts.right))
    return strata


def possible_accuracies(sampled: Sequence[SampledCounts], answers_by_band: Sequence[int]) -> tuple[float, float] | None:
    """The estimates if all judged answers of which nobody could tell were wrong, and if all were right.

    Manski, Am. Econ. Rev. 80 (1990) 319: what is missing is bounded, not guessed. None without any judgement.
    """
    ends = []
    for are_right in (False, True):
        told = [_told(counts, are_right) for counts in sampled]
        estimate = audited_accuracy(weighted_strata(told, answers_by_band))
        if estimate is None:
            return None
        ends.append(estimate.accuracy)
    return ends[0], ends[1]


@dataclass(frozen=True)
class _ToldCounts:
    """Sampled counts in which nothing is unknown."""

    band: int
    share: float
    drawn: int
    judged: int
    right: int
    unknown: int = 0


def _told(counts: SampledCounts, are_right: bool) -> _ToldCounts:
    right = counts.right + (counts.unknown if are_right else 0)
    return _ToldCounts(counts.band, counts.share, counts.drawn, counts.judged + counts.unknown, right)


def audited_accuracy(strata: Sequence[AuditStratum]) -> AuditEstimate | None:
    """Accuracy of all answers in the strata, each weighted by its answers; None where nobody judged any.

    The stratified (in each stratum Hajek's) estimate: sum of W p, W a stratum's share of all answers, p the share of
    right ones among its judged answers (Cochran 1977, Sampling Techniques, chapter 5). Not every drawn answer needs
    to be judged, as long as within a stratum it is not the answer's rightness that decides whether it is.

    The interval squares up Wilson's intervals (l, u) of the strata: low = sum of W p - sqrt(sum of (W (p - l))^2), high
    likewise (MOVER; Zou and Donner, Statist. Med. 27 (2008) 1693). Of one stratum it is Wilson's. It does not count
    that the sample is a part of the very answers asked of, and so is rather too wide. A stratum without judged
    answers is taken to be like the others, with an interval from 0 to 1.
    """
    occupied = [stratum for stratum in strata if stratum.answers]
    judged, answers = sum(stratum.judged for stratum in occupied), sum(stratum.answers for stratum in occupied)
    if not judged:
        return None
    judged_strata = [stratum for stratum in occupied if stratum.judged]
    elsewhere = sum(s.answers * s.right / s.judged for s in judged_strata) / sum(s.answers for s in judged_strata)
    below = above = value = 0.0
    for stratum in occupied:
        weight, share = stratum.answers / answers, stratum.right / stratum.judged if stratum.judged else elsewhere
        low, high = wilson(stratum.right, stratum.judged)
        value += weight * share
        below += (weight * (share - low)) ** 2
        above += (weight * (high - share)) ** 2
    low, high = max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))
    return AuditEstimate(answers, judged, value, low, high)
