"""Distances between histograms, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.monitoring.drift.effect import effect_size, mean_shift
from core.monitoring.drift.histograms import CategoryHistogram, NumericHistogram, histogram_of

RULER = NumericHistogram(
    edges=(0.5, 1.5, 2.5), positions=(0.0, 1.0, 2.0, 3.0), mean=0.0, sd=1.0, counts=(10, 10, 0, 0, 0)
)
MATERIALS = CategoryHistogram(categories=("glass", "paper"), counts=(5, 5, 0, 0))
COUNTS = arrays(np.int64, 5, elements=st.integers(0, 50)).filter(lambda counts: counts.sum() > 0)


def distance(first: list[int], second: list[int]) -> float:
    return float(effect_size(RULER, np.array(first), np.array(second)))


def test_answers_that_all_move_by_one_sd_lie_one_sd_apart() -> None:
    assert distance([10, 10, 0, 0, 0], [0, 5, 5, 0, 0]) == pytest.approx(1.0)


def test_answers_that_spread_move_though_their_mean_does_not() -> None:
    assert distance([0, 10, 10, 0, 0], [5, 0, 0, 5, 0]) == pytest.approx(1.0)


def test_a_value_gone_missing_counts_as_moved_by_one_sd() -> None:
    assert distance([10, 10, 0, 0, 0], [5, 5, 0, 0, 10]) == pytest.approx(0.5)
    assert distance([10, 10, 0, 0, 0], [0, 0, 0, 0, 3]) == pytest.approx(1.0)
    assert distance([0, 0, 0, 0, 5], [0, 0, 0, 0, 9]) == 0.0


def test_few_values_among_many_missing_ones_weigh_little() -> None:
    assert distance([1, 0, 0, 0, 99], [0, 0, 0, 1, 99]) == pytest.approx(0.03)


def test_the_distance_of_categories_is_the_share_that_changed() -> None:
    effect = effect_size(MATERIALS, np.array([5, 5, 0, 0]), np.array([2, 5, 2, 1]))
    assert float(effect) == pytest.approx(0.3)


@given(COUNTS, COUNTS)
def test_distances_are_symmetric_and_none_of_the_same_shares(first: np.ndarray, second: np.ndarray) -> None:
    assert effect_size(RULER, first, second) == pytest.approx(effect_size(RULER, second, first))
    assert effect_size(RULER, first, 3 * first) == pytest.approx(0)


def test_many_draws_are_compared_at_once() -> None:
    draws = np.array([[10, 10, 0, 0, 0], [0, 5, 5, 0, 0]])
    assert effect_size(RULER, np.array([10, 10, 0, 0, 0]), draws).tolist() == pytest.approx([0.0, 1.0])


def test_a_shift_of_normal_values_by_half_an_sd_is_measured_as_that() -> None:
    values = np.random.default_rng(1).standard_normal(200_000)
    histogram = histogram_of(values)
    assert isinstance(histogram, NumericHistogram)
    moved = histogram.count(values + 0.5)
    assert float(effect_size(histogram, np.array(histogram.counts), moved)) == pytest.approx(0.5, abs=0.03)
    shift = mean_shift(histogram, moved, 1.96)
    assert shift is not None
    assert shift[0] == pytest.approx(0.5, abs=0.03)


def test_the_interval_of_a_mean_shift_is_that_of_two_means() -> None:
    shift = mean_shift(RULER, np.array([0, 0, 20, 0, 7]), 2.0)
    assert shift is not None
    error = np.sqrt(0.25 / 20)  # half of the reference at 0, half at 1; the sample all at 2
    assert shift == pytest.approx((1.5, 1.5 - 2 * error, 1.5 + 2 * error))


def test_without_a_value_there_is_no_shift() -> None:
    assert mean_shift(RULER, np.array([0, 0, 0, 0, 7]), 1.96) is None
