"""Accuracy expected from scores alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.shares import wilson
from core.monitoring.expected_accuracy import expected_accuracy


def test_the_expected_accuracy_is_the_mean_score() -> None:
    expected = expected_accuracy([10, 0, 30], [5.0, 0.0, 27.0])
    assert expected is not None
    assert (expected.n, expected.value) == (40, pytest.approx(0.8))
    assert expected.low < 0.8 < expected.high


def test_answers_of_one_score_leave_wilsons_interval() -> None:
    expected = expected_accuracy([100], [80.0])
    assert expected is not None
    assert (expected.low, expected.high) == pytest.approx(wilson(80, 100))


def test_scores_that_are_surer_than_their_mean_leave_less_open() -> None:
    mixed, alike = expected_accuracy([50, 50], [1.0, 49.0]), expected_accuracy([100], [50.0])
    assert mixed is not None
    assert alike is not None
    assert mixed.high - mixed.low < (alike.high - alike.low) / 2


def test_no_answers_lead_one_to_expect_nothing() -> None:
    assert expected_accuracy([0, 0], [0.0, 0.0]) is None


def test_certain_scores_leave_nothing_open() -> None:
    expected = expected_accuracy([5], [5.0])
    assert expected is not None
    assert (expected.low, expected.value, expected.high) == (1.0, 1.0, 1.0)


def test_a_sum_that_no_scores_have_is_refused() -> None:
    with pytest.raises(ValueError, match="mean scores"):
        expected_accuracy([10], [11.0])


def test_the_interval_holds_what_calibrated_answers_come_out_as() -> None:
    random, held = np.random.default_rng(0), 0
    for _ in range(400):
        scores = random.beta(5, 2, 120)
        bins = np.minimum((scores * 10).astype(int), 9)
        counts, sums = np.bincount(bins, minlength=10), np.bincount(bins, weights=scores, minlength=10)
        expected = expected_accuracy(counts.tolist(), sums.tolist())
        assert expected is not None
        held += expected.low <= np.mean(random.random(120) < scores) <= expected.high
    assert 0.92 * 400 <= held < 400
