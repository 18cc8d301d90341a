"""The permutation test: held against an exact count, and against its own promise under the null hypothesis."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import hypergeom

from core.monitoring.drift import significance
from core.monitoring.drift.effect import effect_size
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram
from core.monitoring.drift.significance import draw_by_bin, draw_singly, permutation_test

SMALL = NumericHistogram(edges=(0.5, 1.5), positions=(0.0, 1.0, 2.0), mean=0.0, sd=1.0, counts=(3, 3, 1, 0))


def exact_p(histogram: NumericHistogram, sample: np.ndarray) -> float:
    """The p value over all ways of parting the pooled answers, by counting them."""
    reference = np.array(histogram.counts)
    pooled = np.repeat(np.arange(len(reference)), reference + sample)
    observed = effect_size(histogram, reference, sample)
    as_far = []
    for chosen in combinations(range(len(pooled)), int(sample.sum())):
        part = np.bincount(pooled[list(chosen)], minlength=len(reference))
        as_far.append(effect_size(histogram, reference + sample - part, part) >= observed - 1e-9)
    return float(np.mean(as_far))


@pytest.mark.parametrize("sample", [[1, 2, 1, 1], [0, 0, 4, 0], [0, 1, 3, 0], [0, 2, 2, 2]])
def test_the_p_value_is_that_of_all_partings_counted(sample: list[int]) -> None:
    counts = np.array(sample)
    received = permutation_test(SMALL, counts, np.random.default_rng(0)).p_value
    assert received == pytest.approx(exact_p(SMALL, counts), rel=0.35, abs=0.01)  # stopped early: known to a fifth


def test_a_sample_that_is_the_reference_again_is_no_surprise() -> None:
    assert permutation_test(SMALL, np.array([3, 3, 1, 0]), np.random.default_rng(0)).p_value == 1.0


def test_an_impossible_sample_has_the_least_p_value() -> None:
    histogram = CategoryHistogram(categories=("a", "b"), counts=(500, 500, 0, 0))
    test = permutation_test(histogram, np.array([0, 0, 300, 0]), np.random.default_rng(0))
    assert test.p_value == 1 / (sum(significance.STAGES) + 1)
    assert test.by_chance < 0.1


@pytest.mark.parametrize(("n", "reference_n"), [(50, 3500), (900, 300), (5000, 3500)])
def test_p_values_without_drift_are_small_no_more_often_than_they_say(n: int, reference_n: int) -> None:
    random = np.random.default_rng(n)
    shares = np.array([0.4, 0.3, 0.2, 0.08, 0.02])
    p_values = []
    for _ in range(400):
        reference, sample = (np.append(random.multinomial(size, shares), 0) for size in (reference_n, n))
        histogram = NumericHistogram(
            edges=(1, 2, 3, 4), positions=(0, 1, 2, 3, 4), mean=0, sd=1, counts=tuple(reference.tolist())
        )
        p_values.append(permutation_test(histogram, sample, random).p_value)
    for level in (0.02, 0.1, 0.5):  # within three standard errors
        assert np.mean(np.array(p_values) <= level) <= level + 3 * np.sqrt(level * (1 - level) / 400)
    assert np.mean(np.array(p_values) <= 0.5) >= 0.4


def test_draws_by_bin_are_distributed_as_single_draws() -> None:
    pooled, random = np.array([3000, 900, 80, 6]), np.random.default_rng(0)
    singly, by_bin = (draw(pooled, 600, 20_000, random) for draw in (draw_singly, draw_by_bin))
    assert by_bin.sum(axis=1) == pytest.approx(np.full(20_000, 600))
    assert by_bin.mean(axis=0) == pytest.approx(singly.mean(axis=0), rel=0.03)
    assert np.cov(by_bin.T) == pytest.approx(np.cov(singly.T), rel=0.08, abs=1.0)
    assert set(np.unique(by_bin[:, 3])) <= set(range(7))  # rare bins are drawn exactly
    assert np.mean(by_bin[:, 3] == 0) == pytest.approx(hypergeom.pmf(0, pooled.sum(), 6, 600), abs=0.015)


def test_the_sequential_p_value_stops_at_the_last_exceedance_it_needs() -> None:
    exceeds = np.zeros(199, dtype=bool)
    exceeds[[*range(19), 49, 120]] = True
    assert significance._sequential_p(exceeds) == 20 / 50
    assert significance._sequential_p(exceeds[:49]) == 20 / 50  # 19 of 49 draws, and one for the sample itself
