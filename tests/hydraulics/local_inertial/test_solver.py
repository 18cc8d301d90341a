"""What the solver must never break: rest, mass, symmetry, walls, and what it was asked to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numba
import numpy as np
import pytest

from core.errors import Cancelled, InvalidInput
from core.hydraulics.domain import Domain, Hydrograph, Inflow, hydrograph
from core.hydraulics.local_inertial.options import SolverOptions
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.results import Simulation
from core.hydraulics.row_kernels import inverse_cube_root
from core.progress import Progress
from core.settings import CHECKOUT
from tests.support.terrains import hills

MM_PER_HOUR = 1 / 3.6e6  # [m/s]
STORM = hydrograph([(0, 20), (600, 90), (1500, 0)], MM_PER_HOUR)
FLIPS: list[Callable[[np.ndarray], np.ndarray]] = [
    np.flipud,
    np.fliplr,
    lambda raster: raster[::-1, ::-1],
    np.transpose,
]


@numba.njit
def roots(numbers: np.ndarray) -> np.ndarray:
    results = np.empty_like(numbers)
    for index in range(len(numbers)):
        results[index] = inverse_cube_root(numbers[index])
    return results


def flow_at(row: int, col: int, rows: list[tuple[float, float]]) -> Inflow:
    return Inflow(np.array([[row, col]]), hydrograph(rows))


@pytest.mark.parametrize("level", [51.0, 53.0], ids=["with islands", "over all ground"])
def test_a_lake_over_rough_ground_stays_at_rest(level: float) -> None:
    ground = hills(60, 70, height=2.0, rough=0.5)
    ground[20:23, 30:35] = np.nan
    depth = np.maximum(level - np.where(np.isfinite(ground), ground, level), 0.0)
    run = solve(Domain(ground, 5.0, 5.0), 3600.0, start_depth=depth)
    wet = depth > 0
    assert run.steps > 500
    assert np.abs((ground + run.depth - level)[wet]).max() < 1e-10
    assert np.nanmax(run.max_speed) < 1e-10
    assert np.all(run.depth[~wet & np.isfinite(ground)] == 0.0)


def test_mass_is_accounted_for_with_rain_inflow_and_open_edges_together() -> None:
    ground = hills(90, 110, height=6.0) + np.linspace(3, 0, 110)
    ground[40:44, 50:60] = np.nan
    domain = Domain(ground, 10.0, 10.0, 0.03, frozenset({"north", "east", "south", "west"}))
    flows = [flow_at(30, 5, [(100, 0), (400, 25), (2000, 0)]), flow_at(70, 80, [(0, 5), (3000, 5)])]
    run = solve(domain, 3600.0, STORM, flows)
    assert run.balance.rain == pytest.approx(STORM.volumes[-1] * np.isfinite(ground).sum() * 100.0)
    assert run.balance.inflow == pytest.approx(25 * 1900 / 2 + 5 * 3000)
    assert run.balance.outflow > 0.1 * run.balance.rain
    assert run.balance.stored == pytest.approx(np.nansum(run.depth) * 100.0)
    assert abs(run.balance.error) < 1e-9
    assert np.nanmin(run.depth) >= 0.0


def test_no_cell_goes_below_empty_where_water_rushes_down_a_cliff() -> None:
    ground = np.zeros((20, 80)) + np.where(np.arange(80) < 40, 30.0, 0.0) + hills(20, 80, height=0.3)
    depth = np.where(np.arange(80) < 40, 2.0, 0.0) * np.ones((20, 1))
    run = solve(Domain(ground, 2.0, 2.0, 0.02), 120.0, start_depth=depth)
    assert np.nanmin(run.depth) >= 0.0
    assert abs(run.balance.stored) < 1e-9 * depth.sum() * 4.0
    assert run.depth[:, 40:].sum() > 0.9 * depth.sum()


@pytest.mark.parametrize("flip", FLIPS, ids=["upside down", "mirrored", "turned", "transposed"])
def test_turned_terrain_gives_the_same_water_turned(flip: Callable[[np.ndarray], np.ndarray]) -> None:
    ground, depth = hills(75, 90, seed=3, height=5.0), np.zeros((75, 90))
    depth[30:40, 40:50] = 1.5
    every = frozenset({"north", "east", "south", "west"})
    plain = solve(Domain(ground, 4.0, 4.0, 0.03, every), 900.0, STORM, start_depth=depth)
    turned = solve(Domain(flip(ground).copy(), 4.0, 4.0, 0.03, every), 900.0, STORM, start_depth=flip(depth).copy())
    np.testing.assert_allclose(turned.depth, flip(plain.depth), rtol=0, atol=1e-9)
    np.testing.assert_allclose(turned.max_depth, flip(plain.max_depth), rtol=0, atol=1e-9)


def test_symmetric_terrain_gives_symmetric_water_to_the_last_bit() -> None:
    quarter = hills(40, 40, seed=5, height=4.0)
    quarter = quarter + quarter.T
    half = np.concatenate([quarter, quarter[::-1]])
    ground = np.concatenate([half, half[:, ::-1]], axis=1)
    depth = np.zeros((80, 80))
    depth[36:44, 36:44] = 3.0
    run = solve(
        Domain(ground, 5.0, 5.0, 0.03, frozenset({"north", "east", "south", "west"})), 600.0, None, (), (), depth
    )
    for flip in FLIPS:
        assert np.array_equal(run.depth, flip(run.depth))
    assert run.depth[36:44, 36:44].mean() < 2.5


def same(one: Simulation, other: Simulation, tolerance: float) -> None:
    for name in ("depth", "max_depth", "max_speed"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=tolerance)
    assert one.steps == other.steps


def test_skipping_dry_cells_changes_nothing() -> None:
    ground = hills(100, 150, seed=2, height=8.0)
    domain = Domain(ground, 5.0, 5.0, 0.04, frozenset({"west"}))
    flows = [flow_at(50, 75, [(0, 12), (1200, 3)])]
    skipping, whole = (solve(domain, 1200.0, None, flows, options=SolverOptions(wet_only=wet)) for wet in (True, False))
    same(skipping, whole, 0.0)
    assert (skipping.depth > 0.001).mean() < 0.5


def test_rain_on_sleeping_cells_is_not_lost() -> None:
    domain = Domain(hills(60, 100, seed=2, height=8.0), 5.0, 5.0, 0.04, frozenset({"west"}))
    drizzle = hydrograph([(0, 3), (900, 3), (1000, 40), (1500, 0)], MM_PER_HOUR)
    flows = [flow_at(30, 50, [(0, 12), (1200, 3)])]
    skipping, whole = (
        solve(domain, 1800.0, drizzle, flows, options=SolverOptions(wet_only=wet)) for wet in (True, False)
    )
    same(skipping, whole, 1e-9)
    assert abs(skipping.balance.error) < 1e-12


def test_cells_without_data_are_walls() -> None:
    ground = np.zeros((30, 30))
    ground[:, 15] = np.nan
    depth = np.zeros((30, 30))
    depth[:, :15] = 1.0
    run = solve(Domain(ground, 2.0, 2.0), 300.0, hydrograph([(0, 36), (300, 36)], MM_PER_HOUR), start_depth=depth)
    np.testing.assert_allclose(run.depth[:, :15], 1.003, atol=1e-12)
    np.testing.assert_allclose(run.depth[:, 16:], 0.003, atol=1e-12)
    assert np.isnan(run.depth[:, 15]).all()
    assert np.isnan(run.arrival[:, 15]).all()


def test_an_open_edge_is_the_outermost_cell_with_data() -> None:
    ground = np.linspace(5, 0, 40) * np.ones((10, 1))
    ground[:, 35:] = np.nan
    closed = solve(Domain(ground, 5.0, 5.0), 1200.0, STORM)
    opened = solve(Domain(ground, 5.0, 5.0, open_edges=frozenset({"east"})), 1200.0, STORM)
    assert closed.balance.outflow == 0.0
    assert opened.balance.outflow > 0.6 * opened.balance.rain


def test_steady_flow_down_a_plane_has_mannings_depth_and_leaves_as_it_came() -> None:
    slope, manning, unit_discharge = 0.01, 0.03, 0.5
    ground = -slope * 10.0 * np.arange(100) * np.ones((4, 1))
    inlet = Inflow(
        np.array([[row, 0] for row in range(4)]), hydrograph([(0, 40 * unit_discharge), (7200, 40 * unit_discharge)])
    )
    domain = Domain(ground, 10.0, 10.0, manning, frozenset({"east"}))
    run = solve(domain, 7200.0, inflows=[inlet], lead_times=[7200])
    normal = (unit_discharge * manning / np.sqrt(slope)) ** 0.6
    np.testing.assert_allclose(run.depth[:, 5:], normal, rtol=5e-6)  # discharge is kept in single precision
    np.testing.assert_allclose(run.snapshots[0].east[:, 1:-1], unit_discharge, rtol=5e-6)
    assert 1.0 <= np.nanmax(run.max_speed) / (unit_discharge / normal) < 1.2
    np.testing.assert_allclose(run.max_depth, normal, rtol=0.25)  # at inlet and open edge too, from the first wave on


def test_the_water_is_told_at_the_lead_times() -> None:
    ground = -0.005 * 10.0 * np.arange(60) * np.ones((5, 1))
    inlet = Inflow(np.array([[row, 0] for row in range(5)]), hydrograph([(0, 20), (1800, 20)]))
    run = solve(Domain(ground, 10.0, 10.0), 1800.0, inflows=[inlet], lead_times=[0, 600, 1800])
    assert [snapshot.seconds for snapshot in run.snapshots] == [0, 600, 1800]
    assert not run.snapshots[0].depth.any()
    np.testing.assert_allclose(run.snapshots[2].depth, run.depth, rtol=1e-6)
    assert run.snapshots[1].east[2, 10] == pytest.approx(20 / 50, rel=0.02)
    assert np.abs(run.snapshots[1].south).max() < 1e-12
    assert (np.diff(run.arrival[2]) >= 0).all()
    assert (run.max_depth >= run.snapshots[1].depth - 1e-6).all()


def test_a_run_can_be_stopped_and_tells_how_far_it_is() -> None:
    told: list[float] = []

    def progress(latest: Progress) -> None:
        told.append(latest.share)
        if len(told) == 3:
            raise Cancelled("Stopped as asked.")

    domain = Domain(hills(300, 300), 1.0, 1.0)
    with pytest.raises(Cancelled):
        solve(domain, 1e6, start_depth=np.ones((300, 300)), progress=progress)
    assert 0 < told[0] < told[1] < told[2] < 0.1


def test_what_the_app_imports_at_its_start_is_light() -> None:
    program = """
