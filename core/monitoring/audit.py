"""The audit sample: a random share of answers to be judged, and the accuracy of all answers that follows from it.

People volunteer feedback on what catches their eye, mostly on what is wrong. Chance does not care.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.shares import wilson

BAND_EDGES = (0.5, 0.7, 0.9)
"""Bands of scores are (0, 0.5], (0.5, 0.7], (0.7, 0.9], (0.9, 1]: unions of the tenths that the log counts."""


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


def is_in_audit(prediction_id: str, share: float, salt: str) -> bool:
    """Whether the answer belongs to the audit sample: for every process and at any time the same.

    The id's hash is a number in [0, 1) that knows nothing of the answer; it is drawn if that lies below the share. So a
    larger share draws all that a smaller one draws.

    share: of answers that are drawn, in [0, 1]; may differ by system, version and band of scores.
    salt: a secret or a name of the audit; another one draws another sample.
    """
    digest = hashlib.blake2b(prediction_id.encode(), key=salt.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def score_band(score: float) -> int:
    """The band of a score, from 0."""
    return bisect_left(BAND_EDGES, score)


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
