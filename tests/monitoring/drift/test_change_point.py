"""Since when a feature drifts."""

from __future__ import annotations

import numpy as np
import pytest

from core.monitoring.drift import CategoryHistogram, start_of_change
from core.monitoring.drift.histograms import NumericHistogram, histogram_of

MATERIALS = CategoryHistogram(categories=("glass", "paper"), counts=(500, 500, 0, 0))
ALIKE, MORE_GLASS, EMPTY = [50, 50, 0, 0], [80, 20, 0, 0], [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("steps", "start"),
    [
        ([ALIKE] * 5 + [MORE_GLASS] * 3, 5),
        ([ALIKE] * 3 + [EMPTY] * 2 + [MORE_GLASS] * 3, 5),
        ([MORE_GLASS] * 4, 0),
        ([ALIKE, MORE_GLASS, EMPTY], 1),
        ([EMPTY] * 3, None),
    ],
)
def test_the_start_is_the_first_step_that_is_unlike_the_reference(steps: list[list[int]], start: int | None) -> None:
    assert start_of_change(MATERIALS, np.array(steps)) == start


def test_the_start_of_a_shift_is_found_among_noisy_days() -> None:
    random = np.random.default_rng(0)
    histogram = histogram_of(random.standard_normal(3500))
    assert isinstance(histogram, NumericHistogram)
    days = [histogram.count(random.standard_normal(200) + 0.5 * (day >= 20)) for day in range(30)]
    assert start_of_change(histogram, np.stack(days)) in (19, 20, 21)
