"""Extents: the right areas in the right place, without gaps or overlaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import extents
from core.systems.flood.terrain import geography
from tests.support.terrains import CORNER, UTM, invented

HOLE = (slice(18, 22), slice(18, 22))


def pool() -> np.ndarray:
    """A round pool that grows deeper towards its middle, with an island without data."""
    rows, cols = np.mgrid[:40, :40] - 19.5
    depth = np.maximum(2.5 * (1 - np.hypot(rows, cols) / 15), 0)
    depth[HOLE] = np.nan
    return depth


def shapes(found: dict[str, Any]) -> list[Any]:
    return [shapely.geometry.shape(one["geometry"]) for one in found["features"]]


def test_each_class_covers_its_area() -> None:
    found = extents.outline(invented(pool()))
    words = [one["properties"]["depth"] for one in found["features"]]
    assert words == ["ankle-deep", "knee-deep", "waist-deep", "chest-deep", "over the head"]
    globe = Geod(ellps="WGS84")
    for shape, one in zip(shapes(found), found["features"], strict=True):
        assert shape.is_valid
        area = globe.geometry_area_perimeter(shape)[0]
        assert area == pytest.approx(one["properties"]["area_m2"], rel=0.15)  # positive: outer rings turn left
    assert [one["properties"]["from_m"] for one in found["features"]] == [0.05, 0.3, 0.6, 1.2, 1.8]
    assert found["features"][-1]["properties"]["to_m"] is None


def test_neighbours_share_their_border() -> None:
    found = shapes(extents.outline(invented(pool())))
    whole = shapely.union_all(found)
    assert sum(one.area for one in found) == pytest.approx(whole.area, rel=1e-4)
    (ring,) = shapely.get_parts(whole)
    assert len(ring.interiors) == 1  # the island


@pytest.mark.parametrize(("crs", "corner"), [(UTM, CORNER), ("EPSG:2154", (650_000.0, 6_860_000.0))])
def test_a_rectangle_lies_where_it_is(crs: str, corner: tuple[float, float]) -> None:
    depth = np.zeros((30, 50))
    depth[10:20, 15:40] = 0.5
    (shape,) = shapes(extents.outline(invented(depth, crs=crs, corner=corner)))
    turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    left, bottom = turn.transform(shape.bounds[0], shape.bounds[1])
    right, top = turn.transform(shape.bounds[2], shape.bounds[3])
    wanted = (corner[0] + 150, corner[1] - 200, corner[0] + 400, corner[1] - 100)
    assert (left, bottom, right, top) == pytest.approx(wanted, abs=6)


def test_specks_are_left_out_and_counted_all_the_same() -> None:
    depth = np.zeros((20, 20))
    depth[5, 5] = 0.4
    depth[10:16, 10:16] = 0.4
    (one,) = extents.outline(invented(depth))["features"]
    assert len(one["geometry"]["coordinates"]) == 1
    assert one["properties"]["area_m2"] == 3700.0


def test_no_water_and_no_place_give_no_polygons() -> None:
    assert extents.outline(invented(np.zeros((9, 9))))["features"] == []
    assert extents.outline(invented(np.ones((9, 9)), crs=None))["features"] == []
    depth = np.zeros((9, 9))
    depth[4, 4] = 1.0
    assert extents.outline(invented(depth))["features"] == []  # a single speck


def test_a_large_grid_is_drawn_in_blocks_by_the_deepest_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    in_cells = shapes(extents.outline(invented(pool())))[-1]
    monkeypatch.setattr(geography, "MAX_DRAWN_CELLS", 401)
    found = shapes(extents.outline(invented(pool())))
    assert found[0].is_valid
    whole = sum(Geod(ellps="WGS84").geometry_area_perimeter(one)[0] for one in found)
    wet = float((np.nan_to_num(pool()) >= 0.05).sum() * 100)
    assert whole == pytest.approx(wet, rel=0.1)
    assert found[-1].area > in_cells.area


def test_the_valleys_extents_are_sound(forecast: FloodForecast) -> None:
    found = extents.outline(forecast)
    assert len(found["features"]) >= 4
    assert all(one.is_valid and not one.is_empty for one in shapes(found))
    assert extents.outline(forecast) == found
