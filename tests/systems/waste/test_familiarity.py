"""Photos unlike all that was checked: told by their distance from the photos of other sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.contract import EXPECTED_UNLIKE
from core.systems.waste.familiarity import MOST_OF_A_SOURCE, CheckedPhotos

DIMENSIONS = 40


def photos(count: int, centre: float, seed: int) -> np.ndarray:
    """Features of a source: alike but for where they lie along one direction."""
    features = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    features[:, 0] += centre
    return features.astype(np.float32)


@pytest.fixture(scope="module")
def checked() -> CheckedPhotos:
    features = np.concatenate([photos(150, 0, 1), photos(150, 1, 2), photos(50, 2, 3)])
    return CheckedPhotos.of(features, np.repeat(["board", "street", "shop"], [150, 150, 50]))


def test_a_place_like_those_is_seldom_unlike(checked: CheckedPhotos) -> None:
    assert np.mean(checked.unlikeness(photos(1000, 1, 9)) > 1) < 2 * EXPECTED_UNLIKE


def test_photos_from_far_away_are_unlike(checked: CheckedPhotos) -> None:
    assert np.mean(checked.unlikeness(photos(200, 12, 9)) > 1) > 0.95


def test_every_source_weighs_alike_in_the_bound() -> None:
    near, far = photos(390, 0, 1), photos(40, 6, 2)
    features, names = np.concatenate([near, photos(390, 0, 3), far]), np.repeat(["a", "b", "c"], [390, 390, 40])
    checked = CheckedPhotos.of(features, names)
    assert np.mean(checked.unlikeness(far + 0.0) > 1) < 0.2  # the few of the odd place are not drowned


def test_no_more_than_some_of_a_source_are_kept() -> None:
    checked = CheckedPhotos.of(photos(1500, 0, 1), np.repeat(["a", "b"], [1400, 100]))
    assert len(checked.points) == MOST_OF_A_SOURCE + 100


def test_one_source_tells_nothing_of_others() -> None:
    with pytest.raises(ValueError, match="several sources"):
        CheckedPhotos.of(photos(10, 0, 1), np.repeat(["a"], 10))


def test_what_is_written_reads_the_same(checked: CheckedPhotos, tmp_path: Path) -> None:
    checked.write(tmp_path)
    read = CheckedPhotos.read(tmp_path)
    assert read is not None
    new = photos(20, 3, 5)
    np.testing.assert_array_equal(read.unlikeness(new), checked.unlikeness(new))
    assert CheckedPhotos.read(tmp_path / "other") is None
