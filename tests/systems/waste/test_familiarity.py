"""Photos unlike all that was checked: told by their distance from the photos of other sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.contract import EXPECTED_UNLIKE
from core.systems.waste.familiarity import CheckedPhotos, reach_of

DIMENSIONS = 40


def photos(count: int, centre: float, seed: int) -> np.ndarray:
    """Features of a source: alike but for where they lie along one direction."""
    features = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    features[:, 0] += centre
    return features.astype(np.float32)


@pytest.fixture(scope="module")
def checked() -> CheckedPhotos:
    return CheckedPhotos.of(photos(150, 0, 1), photos(150, 0, 2))


def test_photos_like_those_are_seldom_unlike(checked: CheckedPhotos) -> None:
    assert np.mean(checked.unlikeness(photos(1000, 0, 9)) > 1) == pytest.approx(EXPECTED_UNLIKE, abs=0.03)


def test_photos_from_far_away_are_unlike(checked: CheckedPhotos) -> None:
    assert np.mean(checked.unlikeness(photos(200, 20, 9)) > 1) > 0.95


def test_a_larger_reach_moves_the_bound(checked: CheckedPhotos) -> None:
    wider = CheckedPhotos.of(photos(150, 0, 1), photos(150, 0, 2), reach=2.0)
    new = photos(20, 3, 5)
    np.testing.assert_allclose(wider.unlikeness(new), checked.unlikeness(new) / 2)


def test_photos_that_are_all_alike_divide_by_something() -> None:
    alike = np.ones((20, DIMENSIONS), dtype=np.float32)
    assert np.isfinite(CheckedPhotos.of(alike, alike).unlikeness(alike)).all()


def test_how_far_a_new_place_may_be_weighs_every_left_out_source_alike() -> None:
    near, far = np.linspace(0.5, 1.0, 900), np.linspace(2.0, 3.0, 100)
    reach = reach_of(np.r_[near, far], np.repeat(["large", "small"], [900, 100]))
    assert reach == pytest.approx(np.quantile(far, 1 - 2 * EXPECTED_UNLIKE), abs=0.02)


def test_what_is_written_reads_the_same(checked: CheckedPhotos, tmp_path: Path) -> None:
    checked.write(tmp_path)
    read = CheckedPhotos.read(tmp_path)
    assert read is not None
    new = photos(20, 3, 5)
    np.testing.assert_array_equal(read.unlikeness(new), checked.unlikeness(new))
    assert CheckedPhotos.read(tmp_path / "other") is None


def test_a_checked_photo_is_measured_without_itself_and_its_near_duplicates() -> None:
    line = np.zeros((8, DIMENSIONS), dtype=np.float32)
    line[:, 0] = [0, 0, 1, 2, 3, 4, 5, 100]  # two shots of one thing, then others
    checked = CheckedPhotos.of(line, line)
    unlike = checked.unlikeness_of_own(["twin", "twin", "", "", "", "", "", ""]) * checked.bound
    assert unlike[0] == pytest.approx((1 + 2 + 3 + 4 + 5) / 5, rel=0.01)  # its twin at 0 does not count
    assert unlike[2] == pytest.approx((1 + 1 + 1 + 2 + 3) / 5, rel=0.01)  # both twins do


def test_unlikeness_is_that_at_the_coordinates(checked: CheckedPhotos) -> None:
    new = photos(20, 3, 5)
    np.testing.assert_allclose(checked.unlikeness_at(checked.coordinates(new)), checked.unlikeness(new))
