"""Accuracy expected from scores alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.evaluation.shares import wilson
from core.monitoring.expected_accuracy import expected_accuracy


def sums(scores: Sequence[float]) -> tuple[int, float, float]:
    """What is kept of some scores."""
    return len(scores), sum(scores), sum(score * (1 - score) for score in scores)


def test_the_expected_accuracy_is_the_mean_score() -> None:
    expected = expected_accuracy(*sums([0.5] * 10 + [0.9] * 30))
    assert expected is not None
    assert (expected.n, expected.value) == (40, pytest.approx(0.8))
    assert expected.low < 0.8 < expected.high


def test_answers_of_one_score_leave_wilsons_interval() -> None:
    expected = expected_accuracy(*sums([0.8] * 100))
    assert expected is not None
    assert (expected.low, expected.high) == pytest.approx(wilson(80, 100))


def test_scores_that_are_surer_than_their_mean_leave_less_open() -> None:
    mixed, alike = expected_accuracy(*sums([0.02, 0.98] * 50)), expected_accuracy(*sums([0.5] * 100))
    assert mixed is not None
    assert alike is not None
    assert mixed.high - mixed.low < (alike.high - alike.low) / 2


def test_no_answers_lead_one_to_expect_nothing() -> None:
    assert expected_accuracy(0, 0.0, 0.0) is None


def test_certain_scores_leave_nothing_open() -> None:
    expected = expected_accuracy(*sums([1.0] * 5))
    assert expected is not None
    assert (expected.low, expected.value, expected.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("given", [(10, 11.0, 0.0), (10, -1.0, 0.0), (10, 5.0, 2.6)])
def test_sums_that_no_scores_have_are_refused(given: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="sums of 10 scores"):
        expected_accuracy(*given)


def test_the_interval_holds_what_calibrated_answers_come_out_as() -> None:
    random, held = np.random.default_rng(0), 0
    for _ in range(400):
        scores = random.beta(5, 2, 120)
        expected = expected_accuracy(*sums(scores.tolist()))
        assert expected is not None
        held += expected.low <= np.mean(random.random(120) < scores) <= expected.high
    assert 0.92 * 400 <= held < 400
