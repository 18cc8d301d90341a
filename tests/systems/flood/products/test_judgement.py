"""The class that stands for a forecast, and its score."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.flood.products.judgement import CLASSES, class_probabilities, deepest_hundredth, judge
from tests.support.terrains import invented


def test_the_deepest_hundredth_decides_and_not_a_single_pit() -> None:
    depth = np.zeros((20, 20))
    depth[0, 0] = 5.0
    assert deepest_hundredth(depth) == 0.0
    depth[0, :5] = 0.7
    assert deepest_hundredth(depth) == 0.7
    depth[:, 10:] = np.nan
    assert deepest_hundredth(depth) == 0.7
    assert deepest_hundredth(np.full((3, 3), np.nan)) == 0.0


def test_scores_are_those_of_the_normal_distribution_that_the_interval_tells() -> None:
    found = dict(zip(CLASSES, class_probabilities(0.3, 0.45, 0.6), strict=True))
    assert found["knee-deep"] == pytest.approx(0.8, abs=1e-6)  # the interval is just that class
    assert found["waist-deep"] == pytest.approx(0.1, abs=1e-6)
    assert sum(found.values()) == pytest.approx(1)


def test_a_lopsided_interval_is_wider_on_its_side() -> None:
    found = dict(zip(CLASSES, class_probabilities(0.4, 0.45, 1.2), strict=True))
    assert found["knee-deep"] + found["waist-deep"] == pytest.approx(0.9, abs=1e-3)
    assert found["ankle-deep"] < 1e-3


@pytest.mark.parametrize("depth", [0.0, 0.04, 0.5, 3.0])
def test_an_interval_without_width_is_nearly_certain(depth: float) -> None:
    assert max(class_probabilities(depth, depth, depth)) > 0.8


def test_the_best_class_is_the_answer_even_beside_the_forecasts_own() -> None:
    raster = np.full((5, 5), 0.32)  # just knee-deep, but it may well be less, or far more
    found = judge(invented(raster, low=raster * 0, high=raster + 2.7))
    assert found.value == "ankle-deep"
    assert [one.score for one in found.alternatives] == sorted((one.score for one in found.alternatives), reverse=True)
    assert found.alternatives[0].value == found.value


def test_without_intervals_nothing_is_claimed() -> None:
    found = judge(invented(np.full((5, 5), 0.7)))
    assert (found.value, found.has_interval) == ("waist-deep", False)
    assert {one.score for one in found.alternatives} == {1 / len(CLASSES)}
