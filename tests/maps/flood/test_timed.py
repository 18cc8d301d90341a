"""A forecast whose start is known tells the clock in its lines, labels and files; the numbers stay."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio

from core.maps.flood import forecast_map, vectors
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.export import animation, briefing, files, timed
from core.maps.flood.forecast_folder import ForecastFolder
from core.systems.flood.correction.arrival_interval import ArrivalSpread
from core.systems.flood.products.exposure import Exposure
from tests.maps.flood.conftest import Write, pool
from tests.maps.flood.test_exports import about, text

CLOCK = Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC))
SCHOOL = Exposure(
    "School", 15.005, 45.15, "flooded", depth=0.7, arrival=1740.0, arrival_interval=(600.0, 7260.0), speed=1.0,
    hazard=1.6, deepest=(15.0051, 45.1501),
)  # fmt: skip
HILL = Exposure("Hill", 15.009, 45.152, "dry", depth=0.0, hazard=0.0)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def opened(written: Write) -> ForecastFolder:
    """A pool that fills from the west, and flows east along one route."""
    folder = written(pool(), found=[SCHOOL, HILL])
    route = {
        "rank": 1, "length_m": 500.0, "peak_discharge_m3_per_s": 2.0, "volume_m3": 900.0, "first_arrival_s": 1740.0,
        "last_arrival_s": 7260.0, "arrival_s": [1740.0, None, 7260.0], "largest_depth_m": 0.7, "depth": "waist-deep",
    }  # fmt: skip
    line = {"type": "LineString", "coordinates": [[15.0, 45.15], [15.002, 45.15], [15.004, 45.15]]}
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": line, "properties": route}]}
    (folder.path / "routes.geojson").write_text(json.dumps(collection), encoding="utf-8")
    return folder


def drawn(folder: ForecastFolder, clock: Clock) -> str:
    html = forecast_map.draw(folder, key="test", appearance=forecast_map.MapAppearance(clock=clock))
    return plain(html.replace("\\u00a0", " "))


def test_lines_and_labels_of_the_map_tell_the_clock(opened: ForecastFolder) -> None:
    html = drawn(opened, CLOCK)
    assert "The water arrives at 22:30 (30 min)" in html
    assert "reached 22:29 to 29 Nov 00:01" in html
    assert '"1 School, 22:29, 0.7 m"' in html
    assert '"Hill"' in html
    assert "from 22:29 (22:10 to 29 Nov 00:01)" in html
    elapsed = drawn(opened, ELAPSED)
    assert "The water arrives after 30 min" in elapsed
    assert '"1 School, 29 min, 0.7 m"' in elapsed
    assert "22:" not in "".join(mark[2] for mark in vectors.routes(opened)[0]["marks"])


def test_kml_tells_the_clock_with_its_day(opened: ForecastFolder) -> None:
    told = plain(files.kml(opened, "Valley", CLOCK).decode())
    assert "Times count from 2026-11-28 22:00 UTC, when the rain starts." in told
    assert "arrives at 28 Nov 22:29 (29 min)" in told
    assert "wet at 28 Nov 22:29 (29 min)" in told
    assert "arrives after 29 min" in plain(files.kml(opened, "Valley").decode())


def test_a_frame_of_the_animation_tells_the_clock() -> None:
    assert plain(animation.frame_time(7260.0, CLOCK)) == "29 Nov 00:01, 2 h 1 min after the start"
    assert animation.frame_time(7260.0, ELAPSED) == "2 h 1 min after the start"


def test_geojson_keeps_the_seconds_and_has_the_clock_beside(opened: ForecastFolder) -> None:
    (route,) = (feature["properties"] for feature in json.loads(timed.geojson(opened, "routes", CLOCK))["features"])
    assert route["arrival_s"] == [1740.0, None, 7260.0]
    assert route["arrival_time"] == ["2026-11-28T22:29:00+00:00", None, "2026-11-29T00:01:00+00:00"]
    assert route["first_arrival_time"] == "2026-11-28T22:29:00+00:00"
    assert "peak_discharge_m3_per_time" not in route
    school, hill = (feature["properties"] for feature in json.loads(timed.geojson(opened, "assets", CLOCK))["features"])
    assert school["arrival_low_time"] == "2026-11-28T22:10:00+00:00"
    assert hill["arrival_time"] is None
    assert timed.geojson(opened, "routes") == (opened.path / "routes.geojson").read_bytes()


def test_the_table_of_assets_has_the_clock_beside_the_seconds(opened: ForecastFolder) -> None:
    school, hill = csv.DictReader(io.StringIO(timed.assets_csv(opened, CLOCK).decode("utf-8-sig"), newline=""))
    assert (float(school["arrival_s"]), school["arrival_time"]) == (1740.0, "2026-11-28T22:29:00+00:00")
    assert hill["arrival_time"] == ""
    assert timed.assets_csv(opened) == (opened.path / "assets.csv").read_bytes()


def test_a_briefing_has_the_intervals_of_the_arrivals(written: Write) -> None:
    spread = ArrivalSpread(cells=((0.5, 2.0),) * 3, first=(0.5, 2.0))
    said = plain(text(briefing.pdf(written(pool(), found=[SCHOOL], arrival_spread=spread), about(clock=CLOCK))))
    assert "22:29 (22:10 to 29 Nov 00:01)" in said
    assert re.search(r"It comes first between 22:\d\d and 22:\d\d in four cases of five\.", said)


def test_a_geotiff_of_a_step_says_its_time(opened: ForecastFolder) -> None:
    with rasterio.MemoryFile(files.geotiff(opened, "depth", 1, CLOCK)) as memory, memory.open() as raster:
        assert raster.tags()["TIME"] == "2026-11-28T22:15:00+00:00"
        assert raster.tags()["TIFFTAG_DATETIME"] == "2026:11:28 22:15:00"
    with rasterio.MemoryFile(files.geotiff(opened, "arrival", 1, CLOCK)) as memory, memory.open() as raster:
        assert raster.tags()["STARTS_AT"] == "2026-11-28T22:00:00+00:00"
        assert "TIME" not in raster.tags()
        assert np.nanmin(raster.read(1)) >= 600
