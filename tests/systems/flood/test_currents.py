"""Discharge and speed on the fine terrain: they carry what the coarse cells carry."""

from __future__ import annotations

import numpy as np
import pytest

from core.systems.flood import currents
from core.systems.flood.coarse import CoarseMoment
from core.systems.flood.domain import Domain
from core.systems.flood.physics import MODES, forecast
from core.systems.flood.solver import solve
from tests.systems.flood.test_physics import STORM, river, rough

ROOM = np.zeros((2, 2))


def water(east: float = 0.0, south: float = 0.0) -> CoarseMoment:
    return CoarseMoment(60.0, ROOM, np.full((2, 2), np.hypot(east, south)), 1.0, ROOM + east, ROOM + south)


def test_a_coarse_flow_crosses_its_fine_cells_whole() -> None:
    depth = np.array([[1.0, 1.0, 0.5, 0.0], [0.2, 0.2, 0.5, 2.0]] * 2)
    east, south = currents.unit_discharge(Domain(depth * 0, 10.0, 5.0), depth, water(3.0, 2.0), 2)
    blocks = east.reshape(2, 2, 2, 2).sum(axis=(1, 3)) * 5.0 / 2  # two columns, one after the other
    np.testing.assert_allclose(blocks, 3.0, rtol=1e-5)
    blocks = south.reshape(2, 2, 2, 2).sum(axis=(1, 3)) * 10.0 / 2
    np.testing.assert_allclose(blocks, 2.0, rtol=1e-5)
    assert east[0, 3] == 0.0
    assert east[0, 0] / east[1, 0] == pytest.approx(5 ** (5 / 3), rel=1e-4)


def test_roughness_turns_water_away() -> None:
    depth, manning = np.full((4, 4), 0.5), np.full((4, 4), 0.02)
    manning[0::2] = 0.08
    east, _ = currents.unit_discharge(Domain(depth * 0, 10.0, 10.0, manning), depth, water(3.0), 2)
    assert east[1, 0] / east[0, 0] == pytest.approx(4, rel=1e-4)


def test_no_flow_is_faster_than_critical_and_its_sign_stays() -> None:
    depth = np.full((4, 4), 0.1)
    east, south = currents.unit_discharge(Domain(depth * 0, 10.0, 10.0), depth, water(-500.0, 500.0), 2)
    most = 0.1 * np.sqrt(9.80665 * 0.1)
    np.testing.assert_allclose(east, -most, rtol=1e-5)
    np.testing.assert_allclose(south, most, rtol=1e-5)


def test_holes_films_and_dry_cells_carry_nothing() -> None:
    depth = np.array([[np.nan, 0.0005], [0.0, 0.5]]).repeat(2, axis=0).repeat(2, axis=1)
    domain = Domain(np.where(np.isnan(depth), np.nan, 0.0), 10.0, 10.0, 0.0)
    east, _ = currents.unit_discharge(domain, depth, water(1.0), 2)
    assert (east > 0).tolist() == (depth == 0.5).tolist()
    speed = currents.greatest_speed(domain, depth, water(1.0), 2)
    assert np.isnan(speed).tolist() == np.isnan(depth).tolist()


def test_a_time_whose_direction_was_not_kept_is_told() -> None:
    depth = np.ones((4, 4))
    with pytest.raises(ValueError, match="not kept at 60"):
        currents.unit_discharge(Domain(depth * 0, 1.0, 1.0), depth, CoarseMoment(60.0, ROOM, ROOM, 1.0), 2)


@pytest.mark.parametrize("mode", MODES)
def test_it_is_like_the_solvers_in_direction_and_in_size(mode: str) -> None:
    domain = rough()
    ours = forecast(domain, 3600.0, STORM, [river()], [1200.0], MODES[mode])
    theirs = solve(domain, 3600.0, STORM, [river()], [1200.0])
    factor, [truth] = MODES[mode].factor, theirs.moments
    [moment] = [one for one in ours.coarse.moments if one.seconds == 1200.0]
    east, south = currents.unit_discharge(domain, ours.moments[0], moment, factor)
    wet = np.nan_to_num(truth.depth) >= 0.05
    along = (east * truth.east + south * truth.south)[wet].sum()
    sizes = np.hypot(east, south)[wet], np.hypot(truth.east, truth.south)[wet]
    assert along / np.sqrt((sizes[0] ** 2).sum() * (sizes[1] ** 2).sum()) > 0.6
    assert 0.5 < sizes[0].mean() / sizes[1].mean() < 2
    speed = currents.greatest_speed(domain, ours.max_depth, ours.coarse.highest, factor)
    deep = (np.nan_to_num(theirs.max_depth) >= 0.05) & (np.nan_to_num(ours.max_depth) >= 0.05)
    assert 0.5 < speed[deep].mean() / theirs.max_speed[deep].mean() < 2
