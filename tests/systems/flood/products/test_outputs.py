"""The folder of files: what other programs read from it, and that it is there as a whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from core.errors import InvalidInput
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import outputs
from core.systems.flood.products.exposure import Exposure
from core.systems.flood.terrain.raster_files import write_raster
from tests.support.terrains import hills, invented

ALWAYS = {
    "terrain.tif", "depth.tif", "max_depth.tif", "arrival.tif", "max_speed.tif", "hazard.tif", "velocity_east.tif",
    "velocity_north.tif", "summary.json",
}  # fmt: skip
DRAWN = {"routes.geojson", "extents.geojson"}


def wet(**change: Any) -> FloodForecast:
    depth = np.maximum(hills(60, 80) - 51, 0)
    depth[5:9, 5:9] = np.nan
    return invented(depth, **change)


def exposure(name: str) -> Exposure:
    return Exposure(name, 15.0, 45.1, "flooded", depth=0.7, arrival=60.0, speed=0.1, hazard=1.42)


@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:27700", "EPSG:2154"])
def test_rasters_are_read_back_as_they_were(tmp_path: Path, crs: str) -> None:
    given = wet(crs=crs)
    outputs.write(given, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "max_depth.tif") as file:
        np.testing.assert_array_equal(file.read(1), given.max_depth)
        assert file.crs.to_epsg() == int(crs[5:])
        assert file.transform == given.terrain.transform
        assert np.isnan(file.nodata)
        assert file.dtypes == ("float32",)
        assert file.units == ("m",)
        assert file.descriptions == ("Greatest water depth",)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    with rasterio.open(tmp_path / "out" / "arrival.tif") as file:
        assert file.units == ("s",)
        assert "0.05 m" in file.descriptions[0]


def test_each_lead_time_is_a_band(tmp_path: Path, forecast: FloodForecast) -> None:
    outputs.write(forecast, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "depth.tif") as file:
        assert file.count == len(forecast.lead_times)
        assert file.descriptions[1] == "Water depth after 1800 s"
        np.testing.assert_array_equal(file.read(2), forecast.depth[1])


def test_a_large_raster_has_tiles_and_overviews(tmp_path: Path) -> None:
    given = invented(np.ones((700, 1100)))
    write_raster(tmp_path / "large.tif", given.terrain, given.max_depth, "m", ["Depth"])
    with rasterio.open(tmp_path / "large.tif") as file:
        assert file.block_shapes == [(512, 512)]
        assert file.overviews(1) == [2, 4]
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_there_is_a_file_for_all_that_is_known(tmp_path: Path) -> None:
    given = wet()
    files = outputs.write(given, tmp_path / "plain")
    assert {one.name for one in files} == ALWAYS | DRAWN
    full = wet(low=given.max_depth * 0.9, high=given.max_depth * 1.1)
    found = {one.name for one in outputs.write(full, tmp_path / "full", [exposure("School")])}
    assert found == ALWAYS | DRAWN | {"max_depth_low.tif", "max_depth_high.tif", "assets.csv", "assets.geojson"}
    for name in ("routes", "extents", "assets"):
        read = json.loads((tmp_path / "full" / f"{name}.geojson").read_text())
        assert read["type"] == "FeatureCollection"
    assert json.loads((tmp_path / "full" / "summary.json").read_text())["cells"] == 60 * 80 - 16


def test_without_a_place_there_is_nothing_for_a_map(tmp_path: Path) -> None:
    found = {one.name for one in outputs.write(wet(crs=None), tmp_path / "out")}
    assert found == ALWAYS


def test_no_water_makes_files_too(tmp_path: Path) -> None:
    outputs.write(invented(np.zeros((9, 9))), tmp_path / "out", [])
    assert json.loads((tmp_path / "out" / "routes.geojson").read_text())["features"] == []
    assert (tmp_path / "out" / "assets.csv").read_text(encoding="utf-8-sig").strip() == "name"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://bad")', "+1", "-1", "@SUM(A1)", "\tx", " =1"])
def test_no_name_is_a_formula(name: str) -> None:
    (read,) = csv.DictReader(io.StringIO(outputs.assets_table([exposure(name)])))
    assert read["name"] == "'" + name
    assert read["depth_m"] == "0.7"
    assert read["depth"] == "waist-deep"
    assert read["depth_low_m"] == ""


def test_a_folder_is_complete_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    monkeypatch.setattr(outputs, "summarise", lambda forecast: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        outputs.write(wet(), target)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_forecast_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "deep" / "out"
    outputs.write(wet(), target, [exposure("School")])
    outputs.write(invented(np.zeros((9, 9))), target)
    assert not (target / "assets.csv").exists()
    before = (target / "summary.json").read_bytes()
    monkeypatch.setattr(outputs, "summarise", lambda forecast: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        outputs.write(wet(), target)
    assert (target / "summary.json").read_bytes() == before
    assert [one.name for one in target.parent.iterdir()] == ["out"]


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(InvalidInput, match="which holds other things"):
        outputs.write(wet(), tmp_path)
    with pytest.raises(InvalidInput, match="which holds other things"):
        outputs.write(wet(), tmp_path / "thesis.doc")
    assert (tmp_path / "thesis.doc").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    assert outputs.write(wet(), tmp_path / "empty")
