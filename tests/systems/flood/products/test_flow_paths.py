"""Routes: where they lie, what they carry, and that no flood makes a broken line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import flow_paths, flow_routes
from core.systems.flood.terrain import geography
from tests.support.terrains import CORNER, UTM, hills, invented

PLACES = {
    UTM: CORNER,
    "EPSG:27700": (530_000.0, 180_000.0),
    "EPSG:2154": (650_000.0, 6_860_000.0),
    "EPSG:32756": (380_000.0, 6_355_000.0),
}


def channel(rows: int = 40, cols: int = 60, row: int = 20, width: int = 1, flow: float = 2.0) -> dict[str, Any]:
    """Water runs from west to east through `width` rows, 100 s from cell to cell."""
    depth, east = np.zeros((rows, cols)), np.zeros((1, rows, cols), np.float32)
    depth[row : row + width] = 1.0
    east[0, row : row + width] = flow
    arrival = np.where(depth > 0, 100.0 * np.arange(cols), np.nan).astype(np.float32)
    return {"max_depth": depth, "east": east, "arrival": arrival}


def lines(found: dict[str, Any]) -> list[Any]:
    return [shapely.geometry.shape(one["geometry"]) for one in found["features"]]


def on_grid(line: Any, crs: str = UTM, corner: tuple[float, float] = CORNER) -> np.ndarray:
    """Columns and rows of a line's points, as another library finds them."""
    turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    longitude, latitude = shapely.get_coordinates(line).T
    x, y = turn.transform(longitude, latitude)
    return np.column_stack([(np.array(x) - corner[0]) / 10, (corner[1] - np.array(y)) / 10])


@pytest.mark.parametrize("crs", PLACES)
def test_a_route_lies_where_the_water_runs(crs: str) -> None:
    found = flow_paths.trace(invented(**channel(), crs=crs, corner=PLACES[crs]))
    (line,) = lines(found)
    points = on_grid(line, crs, PLACES[crs])
    np.testing.assert_allclose(points[:, 1], 20.5, atol=0.01)
    assert points[0, 0] < 2 < 58 < points[-1, 0]  # downstream
    said = found["features"][0]["properties"]
    assert said["arrival_s"] == pytest.approx((points[:, 0] - 0.5) * 100, abs=110)
    assert said["length_m"] == pytest.approx(590, abs=11)


@pytest.mark.parametrize("width", [1, 4, 9])
def test_a_wide_river_is_one_route_that_carries_all_its_water(width: int) -> None:
    found = flow_paths.trace(invented(**channel(row=15, width=width, flow=2.0)))
    (one,) = found["features"]
    assert one["properties"]["peak_discharge_m3_per_s"] == pytest.approx(2.0 * 10 * width, rel=0.05)
    assert one["properties"]["volume_m3"] == pytest.approx(2.0 * 10 * width * 300, rel=0.05)  # at rest at the start
    assert one["properties"]["depth"] == "waist-deep"


def test_what_joins_comes_after_what_it_joins() -> None:
    given = channel(rows=80, cols=80, row=60, flow=3.0)
    south = np.zeros_like(given["east"])
    given["max_depth"][5:60, 40] = 0.4
    south[0, 5:60, 40] = 0.5
    found = flow_paths.trace(invented(**given, south=south))
    first, second = (on_grid(one) for one in lines(found))
    assert np.ptp(first[:, 0]) > 70
    assert second[0] == pytest.approx([40.5, 5.5], abs=0.6)
    assert second[-1] == pytest.approx([41.0, 60.0], abs=1.5)
    ranks = [one["properties"]["rank"] for one in found["features"]]
    flows = [one["properties"]["peak_discharge_m3_per_s"] for one in found["features"]]
    assert ranks == [1, 2]
    assert flows == pytest.approx([30.0, 5.0], rel=0.05)


def test_streams_that_pass_one_another_diagonally_do_not_cross() -> None:
    rows, cols = np.mgrid[:60, :60]
    depth = np.where((np.abs(rows - cols) <= 1) | (np.abs(rows + cols - 59) <= 1), 1.0, 0.0)
    flow = np.where(depth > 0, 1.0, 0.0).astype(np.float32)[None]
    found = lines(flow_paths.trace(invented(depth, east=flow, south=np.where(rows < cols, -flow, flow))))
    assert found
    assert all(one.is_simple and one.length > 0 for one in found)