import sys
from core.hydraulics.local_inertial import solver
from core.systems.flood import event
from core.systems.flood.terrain import terrain_file
from core.systems.flood import surveyed_levels
print([name for name in ("numba", "rasterio", "pyproj", "tensorflow", "scipy") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_the_inverse_cube_root_is_good_to_single_precision() -> None:
    depth = np.geomspace(1e-6, 1e3, 20_001).astype(np.float32)
    np.testing.assert_allclose(roots(depth), depth.astype(np.float64) ** (-1 / 3), rtol=4e-7)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(0, 1), (60, -2)], "Received -2 at 60 s in row 2"),
        ([(0, 1), (60, 2), (60, 3)], "times that ascend. Received 60 s after 60 s in row 3"),
        ([(0, 1), (np.nan, 2)], "Received row 2 without one"),
        ([(0, 1)], "at least two rows"),
    ],
)
def test_rates_that_make_no_sense_are_refused(rows: list[tuple[float, float]], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        hydrograph(rows)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"elevation": np.full((3, 3), np.nan)}, "0 cells with data"),
        ({"dx": 0.0}, "cell size above 0 m"),
        ({"manning": -0.1}, "Manning's n from 0 to 1"),
        ({"manning": np.full((2, 3), 0.1)}, r"shape \(2, 3\)"),
        ({"open_edges": frozenset({"north", "up"})}, r"Received \['up'\]"),
    ],
)
def test_a_domain_that_makes_no_sense_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        Domain(**{"elevation": np.zeros((3, 3)), "dx": 1.0, "dy": 1.0, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"inflows": [flow_at(3, 0, [(0, 1), (9, 1)])]}, "Received row 3, column 0"),
        ({"inflows": [flow_at(-1, 0, [(0, 1), (9, 1)])]}, "Received row -1, column 0"),
        ({"inflows": [flow_at(1, 1, [(0, 1), (9, 1)])]}, "cell without data"),
        ({"lead_times": [11.0]}, "lead times from 0 to the duration, 10 s. Received 11 s"),
        ({"duration": 0.0}, "duration above 0 s"),
        ({"start_depth": np.full((3, 3), -1.0)}, "start depth of 0 m or more"),
        ({"options": SolverOptions(theta=2.0)}, "theta above 0"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(given: dict[str, object], sentence: str) -> None:
    ground = np.zeros((3, 3))
    ground[1, 1] = np.nan
    with pytest.raises(InvalidInput, match=sentence):
        solve(**{"domain": Domain(ground, 1.0, 1.0), "duration": 10.0, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 50), (50, 1), (7, 33), (3, 32), (3, 65)])
def test_grids_of_any_shape_hold_their_water(rows: int, cols: int) -> None:
    run = solve(Domain(hills(rows, cols), 3.0, 3.0), 600.0, Hydrograph(STORM.times, STORM.rates))
    assert abs(run.balance.error) < 1e-12
    assert np.isfinite(run.depth).all()
