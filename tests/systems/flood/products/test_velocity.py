"""Velocity in blocks of cells: which way, in which unit, where nothing flows, and as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.local_inertial.solver import solve
from core.systems.flood.engine import FloodEngine
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.products import outputs, velocity
from core.systems.flood.question import Question
from core.systems.flood.terrain.terrain import Terrain
from tests.support.terrains import invented

MANNING, SLOPE = 0.03, 0.01
LEAD_TIMES = (900.0, 1800.0)


def flowing(depth: np.ndarray, east: float, south: float) -> FloodForecast:
    """Water of a depth that runs with one unit discharge [m2/s] everywhere, in the dry cells too."""
    discharge = np.ones((1, *depth.shape), np.float32)
    return invented(depth, east=discharge * np.float32(east), south=discharge * np.float32(south))


def test_velocity_is_discharge_by_depth_to_the_east_and_to_the_north() -> None:
    blocks = velocity.in_blocks(flowing(np.full((6, 8), 0.5), 1.0, 0.25))
    assert blocks.east.shape == (1, 3, 4)
    np.testing.assert_allclose(blocks.east, 2.0)
    np.testing.assert_allclose(blocks.north, -0.5)


def test_a_block_has_the_mean_over_the_depth_of_its_wet_cells() -> None:
    depth = np.array([[0.3, 0.04], [0.1, 0.0]])
    blocks = velocity.in_blocks(flowing(depth, 0.2, 0.0))
    assert blocks.east[0, 0, 0] == pytest.approx(0.4 / 0.4, abs=velocity.RESOLUTION)


def test_dry_blocks_rest_and_those_without_data_are_none() -> None:
    depth = np.full((4, 6), 0.04)
    depth[:2, :2] = np.nan
    depth[0, 2] = np.nan
    depth[2, 2] = 1.0
    blocks = velocity.in_blocks(flowing(depth, 1.0, 1.0))
    expected = np.array([[np.nan, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(blocks.east[0], expected)
    np.testing.assert_array_equal(blocks.north[0], -expected)
    assert not np.signbit(blocks.north[0][expected == 0]).any()


def test_the_last_blocks_may_be_cut_off() -> None:
    blocks = velocity.in_blocks(flowing(np.full((5, 3), 0.5), 0.5, 0.0))
    assert blocks.east.shape == (1, 3, 2)
    np.testing.assert_allclose(blocks.east, 1.0)


def tilted(azimuth: float) -> Question:
    """Water let in at the upper end of a plane that falls to an azimuth from north [degrees]: to a side or a corner."""
    rows, cols = np.indices((48, 48))
    east, north = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    down = cols * east - rows * north
    ground = 50.0 - SLOPE * 10.0 * down
    terrain = Terrain(ground, 10.0, 10.0, "EPSG:32633", Affine(10.0, 0, 5e5, 0, -10.0, 5e6), "EPSG:32633")
    domain = Domain(ground, 10.0, 10.0, MANNING, frozenset({"north", "east", "south", "west"}))
    upper = np.argwhere(down <= np.quantile(down, 0.06))
    river = Inflow(upper, hydrograph([(0, 60.0), (LEAD_TIMES[-1], 60.0)]))
    return Question(terrain, domain, LEAD_TIMES[-1], None, (river,), LEAD_TIMES, "fast")


def solved(question: Question) -> FloodForecast:
    run = solve(question.domain, question.duration, None, question.inflows, question.lead_times)
    return of_simulation(question.ground, run)


def estimated(question: Question) -> FloodForecast:
    return FloodEngine("1.0.0", None).run(question).forecast


@pytest.mark.parametrize("azimuth", [90.0, 180.0, 0.0, 270.0, 135.0])
@pytest.mark.parametrize("computed", [solved, estimated])
def test_on_a_tilted_plane_water_runs_downhill_as_fast_as_mannings_formula_says(azimuth: float, computed) -> None:
    question = tilted(azimuth)
    forecast = computed(question)
    blocks = velocity.in_blocks(forecast)
    middle = np.s_[9:15, 9:15]
    east, north = blocks.east[-1][middle], blocks.north[-1][middle]
    depth = forecast.depth[-1][18:30, 18:30].mean()
    assert depth >= 0.05
    way = np.degrees(np.arctan2(east.mean(), north.mean()))
    assert np.cos(np.radians(way - azimuth)) > np.cos(np.radians(8))
    expected = depth ** (2 / 3) * SLOPE**0.5 / MANNING
    assert np.hypot(east, north).mean() == pytest.approx(expected, rel=0.2)


def test_files_have_a_band_for_each_lead_time_on_the_terrains_grid(tmp_path: Path) -> None:
    forecast = estimated(tilted(135.0))
    outputs.write(forecast, tmp_path / "out")
    blocks = velocity.in_blocks(forecast)
    for name, raster in (("east", blocks.east), ("north", blocks.north)):
        with rasterio.open(tmp_path / "out" / f"velocity_{name}.tif") as file:
            np.testing.assert_array_equal(file.read(), raster)
            assert file.descriptions == tuple(
                f"Velocity to the grid's {name} after {time:g} s, estimated from coarse cells" for time in LEAD_TIMES
            )
            assert set(file.units) == {"m/s"}
            assert set(file.dtypes) == {"float32"}
            assert np.isnan(file.nodata)
            assert file.crs.to_epsg() == 32633
            assert tuple(file.bounds) == (5e5, 5e6 - 480, 5e5 + 480, 5e6)
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_the_solvers_velocity_is_not_said_to_be_estimated(tmp_path: Path) -> None:
    outputs.write(flowing(np.full((6, 8), 0.5), 1.0, 0.25), tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "velocity_east.tif") as file:
        assert file.descriptions == ("Velocity to the grid's east after 600 s",)