def test_water_that_goes_in_circles_makes_a_line_with_two_ends() -> None:
    rows, cols = np.mgrid[:50, :50] - 24.5
    far = np.hypot(rows, cols)
    depth = np.where((far > 12) & (far < 20), 1.0, 0.0)
    east, south = (-rows / far * depth, cols / far * depth)
    found = lines(flow_paths.trace(invented(depth, east=east[None].astype("f4"), south=south[None].astype("f4"))))
    assert found
    assert all(one.is_simple and not one.is_closed for one in found)


@pytest.mark.parametrize("seed", range(6))
def test_any_motion_gives_sound_lines(seed: int) -> None:
    """Random motion, with holes in the terrain: nothing like water, and the worst for lines."""
    random = np.random.default_rng(seed)
    depth = np.maximum(hills(50, 70, seed) - 50.8, 0) + 0.03
    depth[20:24, 30:40] = np.nan
    east, south = ((hills(50, 70, seed * 7 + k, 2.0, 0.3)[None] - 51.1).astype("f4") for k in (1, 2))
    found = flow_paths.trace(invented(depth, east=east, south=south + 0.2 * random.random()))
    for line, one in zip(lines(found), found["features"], strict=True):
        assert line.is_valid
        assert line.is_simple
        assert line.length > 0
        assert len(one["properties"]["arrival_s"]) == len(one["geometry"]["coordinates"])
    json.dumps(found, allow_nan=False)


def test_no_water_and_no_place_give_no_lines() -> None:
    assert flow_paths.trace(invented(np.zeros((10, 10)))) == {"type": "FeatureCollection", "features": []}
    assert flow_paths.trace(invented(np.full((10, 10), 0.04)))["features"] == []
    assert flow_paths.trace(invented(np.ones((10, 10))))["features"] == []  # a pond at rest
    assert flow_paths.trace(invented(**channel(), crs=None))["features"] == []
    assert flow_paths.trace(invented(np.full((3, 3), 1.0)))["features"] == []


def test_a_terrain_with_little_data_is_fine() -> None:
    given = channel()
    given["max_depth"][:, 30:] = np.nan
    given["max_depth"][:10] = np.nan
    (line,) = lines(flow_paths.trace(invented(**given)))
    assert on_grid(line)[-1, 0] < 31


def test_a_large_grid_is_looked_at_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geography, "MAX_DRAWN_CELLS", 41 * 61 / 4)
    given = channel(rows=41, cols=61, row=20, width=4)
    found = flow_paths.trace(invented(**given))
    (line,) = lines(found)
    assert on_grid(line)[:, 1] == pytest.approx(22.0, abs=2.5)
    assert found["features"][0]["properties"]["peak_discharge_m3_per_s"] == pytest.approx(80.0, rel=0.1)


def test_the_only_lead_time_may_be_the_start() -> None:
    assert len(flow_paths.trace(replace(invented(**channel()), lead_times=(0.0,)))["features"]) == 1


def test_the_valley_has_its_river_first(forecast: FloodForecast) -> None:
    found = flow_paths.trace(forecast)
    first = found["features"][0]
    (start_east, start_north), (end_east, end_north) = (first["geometry"]["coordinates"][k] for k in (0, -1))
    assert start_north - end_north > 0.8 * 96 * 20 / 111_000
    assert 3.0 < end_east < 3.02 < start_east + 0.02
    assert first["properties"]["peak_discharge_m3_per_s"] == pytest.approx(240, rel=0.1)
    volumes = [one["properties"]["volume_m3"] for one in found["features"]]
    assert volumes == sorted(volumes, reverse=True)
    assert len(volumes) > 3
    assert all(one.is_simple for one in lines(found))
    assert flow_paths.trace(forecast) == found


def test_a_route_that_turns_back_on_itself_has_no_section_at_the_turn() -> None:
    cols = np.array([1, 2, 3, 2, 1])
    route = flow_routes.FlowRoute(np.full(5, 2), cols, 1.0, 5, 1)
    still = np.zeros((1, 5, 6), np.float32)
    field = flow_routes.DischargeField(
        1, 10.0, 10.0, still, still, np.ones(1), still[0], still[0], still[0], still[0], still[0]
    )
    _, unit = flow_routes._course(route, field)
    assert unit[2].tolist() == [0, 0]
    assert np.hypot(*unit[[0, 1, 3, 4]].T) == pytest.approx(np.ones(4))
