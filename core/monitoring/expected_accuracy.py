"""The accuracy that calibrated scores alone lead one to expect, before anybody has judged an answer.

Confidence-based performance estimation (CBPE; Kivimaki et al. 2025, J. Artif. Intell. Res. 82:209): an answer with the
calibrated score s is right with probability s, so that the mean score is the expected accuracy. It holds while a score
means what it meant when it was calibrated, and sees no change of what the right answers are.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluation.shares import wilson

TOLERANCE = 1e-9  # of sums of many floating-point numbers, a score


@dataclass(frozen=True)
class ExpectedAccuracy:
    """Expected share of right answers among n, with the 95 % interval of what that share may come out as."""

    n: int
    value: float
    low: float
    high: float


def expected_accuracy(n: int, total_score: float, total_variance: float) -> ExpectedAccuracy | None:
    """The accuracy expected of n answers from the calibrated scores s of their best guesses; None of no answers.

    The interval is Wilson's, of as many independent answers as would leave the variance sum of s (1 - s).

    total_score: sum of s. total_variance: sum of s (1 - s). ValueError of sums that no scores in [0, 1] have.
    """
    if not n:
        return None
    value = total_score / n
    if not (-TOLERANCE <= value <= 1 + TOLERANCE and total_variance <= n * value * (1 - value) + TOLERANCE * n):
        raise ValueError(f"Expected sums of {n} scores in [0, 1]. Received {total_score} and {total_variance}.")
    value = min(1.0, max(0.0, value))
    if total_variance <= TOLERANCE:
        return ExpectedAccuracy(n, value, value, value)
    effective = value * (1 - value) * n**2 / total_variance
    return ExpectedAccuracy(n, value, *wilson(value * effective, effective))
