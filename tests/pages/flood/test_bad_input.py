"""What a person may give the Flood page by mistake: each ends in a sentence that says what to do, and nothing stays."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from streamlit.testing.v1 import AppTest

from pages.parts.flood.workbench import bench
from tests.support import floods
from tests.support.flood_app import AREA, forecast, give, opened, param, press, words

TERRAIN, RAIN, INFLOW = "GeoTIFF or ASCII grid", "CSV with a column of time", "Or a CSV with time_s"


def offers_to_add(at: AppTest) -> bool:
    return any(one.label == "Add this area" for one in at.button)


def add(at: AppTest) -> str:
    """What the page says once the terrain that was given is to be added."""
    press(at, "Add this area")
    return words(at)


def sparse(cells: int, **change) -> bytes:
    """So many cells a side in a file of some kilobytes: blocks that were never written."""
    given = {"crs": floods.UTM, "transform": from_origin(*floods.CORNER, 1, 1), "dtype": "float32", "tiled": True}
    given |= {"blockxsize": 512, "blockysize": 512, "sparse_ok": True, "BIGTIFF": "YES", **change}
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", height=cells, width=cells, count=1, **given):
            pass
        return bytes(memory.read())


def with_hole(mark: float) -> bytes:
    ground = floods.valley()
    ground[5:9, 5:9] = mark
    return floods.geotiff(ground)


def unplaced() -> bytes:
    """A coordinate system, but no place in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        return floods.geotiff(transform=rasterio.Affine.identity())


AT_ONCE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "which is empty. Export it again"),
    "text": (lambda: b"not a raster at all", "which is neither of them. Export it again"),
    "truncated header": (lambda: floods.geotiff()[:60], "which is damaged"),
    "JPEG": (lambda: floods.geotiff(np.full((64, 64), 40, np.uint8), compress="JPEG"), "Export it with LZW"),
    "picture": (lambda: floods.geotiff(np.zeros((3, 16, 16), np.uint8)), "Choose the terrain model itself"),
    "tiny file of 300,000 x 300,000": (lambda: sparse(300_000), "Cut out the area that matters"),
    "one row": (lambda: floods.geotiff(floods.valley(1, 30)), "Take a larger area"),
    "turned": (
        lambda: floods.geotiff(transform=rasterio.Affine(8, 6, 500_000, 6, -8, 110_000)),
        "Received a turned one. Reproject it",
    ),
}


@pytest.mark.parametrize("case", AT_ONCE)
def test_a_file_that_cannot_become_an_area_is_refused_as_soon_as_it_is_given(page, case):
    make, said = AT_ONCE[case]
    give(page, TERRAIN, make(), "given.tif")
    assert said in words(page)
    assert not offers_to_add(page)


WHEN_ADDED: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated": (lambda: floods.geotiff(floods.valley(200, 200))[:80_000], "which is damaged"),
    "no coordinate system": (lambda: floods.geotiff(crs=None), "such as EPSG:27700"),
    "no coordinate system, in degrees": (
        lambda: floods.geotiff(crs=None, transform=from_origin(3.0, 1.0, 1e-4, 1e-4)),
        "EPSG:4326 by its looks",
    ),
    "all no data": (lambda: floods.geotiff(np.full((8, 8), -32768, np.int16)), "Choose another area"),
    "all NaN": (lambda: floods.geotiff(np.full((8, 8), np.nan, np.float32)), "Choose another area"),
    "no place": (lambda: unplaced(), "says where it lies and how wide its cells are"),
    "nowhere on Earth": (lambda: floods.geotiff(transform=from_origin(5e9, 5e9, 10, 10)), "Check the file"),
}


@pytest.mark.parametrize("case", WHEN_ADDED)
def test_a_terrain_that_cannot_be_used_says_what_to_do_and_is_not_kept(page, case):
    make, said = WHEN_ADDED[case]
    give(page, TERRAIN, make(), "given.tif")
    assert said in add(page)
    assert [one.name for one in bench().areas()] == ["sample", AREA]
    assert offers_to_add(page)  # what was given is still there


