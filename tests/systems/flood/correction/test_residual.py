"""What the residual network must keep: one answer from any tile, inputs that turn with the ground, order of bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from core.errors import Cancelled
from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.progress import Progress
from core.systems.flood.correction import feature_names, over_time, residual, tiles
from core.systems.flood.correction.depth_scale import MAX_SCALED, scale_depth, unscale_depth
from core.systems.flood.correction.features import collect_fields, compute_features
from core.systems.flood.correction.residual import ResidualNetwork
from core.systems.flood.physics import MODES, Physics, forecast
from tests.support.terrains import hills

STORM = hydrograph([(0, 20), (600, 90), (1500, 0)], 1 / 3.6e6)


def flooded(rows: int, cols: int, mode: str = "fast") -> tuple[Domain, Physics]:
    ground = hills(rows, cols, height=6.0) + np.linspace(3, 0, cols)
    ground[rows // 3 : rows // 2, cols // 4 : cols // 3] = np.nan
    domain = Domain(ground, 10.0, 10.0, 0.03, frozenset({"north", "east"}))
    river = Inflow(np.array([[2, 2]]), hydrograph([(0, 0), (600, 15), (1800, 5)]))
    return domain, forecast(domain, 1800.0, STORM, [river], [900.0, 1800.0], MODES[mode])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> ResidualNetwork:
    """A network whose answer depends on all that it sees: random weights in every layer."""
    keras = pytest.importorskip("keras", reason="needs the training packages")
    from core.systems.flood.train import network

    keras.utils.set_random_seed(3)
    made = network.build()
    change = made.get_layer("change")
    change.set_weights([np.random.default_rng(0).normal(0, 0.05, one.shape) for one in change.get_weights()])
    return ResidualNetwork(network.to_litert(made), 1)


def test_two_threads_bring_the_answer_of_one(untrained: ResidualNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    domain, physics = flooded(230, 280)
    monkeypatch.setattr(tiles, "MAX_SIDE", 2 * tiles.REACH + 64)
    assert len(list(tiles.cut(domain.elevation.shape))) % 2
    one, two = (
        ResidualNetwork(untrained._network, threads).correct(
            domain, replace(physics, moments=physics.moments.copy()), STORM
        )
        for threads in (1, 2)
    )
    for name in ("max_depth", "low", "high", "arrival", "moments"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), atol=1e-5)


@pytest.mark.parametrize("mode", ["accurate", "fast"])
def test_there_are_no_seams_between_tiles(
    untrained: ResidualNetwork, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, physics = flooded(230, 307, mode)
    whole = untrained.correct(domain, replace(physics, moments=physics.moments.copy()), STORM)
    monkeypatch.setattr(tiles, "MAX_SIDE", 2 * tiles.REACH + 32)
    assert len(list(tiles.cut(domain.elevation.shape))) > 20
    tiled = untrained.correct(domain, physics, STORM)
    for name in ("max_depth", "low", "high"):
        one, other = getattr(whole, name), getattr(tiled, name)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert np.nanmax(np.abs(whole.max_depth - physics.max_depth)) > 0.01


@pytest.mark.parametrize("size", [1, 7, 95, 200, 201, 999, 1024, 4096])
def test_tiles_cover_a_side_and_see_far_enough_in_one_shape(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MAX_SIDE", 200)
    cuts = list(tiles.cut_side(size))
    assert [cuts[0][0].start, cuts[-1][0].stop] == [0, size]
    for (one, seen), (other, also) in pairwise(cuts):
        assert one.stop == other.start
        assert seen.stop - one.stop >= tiles.REACH <= other.start - also.start
    sides = {-(-(seen.stop - seen.start) // tiles.SIDE_MULTIPLE) for _, seen in cuts}
    assert all(seen.start % tiles.SIDE_MULTIPLE == 0 and seen.stop - seen.start <= 200 for _, seen in cuts)
    assert len(sides) == 1


def test_the_margin_holds_all_that_an_answer_depends_on(untrained: ResidualNetwork) -> None:
    given = np.random.default_rng(0).normal(size=(240, 240, len(feature_names.NAMES))).astype(np.float32)
    other = given.copy()
    other[:, : 120 - feature_names.WINDOW_SIDES[0] - 48] += 1.0
    one, two = untrained.answer(given), untrained.answer(other)
    np.testing.assert_allclose(one[:, 120:], two[:, 120:], rtol=1e-4, atol=1e-4)
    assert np.abs(one[:, :60] - two[:, :60]).max() > 0.01


def test_several_threads_may_ask_about_grids_of_their_own(untrained: ResidualNetwork) -> None:
    grids = [
        np.random.default_rng(size).normal(size=(size, 2 * size, len(feature_names.NAMES))).astype(np.float32)
        for size in (24, 33, 40, 57)
    ] * 4
    alone = [untrained.answer(one) for one in grids]
    with ThreadPoolExecutor(8) as threads:
        for expected, found in zip(alone, threads.map(untrained.answer, grids), strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("depth", "cell", "followed"), [(0.05, 1.0, 1.0), (0.15, 1.0, 0.5), (2.0, 1.0, 0.0), (2.0, 90.0, 1.0)]
)
def test_in_deep_water_on_small_cells_the_physics_keep_the_word(depth: float, cell: float, followed: float) -> None:
    given = np.zeros((2, 3, len(feature_names.NAMES)), dtype=np.float32)
    given[..., feature_names.NAMES.index("depth")] = scale_depth(np.array(depth))
    given[..., feature_names.NAMES.index("cell size")] = np.log(cell / 10.0) / 2.0
    said = np.stack([given[..., 0] + 1.0, np.full((2, 3), 0.2), np.full((2, 3), 0.3)], axis=-1)
    found = residual._trusted(given, said.copy())
    np.testing.assert_allclose(found[..., 0] - given[..., 0], followed, atol=1e-4)
    np.testing.assert_array_equal(found[..., 1:], said[..., 1:])


def test_a_part_sees_what_the_whole_sees() -> None:
    domain, physics = flooded(150, 130)
    flood = collect_fields(domain, physics, STORM)
    whole, part = compute_features(flood), compute_features(flood.window(slice(24, 120), slice(48, 130)))
    edge = feature_names.WINDOW_SIDES[-1] // 2 + 1
    np.testing.assert_allclose(part[edge:-edge, edge:], whole[24 + edge : 120 - edge, 48 + edge :], atol=1e-4)


def test_depths_come_back_from_their_scale() -> None:
    depth = np.array([0.0, 0.001, 0.05, 0.3, 12.0])
    np.testing.assert_allclose(unscale_depth(scale_depth(depth)), depth, atol=1e-12)
    assert unscale_depth(np.array([-3.0])) == 0.0


def test_the_answer_is_whole_and_ordered(untrained: ResidualNetwork) -> None:
    domain, physics = flooded(61, 75)
    found = untrained.correct(domain, physics, STORM)
    no_data = np.isnan(domain.elevation)
    for raster in (found.max_depth, found.low, found.high, *found.moments):
        assert raster.dtype == np.float32
        assert np.isnan(raster[no_data]).all()
        assert np.isfinite(raster[~no_data]).all()
    here = ~no_data
    assert (found.low[here] <= found.max_depth[here]).all()
    assert (found.max_depth[here] <= found.high[here]).all()
    assert all((one[here] <= found.max_depth[here] + 1e-6).all() for one in found.moments)
    wet = np.nan_to_num(found.max_depth) >= 0.05
    assert (np.isfinite(found.arrival) == wet).all()


def test_where_nothing_runs_nothing_is_made_up_over_time(untrained: ResidualNetwork) -> None:
    domain = Domain(hills(40, 40), 10.0, 10.0)
    dry = forecast(domain, 600.0, None, [], [600.0], MODES["fast"])
    found = untrained.correct(domain, dry, None)
    assert np.isnan(found.arrival).all()


def test_it_stops_when_told(untrained: ResidualNetwork) -> None:
    domain, physics = flooded(48, 48)

    def stop(progress: Progress) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        untrained.correct(domain, physics, STORM, stop)


def test_a_version_without_a_network_has_none(tmp_path: Path) -> None:
    assert ResidualNetwork.load(tmp_path) is None


def test_films_keep_the_water_that_the_physics_has() -> None:
    depth = np.array([[0.0, 0.01, 0.02, 0.8, np.nan]], np.float32)
    more, at_most, dry = depth.copy(), depth.copy(), np.zeros((2, 2), np.float32)
    over_time._restore_volume(more, 0.86)
    assert np.nansum(more) == pytest.approx(0.86, abs=1e-6)
    np.testing.assert_array_equal(more[0, [0, 3]], depth[0, [0, 3]])
    assert np.isnan(more[0, 4])
    over_time._restore_volume(at_most, 5.0)
    assert at_most[0, 1] == pytest.approx(0.03)
    assert at_most.max(initial=0, where=np.isfinite(at_most) & (depth < 0.05)) < 0.05
    over_time._restore_volume(dry, 1.0)
    np.testing.assert_array_equal(dry, 0)


def test_over_time_depth_is_the_share_of_the_physics_and_where_that_is_faint_of_its_surroundings() -> None:
    random = np.random.default_rng(0)
    before = (random.random((13, 17)) ** 3).astype(np.float32)
    before[random.random(before.shape) < 0.4] = 0.0
    before[3, 4] = np.nan
    now, most = (before * random.random(before.shape)).astype(np.float32), (before + 0.1).astype(np.float32)
    known, around = np.nan_to_num(now), uniform_filter(np.nan_to_num(before), 5, mode="nearest")
    nearby = uniform_filter(known, 5, mode="nearest") / np.maximum(around, 1e-6)
    share = np.where(np.nan_to_num(before) < 0.01, nearby, known / np.maximum(np.nan_to_num(before), 0.01))
    held = over_time._scale_to_maximum(now, before, around, most)
    np.testing.assert_allclose(now, np.clip(share, 0, 1) * most, atol=1e-6)
    assert held == pytest.approx(known.sum(dtype=np.float64))


def test_water_that_comes_where_the_physics_had_none_arrives_with_the_nearest() -> None:
    known = np.array([[60.0, np.nan, np.nan, 90.0, np.nan]], np.float32)
    found = over_time._arrival(known, np.array([[0.2, 0.3, 0.0, 0.01, 0.5]], np.float32))
    np.testing.assert_array_equal(found, [[60.0, 60.0, np.nan, np.nan, 90.0]])


def test_heights_are_relative_to_the_mean_of_the_cells_with_data_around() -> None:
    domain, physics = flooded(40, 50)
    made = compute_features(collect_fields(domain, physics, STORM))
    ground, valid = domain.elevation, np.isfinite(domain.elevation)
    for row, col in ((0, 0), (20, 25), (12, 14), (39, 49)):
        for place, side in enumerate(feature_names.WINDOW_SIDES):
            half = side // 2
            window = ground[max(row - half, 0) : row + half + 1, max(col - half, 0) : col + half + 1]
            above = np.arcsinh((ground[row, col] - np.nanmean(window)) / (0.02 * side)) / 1.5
            expected = above if valid[row, col] else 0.0
            assert made[row, col, feature_names.ABOVE + place] == pytest.approx(expected, abs=1e-5)
    assert not made[~valid].any()
    depth = np.where(valid, scale_depth(np.nan_to_num(physics.max_depth)), 0.0)
    np.testing.assert_allclose(made[..., feature_names.NAMES.index("depth")], depth, rtol=1e-5, atol=1e-6)
    assert (np.abs(made) <= MAX_SCALED).all()
