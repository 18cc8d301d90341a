"""Scores of probabilities that more than one system is measured by."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.probabilities import calibration_error, cross_entropy, fit_temperature, log_loss


def test_the_calibration_error_is_the_mean_gap() -> None:
    assert calibration_error(np.full(10, 0.9), np.arange(10) < 7) == pytest.approx(0.2)
    # 0.3 and 0.9 lie in bins of their own: gaps of 0.3 and 0.1, one case each
    assert calibration_error(np.array([0.3, 0.9]), np.array([False, True])) == pytest.approx(0.2)
    assert calibration_error(np.array([]), np.array([])) is None


def test_log_loss_and_cross_entropy_by_hand() -> None:
    probabilities, labels = np.array([[0.5, 0.5], [0.8, 0.2], [1.0, 0.0]]), np.array([0, 1, 1])
    assert log_loss(probabilities[:2], labels[:2]) == pytest.approx(-np.log(0.5 * 0.2) / 2)
    assert log_loss(probabilities[2:], labels[2:]) == pytest.approx(-np.log(1e-15))  # bounded
    assert cross_entropy(np.log(probabilities[:2]) + 7, labels[:2]) == pytest.approx(-np.log(0.5 * 0.2) / 2)
    assert cross_entropy(np.array([[1000.0, 0.0]]), np.array([1])) == pytest.approx(1000)  # not bounded, no overflow


def test_the_temperature_with_the_least_loss_is_found_within_its_bounds() -> None:
    assert fit_temperature(lambda trial: abs(trial - 1.7), (0.3, 3.0)) == pytest.approx(1.7, abs=1e-4)
    assert fit_temperature(lambda trial: -trial, (0.3, 3.0)) == pytest.approx(3.0, abs=1e-4)