TREATED: dict[str, tuple[Callable[[], bytes], str]] = {
    "degrees": (
        lambda: floods.geotiff(crs="EPSG:4326", transform=from_origin(3.0, 1.0, 1e-4, 1e-4)),
        "The file is in degrees; it was brought to EPSG:32631 (UTM)",
    ),
    "feet": (
        lambda: floods.geotiff(crs="EPSG:2263", transform=from_origin(1e6, 2e5, 30, 30)),
        "does not say what its elevations are in",
    ),
    "flat": (lambda: floods.geotiff(np.full((20, 20), 7, np.float32)), "The terrain is flat"),
    "several bands": (lambda: floods.geotiff(np.stack([floods.valley()] * 2)), "The file has 2 bands"),
    "a tower of 15 km": (lambda: with_hole(15_000.0), "count as no data"),
}


@pytest.mark.parametrize("case", TREATED)
def test_a_terrain_that_had_to_be_treated_is_kept_and_says_how(page, case):
    make, said = TREATED[case]
    give(page, TERRAIN, make(), "Treated one.tif")
    shown = add(page)
    assert "Added Treated one." in shown
    assert said in shown


@pytest.mark.parametrize("mark", [np.nan, -32768.0])
def test_cells_without_data_are_forecast_around(page, mark):
    give(page, TERRAIN, with_hole(mark), "Holes.tif")
    assert "Added Holes." in add(page)
    forecast(page)
    assert param(page, "forecast")


def test_a_file_that_is_too_large_is_offered_wider_cells(page):
    give(page, TERRAIN, sparse(20_000), "given.tif")
    assert "too many cells to keep. They will be averaged into cells of 5" in words(page)
    assert offers_to_add(page)


def test_a_name_that_is_taken_or_unfit_is_told(page):
    give(page, TERRAIN, floods.geotiff(), f"{AREA}.tif")
    assert "which is taken" in add(page)
    next(one for one in page.text_input if one.label == "Name").set_value("../up").run()
    assert "a name of up to 60 letters" in add(page)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("time_s,discharge_m3_per_s\n0,5\n600,-20\n1200,0", "Expected rates of 0 or more"),
        ("time_s,discharge_m3_per_s\n0,5\n600,20\n300,0", "times that ascend"),
        ("when,how much\n0,5\n600,20", "Expected one column of discharge"),
        ("", "Add the others"),
    ],
)
def test_a_river_that_makes_no_sense_is_told_and_not_added(page, table, said):
    page.number_input(key="flood-inflow-latitude").set_value(0.99).run()
    page.number_input(key="flood-inflow-longitude").set_value(3.0).run()
    give(page, INFLOW, table.encode(), "river.csv")
    press(page, "Add this inflow")
    assert said in words(page)
    assert not page.session_state["flood-inflows"]
    assert page.session_state["flood-inflow-latitude"] == 0.99  # what was typed stays


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("time_s,rain_mm_per_h\n0,10\n600,-5\n1200,0", "a gauge's mark of a gap is no rain"),
        ("time_s,rain_mm_per_h\n0,10\n600,20\n300,0", "times that ascend"),
        ("when,how much\n0,10\n600,20", "Expected a column"),
        ("", "Expected"),
    ],
)
def test_rain_that_makes_no_sense_is_told_and_nothing_can_begin(page, table, said):
    page.button_group(key="flood-rain-kind").set_value("A table").run()
    give(page, RAIN, table.encode(), "rain.csv")
    assert said in words(page)
    assert next(one for one in page.button if one.label == "Forecast").disabled


def test_an_event_whose_area_is_gone_is_told(page):
    bench().remove_area(AREA)
    page.run()
    assert not page.exception
    assert "Forecast" in [one.label for one in page.button]
    assert "The sample valley" in str(opened().selectbox(key="flood-area").options)
