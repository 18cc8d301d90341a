"""A forecast in a few numbers: what is known of its deepest place."""

from __future__ import annotations

import numpy as np

from core.systems.flood.products.summary import summarise
from tests.support.terrains import invented


def test_the_interval_of_the_deepest_place_is_that_of_its_cell() -> None:
    depth = np.full((5, 6), 0.4)
    depth[0, 0] = np.nan
    depth[3, 4] = 1.5
    low, high = np.full((5, 6), 0.3), np.full((5, 6), 9.0)  # an interval may be higher where it is not deepest
    low[3, 4], high[3, 4] = 1.25, 1.75
    summary = summarise(invented(depth, low=low.astype(np.float32), high=high.astype(np.float32)))
    assert summary["largest_depth_m"] == 1.5
    assert summary["largest_depth_low_m"] == 1.25
    assert summary["largest_depth_high_m"] == 1.75


def test_without_intervals_none_is_claimed() -> None:
    summary = summarise(invented(np.full((5, 6), 0.4)))
    assert summary["largest_depth_low_m"] is None
    assert summary["largest_depth_high_m"] is None
