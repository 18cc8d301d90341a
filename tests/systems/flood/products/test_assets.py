"""Named places: what reaches them, where they may lie, and what is said about those that make no sense."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from core.errors import InvalidInput, TooLarge
from core.systems.flood.correction.arrival_interval import ArrivalSpread
from core.systems.flood.event import Event
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import assets, exposure
from tests.support.terrains import CORNER, UTM, invented

TURN = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)


def at(col: float, row: float) -> list[float]:
    """Longitude and latitude of a place on the grid of `invented`."""
    return [float(one) for one in TURN.transform(CORNER[0] + 10 * col, CORNER[1] - 10 * row)]


def named(name: str, kind: str, coordinates: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def box(col: float, row: float, size: float) -> list[Any]:
    corners = [(col, row), (col, row + size), (col + size, row + size), (col + size, row), (col, row)]
    return [[at(*one) for one in corners]]


def flood() -> FloodForecast:
    """Columns grow deeper eastwards, by 0.1 m each; the water comes from the east. No data in the last ten rows."""
    depth = np.tile(0.1 * np.arange(30), (40, 1))
    depth[30:] = np.nan
    arrival = np.where(depth >= 0.05, 1000 - 10 * np.arange(30), np.nan).astype(np.float32)
    return invented(
        depth, arrival=arrival, max_speed=np.full((40, 30), 0.5, np.float32), low=depth - 0.05, high=depth + 0.2
    )


def look(*features: dict[str, Any]) -> list[exposure.Exposure]:
    return exposure.assess(flood(), assets.read({"type": "FeatureCollection", "features": list(features)}))


def test_a_point_has_the_water_of_its_cell() -> None:
    (found,) = look(named("Pump", "Point", at(12.5, 8.5)))
    assert (found.name, found.state, found.partly_outside) == ("Pump", "flooded", False)
    assert found.depth == pytest.approx(1.2)
    assert (found.low, found.high) == pytest.approx((1.15, 1.4))
    assert found.arrival == 880
    assert found.flood_chance == 0.999  # never certain
    assert found.hazard == pytest.approx(1.2 * (0.5 + 0.5) + 1.0)
    assert found.depth_words == "chest-deep"
    assert found.hazard_words == "extreme: danger for all"
    assert [found.longitude, found.latitude] == pytest.approx(at(12.5, 8.5))


def test_an_arrival_has_its_interval_by_the_depth_where_the_version_knows_it() -> None:
    """Of 880 s and 300 s offset: the factors of 0.3 m or deeper; a place says no more than its arrival elsewhere."""
    spread = ArrivalSpread(cells=((0.5, 3.0), (0.6, 2.0), (0.75, 1.5)), first=(0.8, 1.2))
    pump = assets.read(named("Pump", "Point", at(12.5, 8.5)))
    (known,) = exposure.assess(replace(flood(), arrival_spread=spread), pump)
    assert known.arrival_interval == pytest.approx((0.75 * 1180 - 300, 1.5 * 1180 - 300))
    assert exposure.row(known)["arrival_high_s"] == pytest.approx(1470)
    assert spread.at_place(880.0, 0.07) == pytest.approx((290, 3240))
    assert spread.at_place(0.0, 0.07)[0] == 0.0
    (unknown,) = exposure.assess(flood(), pump)
    assert unknown.arrival_interval is None
    assert exposure.row(unknown)["arrival_low_s"] is None


def test_a_place_names_its_deepest_cell() -> None:
    """Of the cells in and around it the easternmost, where the water is deepest."""
    (house, far) = look(
        named("House", "Polygon", box(10.2, 10.2, 1.5)),
        named("Far", "Point", [TURN.transform(CORNER[0] - 9e4, 0)[0], 1]),
    )
    assert house.deepest is not None
    assert house.deepest[0] == pytest.approx(at(12.5, 0)[0], abs=1e-5)
    assert exposure.row(house)["deepest_longitude"] == house.deepest[0]
    assert far.deepest is None
    assert exposure.row(far)["deepest_latitude"] is None


def test_the_chance_of_water_follows_from_the_interval_of_the_depth() -> None:
    """At 0.05 m, the middle of its interval, a place floods in one case of two; at its lower end in nine of ten."""
    depth, low, high = (np.full((20, 20), number) for number in (0.05, 0.0, 0.2))
    point = assets.read(named("Pump", "Point", at(5.5, 5.5)))
    assert exposure.assess(invented(depth, low=low, high=high), point)[0].flood_chance == pytest.approx(0.5)
    deeper = exposure.assess(invented(depth + 0.05, low=depth, high=high), point)[0]
    assert deeper.flood_chance == pytest.approx(0.9, abs=1e-3)
    assert exposure.row(deeper)["flood_chance"] == deeper.flood_chance
    assert exposure.assess(invented(depth), point)[0].flood_chance is None


def test_what_lies_within_three_metres_counts() -> None:
    near, far = look(named("near", "Point", at(12.8, 8.5)), named("far", "Point", at(12.6, 8.5)))
    assert near.depth == pytest.approx(1.3)
    assert far.depth == pytest.approx(1.2)


def test_a_line_has_the_deepest_water_and_the_first_arrival_along_it() -> None:
    (found,) = look(named("Road", "LineString", [at(2.5, 3.5), at(20.5, 9.5)]))
    assert found.depth == pytest.approx(2.0)
    assert found.arrival == 800


def test_a_house_that_stands_dry_in_the_terrain_has_the_water_at_its_walls() -> None:
    depth = np.full((20, 20), 0.8)
    depth[8:11, 8:11] = 0.0
    house = named("House", "Polygon", box(8, 8, 3))
    (found,) = exposure.assess(invented(depth), assets.read(house))
    assert found.depth == pytest.approx(0.8)


def test_the_first_to_be_reached_comes_first_and_the_outside_last() -> None:
    found = look(
        named("off", "Point", at(-40, 5)),
        named("late", "Point", at(5.5, 5.5)),
        named("dry", "Point", at(0.5, 5.5)),
        named("unknown", "Point", at(5.5, 35.5)),
        named("soon", "Point", at(25.5, 5.5)),
        named("other side of the world", "Point", [-170.0, -50.0]),
        named("pole", "Point", [10.0, 90.0]),
    )
    assert [one.name for one in found] == ["soon", "late", "dry", "unknown", "off", "other side of the world", "pole"]
    assert [one.state for one in found] == ["flooded", "flooded", "dry", "no data", "outside", "outside", "outside"]
    assert found[2].arrival is None
    assert (found[4].depth, found[4].depth_words, found[4].hazard_words) == (None, "unknown", "unknown")


def test_what_lies_partly_outside_says_so() -> None:
    found = {one.name: one for one in look(
        named("across", "LineString", [at(-5, 5.5), at(10.5, 5.5)]), named("area", "Polygon", box(25, 5, 20))
    )}  # fmt: skip
    assert found["across"].partly_outside
    assert found["across"].depth == pytest.approx(1.0)
    assert found["area"].partly_outside
    assert found["area"].depth == pytest.approx(2.9)


def test_names_come_from_what_there_is() -> None:
    point = {"type": "Point", "coordinates": at(3, 3)}
    features = [
        {"type": "Feature", "geometry": point, "properties": {"name": " Old\n\x00 mill "}},
        {"type": "Feature", "geometry": point, "properties": {"id": 7}},
        {"type": "Feature", "geometry": point, "properties": None, "id": "x9"},
        {"type": "Feature", "geometry": point, "properties": {"name": "m" * 999}},
        {"type": "Feature", "geometry": point},
        {"type": "Feature", "geometry": point, "properties": {"NAME": "As shapefiles have it", "Id": 3}},
    ]
    found = assets.read({"type": "FeatureCollection", "features": features})
    assert [one.name for one in found] == ["Old mill", "7", "x9", "m" * 200, "asset 5", "As shapefiles have it"]


def test_a_bare_geometry_and_many_parts_are_fine() -> None:
    parts = {"type": "MultiPoint", "coordinates": [at(3.5, 3.5), at(9.5, 3.5)]}
    (found,) = exposure.assess(flood(), assets.read(parts))
    assert found.depth == pytest.approx(0.9)
    bow = [at(2, 2), at(8, 8), at(8, 2), at(2, 8), at(2, 2)]  # crosses itself
    assert look(named("bow tie", "Polygon", [bow]))[0].state == "flooded"
    high = named("with heights", "Point", [*at(3.5, 3.5), 120.0])
    assert look(high)[0].depth == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "Received 'NoneType'"),
        ([], "Received 'list'"),
        ("Point", "Received 'str'"),
        ({"type": "Topology"}, "Received 'Topology'"),
        ({"type": "FeatureCollection"}, "Received 'FeatureCollection'"),
        ({"type": "FeatureCollection", "features": []}, "Received none. Add at least one"),
        ({"type": "FeatureCollection", "features": [3]}, "'asset 1'"),
        ({"type": "FeatureCollection", "features": [named("A", "Circle", [1, 2])]}, "Received 'Circle' as 'A'"),
        ({"type": "Feature", "properties": {"name": "A"}, "geometry": None}, "Received 'nothing' as 'A'"),
        (named("A", "Point", [400000.0, 5000000.0]), "longitude 400000, latitude 5e.06 as 'A'. Export them"),
        (named("A", "Point", [-33.0, 151.0]), "Swap longitude and latitude"),
        (named("A", "Point", []), "'A' without coordinates"),
        (named("A", "Point", [1.0, float("nan")]), "'A' without coordinates that are numbers"),
        (named("A", "Point", [1.0, None]), "'A'"),
        (named("A", "Point", ["east", "north"]), "'A' that make no Point"),
        (named("A", "Point", {"x": 1}), "'A'"),
        (named("A", "Point", None), "'A'"),
        (named("A", "LineString", [[1, 2]]), "'A' that make no LineString"),
        (named("A", "Polygon", [[[1, 2], [2, 3]]]), "'A' that make no Polygon"),
        (named("A", "MultiPolygon", [[1, 2]]), "'A'"),
        ({"type": "Point"}, "'asset 1'"),
    ],
)  # fmt: skip
def test_what_is_no_asset_is_named(given: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        assets.read(given)


def test_there_are_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    point = named("A", "Point", at(3, 3))
    with pytest.raises(TooLarge, match=r"up to 10,000 assets\. Received 10,001"):
        assets.read({"type": "FeatureCollection", "features": [point] * 10_001})
    monkeypatch.setattr(assets, "MAX_POINTS", 9)
    with pytest.raises(TooLarge, match="from asset 2 on"):
        assets.read({"type": "FeatureCollection", "features": [named("A", "Polygon", box(1, 1, 2))] * 2})
    monkeypatch.setattr(exposure, "MAX_CELLS", 50)
    with pytest.raises(TooLarge, match="cover up to 50 cells"):
        look(named("A", "LineString", [at(1, 1), at(20, 20)]))


def test_a_terrain_without_a_place_has_no_assets() -> None:
    with pytest.raises(InvalidInput, match="a terrain with a coordinate system"):
        exposure.assess(invented(np.ones((9, 9)), crs=None), assets.read(named("A", "Point", at(3, 3))))


def test_the_valleys_assets_tell_different_stories(valley: Event, forecast: FloodForecast, sample_folder: Any) -> None:
    given = json.loads((sample_folder / "assets.geojson").read_text())
    found = {one.name: one for one in exposure.assess(forecast, assets.read(given))}
    assert found["River bridge"].state == "flooded"
    assert found["Water tower"].state == "dry"
    assert len(found) == 6
    assert all(one.state in ("flooded", "dry") for one in found.values())
    json.dumps(exposure.collection(list(found.values())), allow_nan=False)
