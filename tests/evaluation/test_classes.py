"""Figures that more than one system is measured by."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.classes import calibration_error, macro_f1


def test_the_calibration_error_is_the_mean_gap() -> None:
    assert calibration_error(np.full(10, 0.9), np.arange(10) < 7) == pytest.approx(0.2)
    # 0.3 and 0.9 lie in bins of their own: gaps of 0.3 and 0.1, one case each
    assert calibration_error(np.array([0.3, 0.9]), np.array([False, True])) == pytest.approx(0.2)
    assert calibration_error(np.array([]), np.array([])) is None


def test_macro_f1_is_the_mean_over_classes_that_occur() -> None:
    assert macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert macro_f1(np.array([0, 0]), np.array([0, 2])) == pytest.approx(2 / 3)
    assert macro_f1(np.array([], int), np.array([], int)) is None
