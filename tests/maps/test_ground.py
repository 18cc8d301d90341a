"""What lies below a map's data: land of Natural Earth, streets from a file, or tiles."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from core.maps import base, ground
from core.settings import settings
from tests.support import places

BAY = ([37.70, -122.52], [37.83, -122.35])
"""San Francisco with the water around it."""


def shape(low: list[float], high: list[float]) -> shapely.Geometry:
    """The land of a map as one shape of longitude and latitude."""
    polygons = [
        shapely.Polygon(*[[point[::-1] for point in rings[0]], [[point[::-1] for point in ring] for ring in rings[1:]]])
        for rings in ground.land(low, high)
    ]
    return shapely.union_all(shapely.make_valid(polygons))


@pytest.mark.parametrize(
    ("latitude", "longitude", "land"),
    [
        (37.76, -122.44, True),  # the city's middle
        (37.82, -122.36, False),  # the bay
        (37.76, -122.60, False),  # the ocean
        (52.0, 13.0, True),  # far from what the map shows
        (30.0, -40.0, False),
    ],
)
def test_land_is_land_and_water_is_not(latitude: float, longitude: float, land: bool) -> None:
    assert shape(*BAY).contains(shapely.Point(longitude, latitude)) == land


def test_a_map_of_the_world_and_one_of_a_street_have_few_corners() -> None:
    world = ground.land([-60, -170], [75, 170])
    assert 1_000 < sum(len(ring) for rings in world for ring in rings) < 60_000
    city = ground.land(*BAY)
    assert sum(len(ring) for rings in city for ring in rings) < 12_000


def page(low: list[float], high: list[float]) -> str:
    return base.standalone_page(base.empty_map(low, high, False, height=400, max_zoom=17), "Map")


def test_land_is_left_out_where_its_coast_would_mislead() -> None:
    assert "lookout-land" in page(*BAY)
    assert "lookout-land" not in page([37.76, -122.44], [37.77, -122.42])


def test_streets_of_a_file_take_the_lands_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_BASEMAP", str(places.pmtiles(tmp_path / "town.pmtiles")))
    settings.cache_clear()
    html = page(*BAY)
    assert "lookout-land" not in html
    assert "maxDataZoom: 12" in html
    assert "static-maps/protomaps.js" in html


def test_a_tile_server_comes_before_streets_and_land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_BASEMAP", str(places.pmtiles(tmp_path / "town.pmtiles")))
    monkeypatch.setenv("LOOKOUT_TILES", "http://tiles.local/{z}/{x}/{y}.png")
    settings.cache_clear()
    html = page(*BAY)
    assert "tiles.local" in html
    assert "protomapsL" not in html
    assert "lookout-land" not in html
