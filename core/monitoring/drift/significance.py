"""Whether two samples of one feature may come from the same source: a permutation test on their histograms.

The null hypothesis says that reference and sample are alike; then which answers belong to which is chance alone. The
answers of both are pooled, and as many as the smaller sample holds are drawn without replacement, again and again. The
test is exact for every size of the sample and of the reference, whatever the feature's distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.monitoring.drift.effect import effect_size
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram

STAGES = (199, 800, 1000)
"""Draws that are made at a time, 1,999 in all: p values down to 1 / 2,000, enough for the strictest step of Benjamini
and Hochberg over 40 features at 0.02."""
MAX_EXCEEDANCES = 20
"""Draws as far apart as the samples, after which no more are made: p is then known to about a fifth of itself."""
MAX_SINGLY = 200
"""Answers in the smaller sample up to which they are drawn one by one, which is then the fastest."""
MIN_NORMAL = 10.0
"""Expected answers of a bin from which its count may follow the normal limit."""
CHANCE_QUANTILE = 0.95


@dataclass(frozen=True)
class PermutationTest:
    """p: chance of samples at least as far apart without drift. by_chance: distance that 95 % of such stay below."""

    p_value: float
    by_chance: float


def permutation_test(
    histogram: NumericHistogram | CategoryHistogram, counts: np.ndarray, random: np.random.Generator
) -> PermutationTest:
    """Compares a sample with the reference, by Monte Carlo with a stop as soon as p is plainly large.

    The sequential p value is that of Besag and Clifford, Biometrika 78 (1991) 301: MAX_EXCEEDANCES / draws where the
    draws stopped at so many exceedances, else (exceedances + 1) / (draws + 1). It is valid: under the null
    hypothesis the chance of p <= a is at most a.

    counts: of the sample, int, shape (bins + 1,); both it and the reference hold an answer at least.
    """
    reference = np.asarray(histogram.counts)
    pooled = reference + counts
    smaller = int(min(counts.sum(), reference.sum()))
    # Not the last digits of a sum decide whether a draw is as far apart as the samples themselves.
    observed = float(effect_size(histogram, reference, counts)) - 1e-9
    distances = np.empty(0)
    for draws in STAGES:
        distances = np.append(distances, _distances(histogram, pooled, smaller, draws, random))
        if np.count_nonzero(distances >= observed) >= MAX_EXCEEDANCES:
            break
    return PermutationTest(_sequential_p(distances >= observed), float(np.quantile(distances, CHANCE_QUANTILE)))


def _sequential_p(exceeds: np.ndarray) -> float:
    """Besag and Clifford's p value of draws in their order, bool, shape (draws,)."""
    stops = np.flatnonzero(np.cumsum(exceeds) == MAX_EXCEEDANCES)
    if len(stops):
        return MAX_EXCEEDANCES / float(stops[0] + 1)
    return float(np.count_nonzero(exceeds) + 1) / (len(exceeds) + 1)


def _distances(
    histogram: NumericHistogram | CategoryHistogram,
    pooled: np.ndarray,
    smaller: int,
    draws: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Distances between the two parts of pooled answers that were parted by chance, shape (draws,)."""
    occupied = pooled > 0
    part = np.zeros((draws, len(pooled)))
    draw = draw_singly if smaller <= MAX_SINGLY else draw_by_bin
    part[:, occupied] = draw(pooled[occupied], smaller, draws, random)
    return effect_size(histogram, part, pooled - part)


def draw_singly(pooled: np.ndarray, smaller: int, draws: int, random: np.random.Generator) -> np.ndarray:
    """Counts of `smaller` answers drawn from the pooled ones without replacement, shape (draws, bins)."""
    drawn: np.ndarray = random.multivariate_hypergeometric(pooled, smaller, size=draws, method="count")
    return drawn


def draw_by_bin(pooled: np.ndarray, smaller: int, draws: int, random: np.random.Generator) -> np.ndarray:
    """Counts distributed as those of `draw_singly`, faster for many answers, shape (draws, bins).

    Bins in which fewer than MIN_NORMAL answers are expected are drawn exactly, and so is how many fall into all others;
    these are then parted by the normal limit.
    """
    is_rare = pooled * (smaller / pooled.sum()) < MIN_NORMAL
    colours = np.append(pooled[is_rare], pooled[~is_rare].sum())
    exact = random.multivariate_hypergeometric(colours, smaller, size=draws, method="marginals")
    drawn = np.empty((draws, len(pooled)))
    drawn[:, is_rare] = exact[:, :-1]
    if not is_rare.all():
        drawn[:, ~is_rare] = _normal_limit(pooled[~is_rare], exact[:, -1:], random)
    return drawn


def _normal_limit(pooled: np.ndarray, drawn: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Counts by bin of answers drawn without replacement, in the normal limit, real numbers, shape (draws, bins).

    Hajek, Publ. Math. Inst. Hung. Acad. Sci. 5 (1960) 361. Mean n p and covariance v (diag(p) - p p'), with n the
    answers drawn, p the bins' shares of all N pooled answers, v = n (N - n) / (N - 1).

    drawn: how many answers each draw takes, shape (draws, 1).
    """
    total = pooled.sum()
    share = pooled / total
    variance = drawn * (total - drawn) / max(total - 1, 1)
    independent = random.standard_normal((len(drawn), len(pooled))) * np.sqrt(share)
    centred = independent - share * independent.sum(axis=1, keepdims=True)
    counts: np.ndarray = drawn * share + np.sqrt(variance) * centred
    return counts
