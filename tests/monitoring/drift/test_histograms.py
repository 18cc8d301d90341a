"""Bins of a version's own data, and other values counted into them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.monitoring.drift.histograms import (
    BINS,
    MAX_CATEGORIES,
    CategoryHistogram,
    NumericHistogram,
    histogram_of,
)

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def numeric(values: list[float | str | bool | None]) -> NumericHistogram:
    histogram = histogram_of(values)
    assert isinstance(histogram, NumericHistogram)
    return histogram


def category(values: list[float | str | bool | None]) -> CategoryHistogram:
    histogram = histogram_of(values)
    assert isinstance(histogram, CategoryHistogram)
    return histogram


def test_a_binary_feature_has_a_bin_for_each_value_and_open_bins_beyond() -> None:
    histogram = numeric([0.0] * 75 + [1.0] * 25)
    assert histogram.edges == pytest.approx((0, 0.5, 1), abs=1e-5)
    assert histogram.counts == (0, 75, 25, 0, 0)
    assert histogram.count([0, 1, 1, -7, 7, None]).tolist() == [1, 1, 2, 1, 1]
    inner = (-0.25 / 0.4330, 0.75 / 0.4330)  # SD = sqrt(0.25 x 0.75) = 0.433
    assert histogram.positions == pytest.approx((inner[0] - 0.5, *inner, inner[1] + 0.5), abs=1e-3)


def test_a_value_with_much_mass_among_others_has_a_bin_of_its_own() -> None:
    rain = [0.0] * 400 + list(np.linspace(1, 50, 600))
    histogram = numeric(rain)
    first_bin = np.searchsorted(histogram.edges, 0.0)
    assert histogram.counts[first_bin] == 400
    assert 10 < len(histogram.counts) < BINS + 5


def test_continuous_values_fall_into_bins_of_equal_mass_with_thin_tails() -> None:
    histogram = numeric(list(np.linspace(0, 1, 2001)))
    assert histogram.counts[0] == histogram.counts[-2] == histogram.counts[-1] == 0
    assert histogram.counts[1:3] == pytest.approx((20, 80), abs=1)
    assert histogram.counts[3:-4] == pytest.approx((100,) * 18, abs=1)


def test_booleans_are_numbers() -> None:
    assert numeric([True] * 30 + [False] * 30).counts == numeric([1.0] * 30 + [0.0] * 30).counts


def test_any_other_value_than_a_constants_lies_beyond() -> None:
    histogram = numeric([5.0] * 60)
    assert histogram.count([5.0, 5.001, 4.999]).tolist() == [1, 1, 1, 0]
    assert histogram.positions == pytest.approx((-1, 0, 1))


def test_what_is_no_number_is_missing() -> None:
    histogram = numeric([1.0, 2.0, None, float("nan"), float("inf")])
    assert histogram.counts[-1] == 3
    assert histogram.count(["a text", None, 2.0])[-1] == 2


def test_infinity_lies_beyond_all_that_the_reference_holds() -> None:
    counts = numeric([1.0, 2.0, 3.0]).count([float("inf"), float("-inf")])
    assert counts[0] == counts[-2] == 1


def test_a_feature_without_a_value_has_no_histogram() -> None:
    assert histogram_of([None, float("nan")]) is None


def test_categories_come_by_their_frequency_and_unknown_ones_are_other() -> None:
    histogram = category(["glass", "paper", "paper", None])
    assert histogram.categories == ("paper", "glass")
    assert histogram.counts == (2, 1, 0, 1)
    assert histogram.count(["glass", "metal", None, float("nan")]).tolist() == [0, 1, 1, 2]
    assert histogram.labels == ("paper", "glass", "other", "missing")


def test_rare_categories_share_a_bin() -> None:
    names = [f"street {number:03}" for number in range(MAX_CATEGORIES + 10)]
    histogram = category([*names, *names[:-5]])
    assert len(histogram.categories) == MAX_CATEGORIES
    assert histogram.counts[-2] == 2 * 10 - 5


def test_labels_name_every_count() -> None:
    histogram = numeric([0.0] * 50 + [1.0] * 50)
    assert histogram.labels == ("below the reference", "up to 0.5", "over 0.5", "above the reference", "missing")


def test_neighbouring_floats_get_bins_of_their_own() -> None:
    first = 1.0
    second = float(np.nextafter(first, 2))
    third = float(np.nextafter(second, 2))
    assert numeric([first] * 5 + [second] * 5 + [third] * 5).counts == (0, 5, 5, 5, 0, 0)


@given(st.lists(st.one_of(NUMBERS, st.none()), min_size=1, max_size=200), st.lists(NUMBERS, max_size=50))
def test_every_value_is_counted_once(reference: list[float | None], others: list[float]) -> None:
    histogram = histogram_of(reference)
    if histogram is None:
        assert all(value is None for value in reference)
        return
    assert isinstance(histogram, NumericHistogram)
    assert tuple(histogram.count(reference)) == histogram.counts
    assert sum(histogram.counts) == len(reference)
    assert sum(histogram.count(others)) == len(others)
    assert NumericHistogram.model_validate(histogram.model_dump()) == histogram


@pytest.mark.parametrize(
    "change",
    [
        {"edges": (1.0, 0.0, 2.0)},
        {"edges": (1.0,)},
        {"positions": (0.0, 2.0, 1.0, 2.0)},
        {"sd": 0.0},
        {"counts": (0, 50, -50, 0, 0)},
        {"mean": float("nan")},
    ],
)
def test_a_histogram_that_does_not_fit_together_is_refused(change: dict[str, object]) -> None:
    histogram = numeric([0.0] * 50 + [1.0] * 50)
    with pytest.raises(ValidationError):
        NumericHistogram.model_validate({**histogram.model_dump(), **change})


def test_a_category_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="must differ"):
        CategoryHistogram(categories=("a", "a"), counts=(1, 2, 0, 0))
