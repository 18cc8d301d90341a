"""A forecast in a few numbers: what is known of its deepest place."""

from __future__ import annotations

import numpy as np

from core.systems.flood.correction.arrival_interval import ArrivalSpread
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


def test_the_first_arrival_has_its_interval_where_the_version_knows_it() -> None:
    depth = np.full((5, 6), 0.4)
    arrival = np.full((5, 6), 900.0, np.float32)
    arrival[2, 2] = 300.0
    spread = ArrivalSpread(cells=((1.0, 1.0),) * 3, first=(0.75, 1.5))
    known = summarise(invented(depth, arrival=arrival, arrival_spread=spread))
    assert (known["first_arrival_s"], known["first_arrival_low_s"], known["first_arrival_high_s"]) == (300, 150, 600)
    assert summarise(invented(depth, arrival=arrival))["first_arrival_low_s"] is None
    dry = np.full((5, 6), np.nan, np.float32)
    assert summarise(invented(0 * depth, arrival=dry, arrival_spread=spread))["first_arrival_high_s"] is None
