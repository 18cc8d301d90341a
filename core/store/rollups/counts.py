"""What is counted of the answers of one step of time, and how two such counts are added.

Counts are plain JSON: numbers, lists and dictionaries of them. Two are added part by part, so that hours make a day
and days make a period; what one lacks counts as zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import add
from typing import Any, TypedDict, cast

from core.store.counting import SCORE_BINS

LATENCY_BINS_PER_DECADE = 24  # neighbours are 10 % apart, so that a bin's middle is within 5 % of what it holds
MIN_LATENCY_MS = 1e-3

Addable = int | float | list[Any] | dict[str, Any]


class AnswerDetails(TypedDict, total=False):
    """What is counted beside how many, how fast and how sure; without the failed ones, but for `errors`."""

    values: dict[str, int]
    """Answers by value."""
    errors: dict[str, int]
    """Failures by kind of error."""
    scores: list[float]
    """How many scores s there are, and the sums of s and of s (1 - s): what accuracy the scores promise."""
    groups: dict[str, dict[str, list[float]]]
    """By grouping and group: answers, not sure ones, and the three numbers of `scores`."""
    features: dict[str, list[int]]
    """By feature: how many answers fall into each bin of the version's reference."""
    reference: dict[str, int]
    """By fingerprint of the reference whose bins were counted by: answers."""
    drawn: dict[str, int]
    """Answers that the audit sample draws, by band of scores and share."""


class JudgedDetails(TypedDict, total=False):
    """What is counted of the answers whose truth somebody said; the latest outcome of each counts."""

    n: int
    correct: int
    bins: list[list[float]]
    """Answers, right ones and the sum of scores, by score: RELIABILITY_BINS bins (low, high]."""
    pairs: dict[str, dict[str, int]]
    """By truth and best guess."""
    log_loss: list[float]
    """How many had listed probabilities, and the sums of -log of the truth's and of its square [nats]."""
    sets: list[int]
    """Answers with a set of categories, and those whose set holds the truth."""
    groups: dict[str, dict[str, list[float]]]
    """By grouping and group: answers, right ones, and the sum of scores."""


@dataclass
class AnswerCounts:
    """How many rows there are, how many of them failed or are not sure, how fast and how sure the answers were."""

    n: int = 0
    failed: int = 0
    not_sure: int = 0
    latency: dict[str, int] = field(default_factory=dict)
    """Answers by bin of the time to answer: see `latency_bin`."""
    scores: list[int] = field(default_factory=lambda: [0] * SCORE_BINS)
    """Answers per score, bins of equal width in [0, 1]."""

    def add(self, other: AnswerCounts) -> None:
        """Count the rows of another too."""
        self.n += other.n
        self.failed += other.failed
        self.not_sure += other.not_sure
        for name, n in other.latency.items():  # in place: each step of a chart is added to several sums
            self.latency[name] = self.latency.get(name, 0) + n
        self.scores = cast("list[int]", added(self.scores, other.scores))


def counts_of(row: Any) -> AnswerCounts:
    """The counts of a row of the table `rollups`, columns by name."""
    return AnswerCounts(row["n"], row["failed"], row["not_sure"], row["latency"], row["scores"])


def latency_bin(milliseconds: float) -> str:
    """The bin of a time to answer: the whole number below 24 log10 of it, as JSON's keys are texts."""
    return str(math.floor(LATENCY_BINS_PER_DECADE * math.log10(max(milliseconds, MIN_LATENCY_MS))))


def latency_of(name: str) -> float:
    """The geometric middle of a bin [ms]."""
    return float(10 ** ((int(name) + 0.5) / LATENCY_BINS_PER_DECADE))


def added(left: Addable, right: Addable) -> Addable:
    """The sum, part by part; a shorter list, or a part that one of them lacks, counts as zero there."""
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **{key: added(left[key], value) if key in left else value for key, value in right.items()}}
    if isinstance(left, list) and isinstance(right, list):
        short, long = sorted((left, right), key=len)
        if short and not isinstance(short[0], list):  # a list holds numbers or lists, not both
            return [*map(add, short, long), *long[len(short) :]]
        return [added(part, other) for part, other in zip(short, long, strict=False)] + long[len(short) :]
    return cast("int | float", left) + cast("int | float", right)
