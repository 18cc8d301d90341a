"""Depth in words and hazard, against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.hydraulics import hazard


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (0.0, "dry"),
        (0.049, "dry"),
        (0.05, "ankle-deep"),
        (0.3, "knee-deep"),
        (0.6, "waist-deep"),
        (1.2, "chest-deep"),
        (1.8, "over the head"),
        (40.0, "over the head"),
        (np.nan, "dry"),
    ],
)
def test_a_depth_has_words(depth: float, words: str) -> None:
    assert hazard.depth_words(depth) == words


@pytest.mark.parametrize(
    ("depth", "speed", "rating", "words"),
    [
        (0.0, 0.0, 0.0, "none"),
        (0.04, 3.0, 0.0, "none"),
        (0.2, 0.5, 0.7, "low: caution"),  # 0.2 (0.5 + 0.5) + 0.5
        (0.25, 0.5, 0.75, "moderate: danger for some"),
        (0.3, 0.5, 1.3, "significant: danger for most"),  # 0.3 (0.5 + 0.5) + 1
        (1.0, 0.5, 2.0, "extreme: danger for all"),
        (2.0, 2.0, 6.0, "extreme: danger for all"),
    ],
)
def test_hazard_grows_with_depth_and_speed(depth: float, speed: float, rating: float, words: str) -> None:
    found = float(hazard.hazard_rating(np.array(depth), np.array(speed)))
    assert found == pytest.approx(rating)
    assert hazard.hazard_words(round(found, 6)) == words


def test_hazard_is_unknown_where_there_is_no_data() -> None:
    assert np.isnan(hazard.hazard_rating(np.array([np.nan]), np.array([1.0]))).all()
