"""Scores of probabilities that more than one system is measured by."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.probabilities import calibration_error


def test_the_calibration_error_is_the_mean_gap() -> None:
    assert calibration_error(np.full(10, 0.9), np.arange(10) < 7) == pytest.approx(0.2)
    # 0.3 and 0.9 lie in bins of their own: gaps of 0.3 and 0.1, one case each
    assert calibration_error(np.array([0.3, 0.9]), np.array([False, True])) == pytest.approx(0.2)
    assert calibration_error(np.array([]), np.array([])) is None
