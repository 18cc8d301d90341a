"""What the forecast before the network must keep: likeness to the solver, no seams, the same on two threads."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Cancelled, InvalidInput
from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.drainage import flow_accumulation
from core.hydraulics.local_inertial.solver import solve
from core.progress import Progress
from core.systems.flood import physics
from core.systems.flood.physics import MODES, Mode, forecast
from core.systems.flood.train import scenarios
from tests.support.terrains import STORM, hills, river, rough


@pytest.mark.parametrize("mode", ["accurate", "fast"])
def test_long_steps_do_not_hold_back_water_that_runs_fast(mode: str) -> None:
    rows, cols = np.mgrid[:24, :120]
    channel = Domain(20.0 - 0.05 * cols + 0.5 * np.abs(rows - 11.5), 5.0, 5.0, 0.03, frozenset({"east"}))
    source = Inflow(np.array([[11, 2], [12, 2]]), hydrograph([(0, 20), (3600, 20)]))
    ours = forecast(channel, 3600.0, None, [source], mode=MODES[mode])
    short = forecast(channel, 3600.0, None, [source], mode=Mode(MODES[mode].factor, 0.6))
    deep = (ours.max_depth >= 0.05) | (short.max_depth >= 0.05)
    assert np.mean(np.abs(ours.max_depth - short.max_depth)[deep]) < 0.15
    assert ours.balance.outflow == pytest.approx(short.balance.outflow, rel=0.01)


@pytest.mark.parametrize(("mode", "least"), [("accurate", 0.75), ("fast", 0.65)])
def test_the_forecast_agrees_with_the_solver(mode: str, least: float) -> None:
    domain = rough()
    ours = forecast(domain, 3600.0, STORM, [river()], [1800.0, 3600.0], MODES[mode])
    theirs = solve(domain, 3600.0, STORM, [river()])
    wet, truly = ours.max_depth >= 0.05, theirs.max_depth >= 0.05
    assert (wet & truly).sum() / (wet | truly).sum() > least
    assert np.array_equal(np.isnan(ours.max_depth), np.isnan(domain.elevation))
    assert np.array_equal(np.isfinite(ours.arrival), np.nan_to_num(ours.max_depth) >= 0.05)
    assert all(abs(share) < 0.25 for share in ours.misplaced)
    assert all(np.nanmax(one - ours.max_depth) < 1e-5 for one in ours.moments)


@pytest.mark.parametrize("mode", ["accurate", "fast"])
def test_there_are_no_seams_between_strips(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    domain, asked = rough(), ([river()], [600.0, 3600.0], MODES[mode])
    whole = forecast(domain, 3600.0, STORM, *asked)
    monkeypatch.setattr(physics, "STRIP", 12)
    strips = forecast(domain, 3600.0, STORM, *asked)
    for name in ("max_depth", "arrival", "moments"):
        np.testing.assert_array_equal(getattr(strips, name), getattr(whole, name))
    np.testing.assert_allclose(strips.misplaced, whole.misplaced, atol=1e-12)


@pytest.mark.parametrize("mode", ["accurate", "fast"])
def test_two_threads_bring_the_forecast_of_one(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physics, "STRIP", 12)
    one, two = (
        forecast(rough(), 1800.0, STORM, [river()], [900.0, 1800.0], MODES[mode], threads=threads) for threads in (1, 2)
    )
    for name in ("max_depth", "arrival", "moments", "misplaced"):
        np.testing.assert_array_equal(getattr(two, name), getattr(one, name))


def test_rows_without_data_are_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physics, "STRIP", 12)
    ground = rough().elevation
    ground[20:40] = np.nan
    found = forecast(Domain(ground, 10.0, 10.0), 1800.0, STORM, [], [1800.0])
    for raster in (found.max_depth, found.moments[0]):
        assert np.array_equal(np.isnan(raster), np.isnan(ground))


def test_one_roughness_for_all_is_that_of_each() -> None:
    one = rough()
    each = Domain(one.elevation, one.dx, one.dy, np.full(one.elevation.shape, one.manning), one.open_edges)
    found = [forecast(domain, 1800.0, STORM, [river()]).max_depth for domain in (one, each)]
    np.testing.assert_array_equal(*found)


def test_without_water_all_stays_dry() -> None:
    found = forecast(rough(), 600.0, lead_times=[600.0])
    assert np.nanmax(found.max_depth) == 0
    assert np.isnan(found.arrival).all()
    assert found.misplaced == (0.0,)


def test_routed_water_is_neither_lost_nor_made() -> None:
    domain = rough(frozenset())
    ways = flow_accumulation.find_drainage_order(domain.elevation, np.empty((0, 2), np.int64))
    flow, out = flow_accumulation.route_flow(ways, 10.0, 10.0, np.where(np.isfinite(domain.elevation), 1.0, 0.0))
    ends = np.unravel_index(np.nanargmin(domain.elevation), domain.elevation.shape)
    assert flow[ends] == pytest.approx(np.isfinite(domain.elevation).sum())
    assert out[:, *ends].sum() == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_scenario_is_the_same_for_its_seed_and_can_be_solved(seed: int) -> None:
    ground = hills(90, 80, height=20.0)
    ground[:20, :20] = np.nan
    one, same = (scenarios.draw(ground, 30.0, 48, seed, 900.0, augment=True) for _ in range(2))
    assert np.array_equal(one.domain.elevation, same.domain.elevation, equal_nan=True)
    assert one.domain.elevation.shape == (48, 48)
    assert 1.0 <= one.domain.dx <= 100.0
    assert one.rain is not None or one.inflows
    found = forecast(one.domain, one.duration, one.rain, one.inflows)
    assert abs(found.balance.error) < 1e-9
    assert np.nanmax(found.max_depth) > 0


def test_it_tells_how_far_it_is_and_stops_when_asked() -> None:
    def stop(progress: Progress) -> None:
        assert 0 < progress.share <= 1
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        forecast(rough(), 3600.0, STORM, progress=stop)


def test_lead_times_outside_the_event_are_refused() -> None:
    with pytest.raises(InvalidInput, match="lead times"):
        forecast(rough(), 600.0, STORM, lead_times=[700.0], mode=Mode(2, 3.0))


@pytest.mark.parametrize("cell", [(-1, 0), (0, 75), (31, 44)])  # off the grid, and on no data
def test_inflow_where_no_water_can_be_is_refused(cell: tuple[int, int]) -> None:
    source = Inflow(np.array([cell]), hydrograph([(0, 4), (600, 4)]))
    with pytest.raises(InvalidInput, match="Expected inflow"):
        forecast(rough(), 600.0, STORM, [source])
