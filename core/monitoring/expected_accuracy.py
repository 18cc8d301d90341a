"""The accuracy that calibrated scores alone lead one to expect, before anybody has judged an answer.

Confidence-based performance estimation (CBPE; Kivimaki et al. 2025, J. Artif. Intell. Res. 82:209): an answer with the
calibrated score s is right with probability s, so that the mean score is the expected accuracy. It holds while a score
means what it meant when it was calibrated, and sees no change of what the right answers are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.shares import wilson


@dataclass(frozen=True)
class ExpectedAccuracy:
    """Expected share of right answers among n, with the 95 % interval of what that share may come out as."""

    n: int
    value: float
    low: float
    high: float


def expected_accuracy(counts: Sequence[int], sums: Sequence[float]) -> ExpectedAccuracy | None:
    """The accuracy expected from a histogram of scores; None of no answers.

    The interval is Wilson's, of as many independent answers as would leave the variance sum of s (1 - s). A histogram
    knows the mean score of each bin alone, which makes that sum, and so the interval, a little too large.

    counts: answers in each bin of scores, shape (bins,).
    sums: sum of the calibrated scores of best guesses in each bin, shape (bins,).
    ValueError where a bin's mean score lies outside [0, 1].
    """
    bins = [(n, total / n) for n, total in zip(counts, sums, strict=True) if n > 0]
    if any(not -1e-9 <= score <= 1 + 1e-9 for _, score in bins):
        raise ValueError(f"Expected mean scores in [0, 1]. Received {[score for _, score in bins]}.")
    answers = sum(n for n, _ in bins)
    if not answers:
        return None
    value = min(1.0, max(0.0, math.fsum(n * score for n, score in bins) / answers))
    variance = math.fsum(n * score * (1 - score) for n, score in bins) / answers**2
    if variance <= 0:
        return ExpectedAccuracy(answers, value, value, value)
    effective = value * (1 - value) / variance
    return ExpectedAccuracy(answers, value, *wilson(value * effective, effective))
