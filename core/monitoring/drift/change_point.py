"""Since when a feature drifts: the step that best parts what came before, reference included, from what came after."""

from __future__ import annotations

import numpy as np

from core.monitoring.drift.effect import effect_size
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram


def start_of_change(histogram: NumericHistogram | CategoryHistogram, steps: np.ndarray) -> int | None:
    """The first step of the change, by the CUSUM rule for one change; None of no answers.

    For each step k, the reference and the steps before k are held against the steps from k on; the start is the k with
    the greatest sqrt(n1 n2 / (n1 + n2)) x effect (Csorgo and Horvath 1997, Limit Theorems in Change-Point Analysis,
    chapter 2; the weight makes distances of parts of any size comparable). 0 means since the first step, or before it.
    It says where a change lies, not whether there is one: ask it of features that drift. Of several changes it names
    the one that parts best.

    steps: counts of each step in the histogram's bins, in order of time, int, shape (steps, bins + 1).
    """
    before = np.asarray(histogram.counts) + np.cumsum(steps, axis=0) - steps
    after = np.cumsum(steps[::-1], axis=0)[::-1]
    # A step without answers starts nothing, and after the last answer there is nothing to compare.
    candidates = np.flatnonzero(steps.sum(axis=1) > 0)
    if not len(candidates):
        return None
    first, second = before[candidates], after[candidates]
    n_first, n_second = first.sum(axis=1), second.sum(axis=1)
    weight = np.sqrt(n_first * n_second / (n_first + n_second))
    return int(candidates[np.argmax(weight * effect_size(histogram, first, second))])
