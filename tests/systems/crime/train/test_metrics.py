"""Figures of invented probabilities, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.crime.train import metrics


def test_figures_worked_by_hand():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    found = metrics.figures(probabilities, np.array([0, 1, -1]), 0.9)
    assert found["top1"] == pytest.approx(2 / 3)
    assert found["coverage90"] == pytest.approx(2 / 3)
    assert found["log_loss"] == pytest.approx((-np.log(0.5) - np.log(0.8) - np.log(1e-15)) / 3)


def test_the_worst_group_is_the_one_with_the_highest_loss_and_unknown_groups_do_not_count():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    groups = np.array(["NORTH", "SOUTH", None], dtype=object)
    assert metrics.worst_group(probabilities, np.array([0, 0, 0]), groups) == {
        "district": "SOUTH",
        "log_loss": pytest.approx(-np.log(0.2)),
    }
    assert metrics.worst_group(probabilities, np.array([0, 0, 0]), np.array([None] * 3, dtype=object)) is None


def test_the_last_years_shares():
    moments = np.array(["2018-01-01", "2020-06-01", "2020-12-31"], dtype="datetime64[s]")
    assert metrics.recent_shares(np.array([0, 1, 1]), moments, 2).tolist() == [0.5 / 3, 2.5 / 3]
