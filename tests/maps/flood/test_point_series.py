"""What is told at a place is what the GeoTIFF has there."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from core.errors import InvalidInput
from core.maps.flood import point_series, views
from tests.maps.flood.conftest import BRITISH, DEGREES, LEAD_TIMES, UTM, Write, mixed

RASTERS = ("depth", "max_depth", "max_depth_low", "max_depth_high", "arrival", "max_speed", "hazard", "terrain")


@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_a_hundred_places_agree_with_the_rasters(written: Write, crs: str) -> None:
    depth = mixed()
    opened = written(depth, crs, low=(depth * 0.8).astype(np.float32), high=(depth * 1.3).astype(np.float32))
    south, west, north, east = views.whole_grid(opened).bounds
    random = np.random.default_rng(1)
    turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    truth = {}
    for name in RASTERS:
        with rasterio.open(opened.path / f"{name}.tif") as dataset:
            truth[name], place = dataset.read(), dataset.transform
    told = 0
    while told < 100:
        latitude, longitude = random.uniform(south, north), random.uniform(west, east)
        found = point_series.read_point(opened, latitude, longitude)
        row, col = rasterio.transform.rowcol(place, *turn.transform(longitude, latitude))
        if found is None:
            assert not (0 <= row < 40 and 0 <= col < 60)
            continue
        told += 1
        said = {
            "depth": found.depths, "max_depth": [found.max_depth], "max_depth_low": [found.low],
            "max_depth_high": [found.high], "arrival": [found.arrival], "max_speed": [found.max_speed],
            "hazard": [found.hazard], "terrain": [found.ground],
        }  # fmt: skip
        for name, numbers in said.items():
            known = [np.nan if one is None else one for one in numbers]
            assert known == pytest.approx(truth[name][:, row, col].tolist(), nan_ok=True, rel=0, abs=0), name


def test_a_place_tells_its_words(written: Write) -> None:
    depth = np.full((20, 20), 0.7)
    opened = written(depth)
    south, west, north, east = views.whole_grid(opened).bounds
    found = point_series.read_point(opened, (south + north) / 2, (west + east) / 2)
    assert found is not None
    assert found.lead_times == LEAD_TIMES
    assert found.depths == pytest.approx((0.14, 0.42, 0.7))
    assert found.depth_words == "waist-deep"
    assert found.hazard_words == "extreme: danger for all"  # 0.7 (1 + 0.5) + 1 = 2.05
    assert found.low is None
    assert found.high is None


def test_a_cell_without_data_is_unknown(written: Write) -> None:
    depth = mixed()
    opened = written(depth)
    _, west, north, _ = views.whole_grid(opened).bounds
    found = point_series.read_point(opened, north - 1e-4, west + 1e-4)
    assert found is not None
    assert (found.row, found.col) == (1, 0)
    assert found.depths == (None, None, None)
    assert found.depth_words == found.hazard_words == "unknown"


def test_off_the_grid_there_is_nothing(written: Write) -> None:
    opened = written(mixed())
    assert point_series.read_point(opened, 45.0, 15.0) is None
    assert point_series.read_point(opened, -45.0, -150.0) is None
    assert point_series.read_point(opened, 90.0, 0.0) is None


@pytest.mark.parametrize("place", [(91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0), (0.0, float("inf"))])
def test_what_is_no_place_is_refused(written: Write, place: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput, match="Expected a latitude"):
        point_series.read_point(written(mixed()), *place)
