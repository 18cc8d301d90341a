"""Which classes to leave open at a site, so that the true one is among them as often as is stated."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import softmax

SHARE = 0.9
"""Of inputs like those that were labelled, whose true class is among the open ones."""


def least_open(logits: np.ndarray, possible: np.ndarray, share: float = SHARE) -> float | None:
    """The probability from which a class stays open; None where there are too few labels to promise `share`.

    Of logits (n, classes) that each came from a head without its own label (Vovk 2015, cross-conformal prediction;
    possible: as in `site_head.fit`), the k-th smallest probability of the truth, k = (n + 1)(1 - share) rounded down.
    """
    truth = np.sort((softmax(logits, axis=1) * possible).max(axis=1))
    rank = math.floor((len(truth) + 1) * (1 - share) + 1e-9)
    return float(truth[rank - 1]) if rank else None
