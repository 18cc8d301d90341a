"""How far two histograms of one feature lie apart, in units that a person can judge.

- A number: the Wasserstein distance W1 = integral of |F - G| in SD of the reference (Ramdas, Trillos and Cuturi 2017,
  Entropy 19:47): how far an answer's value has moved on average. A pure shift by d SD gives d. An answer whose value is
  missing on one side alone counts as one that moved by 1 SD.
- A category: the total variation distance, half the sum of |p - q|: the share of answers that changed their category.
"""

from __future__ import annotations

import numpy as np

from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram


def effect_size(histogram: NumericHistogram | CategoryHistogram, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance between samples of one feature, shape (...): in SD of a number, in [0, 1] of a category.

    first, second: counts in the histogram's bins, shape (..., bins + 1), the last one missing; each sample holds an
    answer at least. Leading axes broadcast.
    """
    shares = [counts / counts.sum(axis=-1, keepdims=True) for counts in (first, second)]
    if isinstance(histogram, CategoryHistogram):
        total_variation: np.ndarray = np.abs(shares[0] - shares[1]).sum(axis=-1) / 2
        return total_variation
    return _wasserstein(np.asarray(histogram.positions), *shares)


def _wasserstein(positions: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """W1 of the shares present in both, and 1 for each share that is missing in one alone."""
    present = [1 - shares[..., -1:] for shares in (first, second)]
    cumulative = [
        np.cumsum(shares[..., :-1], axis=-1) / np.where(share > 0, share, 1)
        for shares, share in zip((first, second), present, strict=True)
    ]
    gaps = np.abs(cumulative[0] - cumulative[1])[..., :-1]
    both = np.minimum(*present)[..., 0]
    distance: np.ndarray = both * (gaps @ np.diff(positions)) + np.abs(present[0] - present[1])[..., 0]
    return distance


def mean_shift(histogram: NumericHistogram, counts: np.ndarray, z: float) -> tuple[float, float, float] | None:
    """Mean of a sample less that of the reference, in SD of the reference, with its interval; None of nothing present.

    counts: of the sample, shape (bins + 1,). z: half width of the interval, in standard errors of the difference.
    """
    moments = [_mean_and_error(np.asarray(histogram.positions), side) for side in (counts, np.array(histogram.counts))]
    if moments[0] is None or moments[1] is None:
        return None
    (mean, error), (reference_mean, reference_error) = moments[0], moments[1]
    shift, half = mean - reference_mean, z * float(np.hypot(error, reference_error))
    return shift, shift - half, shift + half


def _mean_and_error(positions: np.ndarray, counts: np.ndarray) -> tuple[float, float] | None:
    """Mean position and its standard error; None without a value that is present."""
    present = counts[:-1]
    n = int(present.sum())
    if n == 0:
        return None
    mean = float(present @ positions / n)
    return mean, float(np.sqrt(present @ np.square(positions - mean)) / n)
