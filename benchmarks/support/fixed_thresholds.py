"""Drift rules with fixed thresholds, as they are commonly used: what Monitoring's detection is held against.

The population stability index and the Jensen-Shannon distance are taken over ten quantile bins of the reference (of a
text, over its categories), Kolmogorov and Smirnov's test on the values (of a text, the chi-squared test).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp

MAX_INDEX = 0.1
MAX_DISTANCE = 0.1
MIN_P = 0.05
MIN_SHARE = 1e-4  # an empty bin's share, so that the index stays finite
DECILES = np.arange(1, 10) / 10


def _shares(reference: np.ndarray, sample: np.ndarray) -> list[np.ndarray]:
    """Shares of both by bin; a missing value has a bin of its own."""
    if reference.dtype.kind == "U":
        categories = np.unique(np.concatenate([reference, sample]))
        counts = [np.array([(side == each).sum() for each in categories]) for side in (reference, sample)]
    else:
        edges = np.unique(np.nanquantile(reference, DECILES))
        # NaN sorts behind every number.
        bins = [np.where(np.isnan(side), len(edges) + 1, np.searchsorted(edges, side)) for side in (reference, sample)]
        counts = [np.bincount(bin_of, minlength=len(edges) + 2) for bin_of in bins]
    return [side / side.sum() for side in counts]


def population_stability_index(reference: np.ndarray, sample: np.ndarray) -> bool:
    """Whether the sum of (q - p) ln(q / p) is over 0.1."""
    first, second = (np.maximum(side, MIN_SHARE) for side in _shares(reference, sample))
    return bool(np.sum((second - first) * np.log(second / first)) > MAX_INDEX)


def jensen_shannon(reference: np.ndarray, sample: np.ndarray) -> bool:
    """Whether the Jensen-Shannon distance, base 2, is over 0.1."""
    return bool(jensenshannon(*_shares(reference, sample), base=2) > MAX_DISTANCE)


def kolmogorov_smirnov(reference: np.ndarray, sample: np.ndarray) -> bool:
    """Whether p is below 0.05, with no regard to how many features there are."""
    if reference.dtype.kind == "U":
        categories = np.unique(np.concatenate([reference, sample]))
        table = [[int((side == each).sum()) for each in categories] for side in (reference, sample)]
        return cast(float, chi2_contingency(table).pvalue) < MIN_P
    present = [side[~np.isnan(side)] for side in (reference, sample)]
    return cast(float, ks_2samp(*present, method="asymp").pvalue) < MIN_P


RULES: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "psi_over_0.1": population_stability_index,
    "jensen_shannon_over_0.1": jensen_shannon,
    "ks_p_below_0.05": kolmogorov_smirnov,
}
