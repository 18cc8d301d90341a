"""Discharge and speed on the fine terrain: they carry what the coarse cells carry."""

from __future__ import annotations

import numpy as np
import pytest

from core.hydraulics.domain import Domain
from core.hydraulics.downscaling import discharge as currents
from core.hydraulics.downscaling.discharge import UnitDischarge
from core.hydraulics.local_inertial.solver import solve
from core.hydraulics.subgrid.results import SubgridSnapshot
from core.systems.flood.physics import MODES, forecast
from tests.support.terrains import STORM, river, rough

ROOM = np.zeros((2, 2))


def water(through: float) -> SubgridSnapshot:
    return SubgridSnapshot(60.0, ROOM, ROOM + through, 1.0)


def discharge(domain: Domain, depth: np.ndarray, east: float, south: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """To the east and to the south at one time, from the same flow through each of 2 x 2 coarse cells."""
    flows = (east, False), (south, True)
    one, other = (UnitDischarge(domain, depth[None], (ROOM + flow,), 2, south=way)[0] for flow, way in flows)
    return one, other


def test_a_coarse_flow_crosses_its_fine_cells_whole() -> None:
    depth = np.array([[1.0, 1.0, 0.5, 0.0], [0.2, 0.2, 0.5, 2.0]] * 2)
    east, south = discharge(Domain(depth * 0, 10.0, 5.0), depth, 3.0, 2.0)
    blocks = east.reshape(2, 2, 2, 2).sum(axis=(1, 3)) * 5.0 / 2  # two columns, one after the other
    np.testing.assert_allclose(blocks, 3.0, rtol=1e-5)
    blocks = south.reshape(2, 2, 2, 2).sum(axis=(1, 3)) * 10.0 / 2
    np.testing.assert_allclose(blocks, 2.0, rtol=1e-5)
    assert east[0, 3] == 0.0
    assert east[0, 0] / east[1, 0] == pytest.approx(5 ** (5 / 3), rel=1e-4)


def test_roughness_turns_water_away() -> None:
    depth, manning = np.full((4, 4), 0.5), np.full((4, 4), 0.02)
    manning[0::2] = 0.08
    east, _ = discharge(Domain(depth * 0, 10.0, 10.0, manning), depth, 3.0)
    assert east[1, 0] / east[0, 0] == pytest.approx(4, rel=1e-4)


def test_no_flow_is_faster_than_critical_and_its_sign_stays() -> None:
    depth = np.full((4, 4), 0.1)
    east, south = discharge(Domain(depth * 0, 10.0, 10.0), depth, -500.0, 500.0)
    most = 0.1 * np.sqrt(9.80665 * 0.1)
    np.testing.assert_allclose(east, -most, rtol=1e-5)
    np.testing.assert_allclose(south, most, rtol=1e-5)


def test_holes_films_and_dry_cells_carry_nothing() -> None:
    depth = np.array([[np.nan, 0.0005], [0.0, 0.5]]).repeat(2, axis=0).repeat(2, axis=1)
    domain = Domain(np.where(np.isnan(depth), np.nan, 0.0), 10.0, 10.0, 0.0)
    east, _ = discharge(domain, depth, 1.0)
    assert (east > 0).tolist() == (depth == 0.5).tolist()
    speed = currents.downscale_max_speed(domain, depth, water(1.0), 2)
    assert np.isnan(speed).tolist() == np.isnan(depth).tolist()


def test_each_time_is_computed_from_its_own_depth_and_flow_when_asked_for() -> None:
    depth = np.random.default_rng(0).uniform(0, 2, (3, 5, 7)).astype(np.float32)
    flows = [np.full((3, 4), flow, np.float32) for flow in (1.0, -2.0, 3.0)]
    domain = Domain(depth[0] * 0.0, 10.0, 5.0, np.where(depth[0] > 1, 0.02, 0.05))
    series = UnitDischarge(domain, depth, flows, 2, south=True, threads=2)
    assert len(series) == 3
    at_once = [UnitDischarge(domain, depth[k : k + 1], flows[k : k + 1], 2, south=True)[0] for k in range(3)]
    for one, other in zip(series, at_once, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(series[-1], at_once[2])
    np.testing.assert_array_equal(series[1:][0], at_once[1])
    assert (at_once[1] < 0).sum() > 0
    depth[2] = 0.0  # nothing was kept
    assert not series[2].any()
    with pytest.raises(IndexError):
        series[3]


def test_depths_and_flows_of_other_times_are_refused() -> None:
    with pytest.raises(ValueError, match="2 depths and 1 flows"):
        UnitDischarge(Domain(ROOM, 1.0, 1.0), np.zeros((2, 2, 2)), (ROOM,), 1, south=False)


@pytest.mark.parametrize("mode", MODES)
def test_it_is_like_the_solvers_in_direction_and_in_size(mode: str) -> None:
    domain = rough()
    ours = forecast(domain, 3600.0, STORM, [river()], [1200.0], MODES[mode])
    theirs = solve(domain, 3600.0, STORM, [river()], [1200.0])
    factor, [truth] = MODES[mode].factor, theirs.snapshots
    east, south = (
        UnitDischarge(domain, ours.moments, flows, factor, south=bool(way))[0]
        for way, flows in enumerate(zip(*ours.flows, strict=True))
    )
    wet = np.nan_to_num(truth.depth) >= 0.05
    along = (east * truth.east + south * truth.south)[wet].sum()
    sizes = np.hypot(east, south)[wet], np.hypot(truth.east, truth.south)[wet]
    assert along / np.sqrt((sizes[0] ** 2).sum() * (sizes[1] ** 2).sum()) > 0.6
    assert 0.5 < sizes[0].mean() / sizes[1].mean() < 2
    speed = currents.downscale_max_speed(domain, ours.max_depth, ours.coarse.highest, factor)
    deep = (np.nan_to_num(theirs.max_depth) >= 0.05) & (np.nan_to_num(ours.max_depth) >= 0.05)
    assert 0.5 < speed[deep].mean() / theirs.max_speed[deep].mean() < 2
