"""Figures of agreement, worked by hand on a few cells."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation import extents

OURS = np.array([[0.0, 0.06, 0.4, np.nan], [0.05, 0.0, 1.0, 0.2]])
TRUE = np.array([[0.0, 0.10, 0.5, np.nan], [0.00, 0.3, 0.8, 0.2]])


def test_agreement_by_cells() -> None:
    found = extents.scores(OURS, TRUE)
    assert found["csi_005"] == pytest.approx(4 / 6)  # 0.06, 0.4, 1.0, 0.2 of those and 0.05, 0.3
    assert found["hit_005"] == pytest.approx(4 / 5)
    assert found["false_alarm_005"] == pytest.approx(1 / 5)
    assert found["csi_030"] == pytest.approx(2 / 3)


def test_differences_count_where_either_is_wet() -> None:
    apart = np.array([0.04, 0.1, 0.05, 0.3, 0.2, 0.0])
    found = extents.scores(OURS, TRUE)
    assert found["rmse_wet_m"] == pytest.approx(np.sqrt((apart**2).mean()))
    assert found["mae_wet_m"] == pytest.approx(apart.mean())


def test_arrival_counts_where_both_have_one() -> None:
    ours, true = np.array([10.0, np.nan, 30.0, 5.0]), np.array([20.0, 5.0, np.nan, 5.0])
    assert extents.arrival_error(ours, true) == 5.0
    assert extents.arrival_error(np.full(3, np.nan), np.ones(3)) is None


def test_what_has_no_meaning_is_none_and_not_a_number() -> None:
    dry, wet = np.zeros((3, 3)), np.ones((3, 3))
    assert set(extents.scores(dry, dry).values()) == {None}
    assert extents.scores(dry, wet)["false_alarm_005"] is None
    assert extents.scores(wet, dry)["hit_005"] is None
    assert (extents.scores(dry, wet)["csi_005"], extents.scores(wet, dry)["csi_005"]) == (0, 0)


def test_a_forecast_agrees_with_itself() -> None:
    found = extents.scores(TRUE, TRUE)
    assert [found[name] for name in ("csi_005", "csi_030", "hit_005", "false_alarm_005")] == [1, 1, 1, 0]
    assert found["rmse_wet_m"] == found["mae_wet_m"] == 0
