"""Which answers belong to the audit sample: a number in [0, 1) from the hash of an id decides, and nothing else."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from core.store.counting import SCORE_BINS

BAND_EDGES = (0.5, 0.7, 0.9)
"""Bands of scores are [0, 0.5), [0.5, 0.7), [0.7, 0.9), [0.9, 1]: unions of the bins that the log counts scores in."""
SALT = "lookout-audit-1"
"""Names the audit; another salt draws another sample."""


def audit_position(prediction_id: str, salt: str = SALT) -> float:
    """Where an answer stands in the order of the audit, in [0, 1): for every process and at any time the same.

    It is drawn where the position lies below the share of answers that are drawn, so that a larger share draws all
    that a smaller one draws. The position knows nothing of the answer.
    """
    keyed = _keyed(salt).copy()
    keyed.update(prediction_id.encode())
    return float((int.from_bytes(keyed.digest(), "big") >> 11) * 2.0**-53)


def drawn_rows(prediction_ids: Sequence[str], share: float, salt: str = SALT) -> list[int]:
    """Numbers of the ids whose `audit_position` is below a share; half as long as asking for each position."""
    bound = math.ceil(share * 2**53) << 11
    if bound >= 2**64:
        return list(range(len(prediction_ids)))
    first_beyond, keyed = bound.to_bytes(8, "big"), _keyed(salt)
    rows = []
    for number, prediction_id in enumerate(prediction_ids):
        each = keyed.copy()
        each.update(prediction_id.encode())
        if each.digest() < first_beyond:
            rows.append(number)
    return rows


def score_band(score: float) -> int:
    """The band of a score, from 0."""
    return bisect_right(BAND_EDGES, score)


def band_totals(scores: Sequence[int]) -> list[int]:
    """Answers by band. scores: answers by bin of the score, shape (SCORE_BINS,), as `AnswerCounts` has them."""
    totals = [0] * (len(BAND_EDGES) + 1)
    for number, answers in enumerate(scores):
        totals[score_band((number + 0.5) / SCORE_BINS)] += answers
    return totals


@lru_cache(maxsize=8)
def _keyed(salt: str) -> hashlib.blake2b:
    """A hash that has taken in its key, which is most of the work."""
    return hashlib.blake2b(key=salt.encode()[:64], digest_size=8)
