"""What a forecast holds, what it refuses, and its numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInput
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.results import Balance
from core.systems.flood.event import Event
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.products.summary import summarise
from tests.support.terrains import invented


def test_a_run_becomes_a_forecast(valley: Event, forecast: FloodForecast) -> None:
    run = solve(valley.domain, 300.0, valley.rain, valley.inflows, (100.0, 300.0))
    found = of_simulation(valley.ground, run)
    assert found.lead_times == (100.0, 300.0)
    assert found.depth.dtype == found.max_depth.dtype == found.hazard.dtype == np.float32
    np.testing.assert_allclose(found.depth[-1], run.depth, atol=1e-6)
    assert found.balance == run.balance
    assert (found.engine, found.mode, found.version) == ("solver", None, None)
    assert abs(forecast.balance.error) < 1e-9


def test_a_run_without_lead_times_is_no_forecast(valley: Event) -> None:
    with pytest.raises(InvalidInput, match="at least one lead time"):
        of_simulation(valley.ground, solve(valley.domain, 60.0))


def test_lead_times_ascend_and_shapes_agree() -> None:
    given = invented(np.ones((5, 6)))
    series = np.zeros((2, 5, 6), np.float32)
    with pytest.raises(InvalidInput, match="ascending"):
        replace(given, lead_times=(600.0, 300.0), depth=series, east=series, south=series)
    with pytest.raises(ValueError, match="arrival has shape"):
        replace(given, arrival=np.zeros((6, 5)))
    with pytest.raises(ValueError, match="depth has shape"):
        replace(given, depth=series)


def test_numbers_are_those_of_a_hand_made_flood() -> None:
    depth = np.array([[np.nan, 0.0, 0.1], [0.2, 0.5, 2.0], [0.0, 0.04, 1.0]])
    balance = Balance(rain=100.0, inflow=300.0, outflow=10.0, stored=386.0)
    speed = np.where(depth == 2.0, 1.5, 0.0).astype(np.float32)
    found = summarise(invented(depth, balance=balance, max_speed=speed))
    assert found["cells"] == 8
    assert found["area_m2"] == 800.0
    assert found["flooded_m2"] == 500.0
    assert found["flooded_m2_by_depth"] == {
        "ankle-deep": 200.0,
        "knee-deep": 100.0,
        "waist-deep": 100.0,
        "chest-deep": 0.0,
        "over the head": 100.0,
    }
    assert sum(found["flooded_m2_by_hazard"].values()) == 500.0
    assert found["flooded_m2_by_hazard"]["extreme: danger for all"] == 100.0
    assert found["largest_volume_m3"] == pytest.approx(384.0)
    assert found["largest_depth_m"] == 2.0
    assert found["first_arrival_s"] == found["half_arrived_s"] == 60.0
    assert found["mass_error"] == pytest.approx(4 / 410)


def test_a_dry_forecast_has_numbers_too_that_json_can_hold() -> None:
    found = summarise(invented(np.zeros((4, 4))))
    assert found["flooded_m2"] == 0.0
    assert found["first_arrival_s"] is None
    json.dumps(found, allow_nan=False)


def test_the_valley_is_flooded_beside_its_river(forecast: FloodForecast) -> None:
    found = summarise(forecast)
    assert 0.05 < found["flooded_m2"] / found["area_m2"] < 0.5
    assert found["flooded_m2"] == pytest.approx(sum(found["flooded_m2_by_depth"].values()))
    assert found["rain_m3"] > 0
    json.dumps(found, allow_nan=False)
