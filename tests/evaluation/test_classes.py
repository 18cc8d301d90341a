"""Scores of best guesses that more than one system is measured by."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.classes import macro_f1


def test_macro_f1_is_the_mean_over_classes_that_occur() -> None:
    assert macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert macro_f1(np.array([0, 0]), np.array([0, 2])) == pytest.approx(2 / 3)
    assert macro_f1(np.array([], int), np.array([], int)) is None
