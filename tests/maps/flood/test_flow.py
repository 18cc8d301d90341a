"""Arrows of the water's velocity, as the map gets them: where, which way, how fast, and where there is none."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from affine import Affine

from core.maps.flood import flow, forecast_map, pictures, views
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.views import View
from tests.maps.flood.conftest import BRITISH, DEGREES, FAR_NORTH, LEAD_TIMES, UTM, Write, invented, mixed, pool


class Unpacked(NamedTuple):
    """Degrees, metres per second and degrees from north; shape (places,), or (places, times)."""

    latitude: np.ndarray
    longitude: np.ndarray
    speed: np.ndarray
    azimuth: np.ndarray


def streaming(deepest: np.ndarray, east: float, south: float) -> dict[str, np.ndarray]:
    """Discharge that gives all water one velocity [m/s]."""
    depth = np.nan_to_num(np.stack([deepest * share for share in (0.2, 0.6, 1.0)])).astype(np.float32)
    return {"east": depth * np.float32(east), "south": depth * np.float32(south)}


def drawn(folder: ForecastFolder, view: View | None = None) -> flow.FlowArrows | None:
    view = view or views.whole_grid(folder)
    return flow.arrows(folder, view, pictures.depth(folder, view).water)


def unpacked(arrows: flow.FlowArrows | None, view: View) -> Unpacked:
    assert arrows is not None
    raw, count, times = zlib.decompress(base64.b64decode(arrows["packed"])), arrows["count"], len(LEAD_TIMES)
    assert len(raw) == 4 * count + 2 * count * times
    shares = np.frombuffer(raw, "<u2", 2 * count).reshape(2, count) / 65_535
    numbers = np.frombuffer(raw, np.uint8, offset=4 * count).reshape(2, count, times)
    south, west, north, east = view.bounds
    return Unpacked(
        south + shares[0] * (north - south), west + shares[1] * (east - west),
        numbers[0] * arrows["fastest"] / flow.SPEED_STEPS, numbers[1] * 360.0 / flow.AZIMUTH_STEPS,
    )  # fmt: skip


@pytest.mark.parametrize(("east", "south", "azimuth"), [(1, 0, 90), (0, -2, 0), (-1, 0, 270), (0.5, 0.5, 135)])
@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_arrows_point_the_way_that_the_water_runs(
    written: Write, crs: str, east: float, south: float, azimuth: float
) -> None:
    depth = pool()
    folder = written(depth, crs, **streaming(depth, east, south))
    view = views.whole_grid(folder)
    arrows = drawn(folder, view)
    read = unpacked(arrows, view)
    moving = read.speed > 0
    assert moving.any(axis=0).all()
    assert read.speed[moving] == pytest.approx(np.hypot(east, south), abs=0.05)
    assert read.azimuth[moving] == pytest.approx(azimuth, abs=6)  # half a step
    assert arrows is not None
    assert arrows["reference"] == {90: 1.0, 0: 2.0, 270: 1.0, 135: 0.5}[azimuth]


def test_a_turned_grid_has_its_arrows_turned_to_the_maps_north(written: Write) -> None:
    """In polar stereographic coordinates the grid's north is another than the map's."""
    depth = pool()
    at_80_degrees = Affine.translation(3_000_000, 1_500_000) @ Affine.scale(10, -10)
    terrain = replace(invented(depth, FAR_NORTH).terrain, transform=at_80_degrees)
    folder = written(depth, FAR_NORTH, terrain=terrain, **streaming(depth, 0.0, -1.0))
    view = views.whole_grid(folder)
    read = unpacked(drawn(folder, view), view)
    here = folder.transformer("EPSG:4326")
    x, y = here.transform(read.longitude, read.latitude)
    longitude, latitude = here.transform(x, np.asarray(y) + 100.0, direction="INVERSE")
    true = np.degrees(np.arctan2((longitude - read.longitude) * np.cos(np.radians(latitude)), latitude - read.latitude))
    assert abs(true.mean()) > 20
    moving = read.speed[:, -1] > 0
    assert read.azimuth[moving, -1] == pytest.approx(true[moving] % 360, abs=7)


def test_no_arrow_stands_where_the_map_shows_no_water(written: Write) -> None:
    depth = mixed()
    folder = written(depth, **streaming(depth, 1.0, 0.0))
    view = views.whole_grid(folder)
    surface = pictures.depth(folder, view)
    read = unpacked(drawn(folder, view), view)
    x, y = folder.transformer("EPSG:4326").transform(read.longitude, read.latitude)
    cols, rows = (np.floor(index).astype(int) for index in ~folder.transform @ (np.asarray(x), np.asarray(y)))
    for step, water in enumerate(surface.water):
        assert np.array_equal(read.speed[:, step] > 0, water[rows, cols])
    assert 0 < surface.water[0][rows, cols].sum() < len(rows)


def test_a_puddle_has_no_arrow(written: Write) -> None:
    depth = np.zeros((20, 20))
    depth[5, 5] = depth[12, 12] = depth[12, 13] = 1.0
    assert drawn(written(depth, **streaming(depth, 1.0, 0.0))) is None


def test_still_water_has_no_arrow(written: Write) -> None:
    assert drawn(written(pool())) is None


def test_a_large_grid_has_few_places_and_its_parts_more(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_SQUARES", 8)
    depth = np.full((120, 160), 1.0)
    folder = written(depth, **streaming(depth, 1.0, 1.0))
    whole = drawn(folder)
    assert whole is not None
    assert whole["count"] == 8 * 6
    assert whole["spacing"] == 200.0
    south, west, north, east = views.whole_grid(folder).bounds
    part = views.grid_part(folder, ((south + north) / 2, (west + east) / 2, north, east), (800, 600))
    finer = drawn(folder, part)
    read = unpacked(finer, part)
    assert finer is not None
    assert finer["spacing"] <= 110.0
    assert read.azimuth[:, -1] == pytest.approx(135, abs=6)
    painters = pictures.surface_painters(folder)
    look = {"bounds": [south, west, north, east], "size": [800, 600]}
    message = forecast_map.finer_pictures(folder, painters, {**look, "surface": pictures.DEPTH_OVER_TIME})
    assert message is not None
    assert message["flow"] is not None
    still = forecast_map.finer_pictures(folder, painters, {**look, "surface": pictures.GREATEST_DEPTH})
    assert still is not None
    assert still["flow"] is None


def test_what_was_estimated_says_so(written: Write) -> None:
    depth = pool()
    arrows = [
        drawn(written(depth, **streaming(depth, 1.0, 0.0), engine=engine))
        for engine in ("solver", "network", "physics")
    ]
    assert [one and one["estimated"] for one in arrows] == [False, True, True]


@pytest.mark.parametrize("harm", ["missing", "cut", "text", "other grid"])
def test_a_folder_without_good_rasters_of_velocity_has_a_map_without_arrows(written: Write, harm: str) -> None:
    depth = pool()
    noise = np.random.default_rng(0).normal(size=(len(LEAD_TIMES), *depth.shape)).astype(np.float32)
    folder = written(depth, east=noise, south=noise)
    path = folder.path / "velocity_north.tif"
    if harm == "missing":
        path.unlink()
        (folder.path / "velocity_east.tif").unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    elif harm == "text":
        path.write_text("no raster")
    else:
        other = pool(30, 30)
        path.write_bytes((written(other, **streaming(other, 1.0, 0.0)).path / "velocity_north.tif").read_bytes())
    assert '"flow": null' in forecast_map.draw(folder, key="test")


def test_the_map_has_a_switch_for_the_flow_and_maps_side_by_side_have_none(written: Write) -> None:
    depth = pool()
    folder = written(depth, **streaming(depth, 1.0, 0.0))
    assert '"flow": {"count": ' in forecast_map.draw(folder, key="test")
    plain: Any = forecast_map.MapAppearance(plain=True)
    assert '"flow": null' in forecast_map.draw(folder, key="test", appearance=plain)
