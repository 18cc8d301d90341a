"""The registry of areas: what is kept, under which names, and what is said about files that cannot be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio import warp
from rasterio.transform import from_origin

from core.errors import InvalidInput, TooLarge
from core.settings import settings
from core.systems.flood import event
from core.systems.flood.terrain import area_sizes, areas, rasters, terrain_file
from tests.support.terrains import hills
from tests.systems.flood.terrain.test_terrain import FEET_AND_METRES, written


def file_of(path: Path, *shape: int, **change: Any) -> bytes:
    return written(path, hills(*(shape or (40, 50))), **change).read_bytes()


def ascii_grid(cell: float = 5.0, left: float = 400_000.0, bottom: float = 300_000.0) -> bytes:
    rows = "\n".join(" ".join("7" if col % 3 else "8" for col in range(6)) for _ in range(5))
    head = f"ncols 6\nnrows 5\nxllcorner {left}\nyllcorner {bottom}\ncellsize {cell}\nNODATA_value -9999\n"
    return (head + rows + "\n").encode()


def test_an_area_is_kept_and_found_again(folder: Path, tif: Path) -> None:
    made = areas.add("Lower Brook", file_of(tif), folder)
    found = terrain_file.read(areas.find("lower brook", folder))
    np.testing.assert_allclose(found.elevation, terrain_file.read(tif).elevation, atol=1e-5)
    assert (found.dx, found.dy, found.notes) == (10, 10, ())
    assert areas.names(folder) == ["sample", "Lower Brook"]
    assert (made.rows, made.cols, made.dx, made.crs) == (40, 50, 10, "EPSG:32633")
    assert made.bounds == (500_000, 4_999_600, 500_500, 5_000_000)
    assert made.centre == pytest.approx((15.0032, 45.1517), abs=1e-3)
    assert 0 < made.megabytes < 0.1
    assert made.added.tzinfo is not None


def test_a_large_area_has_overviews_and_tiles(folder: Path, tif: Path) -> None:
    areas.add("Wide", file_of(tif, 1100, 1200), folder)
    with rasterio.open(areas.find("Wide", folder)) as file:
        assert file.dtypes == ("float32",)
        assert file.overviews(1)
        assert file.block_shapes == [(512, 512)]
        assert np.isnan(file.nodata)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_the_sample_is_an_event_with_all_that_it_needs(folder: Path) -> None:
    home = areas.home_of("sample", folder)
    found = event.read(home)
    assert found.rain is not None
    assert found.inflows
    assert np.ptp(np.asarray(found.domain.manning)) > 0
    assert (home / "assets.geojson").is_file()
    assert areas.find("sample", folder) == areas.find("Sample", folder) == home / "terrain.tif"
    assert areas.about("SAMPLE", folder).name == "sample"
    assert areas.about("sample", folder).cells == 256 * 256
    stamp = areas.find("sample", folder).stat().st_mtime_ns
    assert [one.name for one in areas.listing(folder)] == ["sample"]
    assert areas.find("sample", folder).stat().st_mtime_ns == stamp  # made once


def test_degrees_are_brought_to_utm_and_the_note_is_kept(folder: Path, tif: Path) -> None:
    data = file_of(tif, 60, 80, crs="EPSG:4326", transform=from_origin(15.0, 45.0, 1 / 1200, 1 / 1200))
    made = areas.add("Degrees", data, folder)
    assert made.crs == "EPSG:32633"
    assert "in degrees; it was brought to EPSG:32633 (UTM) with cells of 78 m, bilinearly" in made.notes[-1]
    assert made.box == pytest.approx((15, 44.95, 15 + 80 / 1200, 45), abs=2e-3)
    assert areas.about("Degrees", folder) == made


@pytest.mark.parametrize(
    ("crs", "sentence"),
    [("EPSG:2263", "coordinates are in US survey foot"), ("EPSG:3857", "is 0.7. m on the ground")],
    ids=["feet", "web mercator"],
)
def test_a_grid_whose_metres_are_none_is_brought_to_utm(folder: Path, tif: Path, crs: str, sentence: str) -> None:
    corner = (1_000_000, 200_000) if crs == "EPSG:2263" else (1_670_000, 5_621_000)
    made = areas.add("Stretched", file_of(tif, 60, 80, crs=crs, transform=from_origin(*corner, 10, 10)), folder)
    found = terrain_file.read(areas.find("Stretched", folder))
    shrunk = 0.3048 if crs == "EPSG:2263" else np.cos(np.radians(45))
    assert found.dx == pytest.approx(10 * shrunk, rel=5e-3)
    assert made.notes
    assert made.crs.startswith("EPSG:326")
    assert re.search(sentence, made.notes[-1])


@pytest.mark.parametrize(
    ("crs", "corner", "cell"),
    [
        ("EPSG:4326", (15.0, 45.0), 1e-3),
        ("EPSG:4326", (151.7, -32.9), 1e-4),
        ("EPSG:2263", (1_000_000.0, 200_000.0), 10.0),
        ("EPSG:3857", (1_670_000.0, 8_399_000.0), 30.0),
        ("EPSG:27700", (430_000.0, 433_000.0), 2.0),
        ("EPSG:32633", (500_000.0, 5_000_000.0), 10.0),
    ],
)
def test_the_ground_lies_where_the_file_has_it(
    folder: Path, tif: Path, crs: str, corner: tuple[float, float], cell: float
) -> None:
    row, col = np.indices((70, 90)) + 0.5
    written(tif, 100 + 0.3 * col - 0.2 * row, crs=crs, transform=from_origin(*corner, cell, cell))
    areas.add("Slope", tif.read_bytes(), folder)
    found = terrain_file.read(areas.find("Slope", folder))
    known = np.argwhere(found.valid)
    x, y = found.transform @ (known[:, 1] + 0.5, known[:, 0] + 0.5)
    x, y = warp.transform(found.crs, crs, x, y)
    col, row = (np.array(x) - corner[0]) / cell, (corner[1] - np.array(y)) / cell
    inside = (col > 1) & (col < 89) & (row > 1) & (row < 69)
    assert inside.mean() > 0.9
    apart = found.elevation[tuple(known.T)] - (100 + 0.3 * col - 0.2 * row)
    assert np.abs(apart[inside]).max() < 0.0625  # an eighth of a cell each way, as near as GDAL places it


def test_elevations_in_feet_are_turned_into_metres_once(folder: Path, tif: Path) -> None:
    areas.add("Feet", file_of(tif, crs=FEET_AND_METRES), folder)
    found = terrain_file.read(areas.find("Feet", folder))
    np.testing.assert_allclose(found.elevation, hills(40, 50) * 0.3048006, rtol=1e-4)
    assert found.notes == ()


def test_a_national_grid_stays_as_it_is(folder: Path, tif: Path) -> None:
    made = areas.add("Leeds", file_of(tif, crs="EPSG:27700", transform=from_origin(430_000, 433_000, 2, 2)), folder)
    assert (made.crs, made.dx, made.notes) == ("EPSG:27700", 2, ())
    assert made.centre == pytest.approx((-1.546, 53.793), abs=2e-3)


def test_an_ascii_grid_needs_the_name_of_its_system(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="Name the one that it was made in, such as EPSG:27700"):
        areas.add("Ascii", ascii_grid(), folder)
    made = areas.add("Ascii", ascii_grid(), folder, crs="EPSG:27700")
    assert (made.crs, made.bounds[:2]) == ("EPSG:27700", (400_000, 300_000))


def test_an_ascii_grid_in_degrees_counts_with_the_system_that_is_named(folder: Path) -> None:
    data = ascii_grid(0.001, 15.0, 45.0)
    with pytest.raises(InvalidInput, match="look like degrees"):
        areas.add("Ascii", data, folder)
    assert areas.add("Ascii", data, folder, crs="EPSG:4326").crs == "EPSG:32633"


@pytest.mark.parametrize(
    ("crs", "sentence"),
    [
        ("EPSG:32632", "no other coordinate system than the file's own, EPSG:32633"),
        ("EPSG:1", "a coordinate system by its number"),
        ("somewhere", "a coordinate system by its number"),
    ],
)
def test_a_system_that_makes_no_sense_is_refused(folder: Path, tif: Path, crs: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        areas.add("Brook", file_of(tif), folder, crs=crs)
    assert areas.names(folder) == ["sample"]


def test_coordinates_outside_their_system_are_refused(folder: Path, tif: Path) -> None:
    data = file_of(tif, crs="EPSG:32633", transform=from_origin(5e9, 5e9, 10, 10))
    with pytest.raises(InvalidInput, match="Expected"):
        areas.add("Nowhere", data, folder)


def test_an_area_across_the_edge_of_the_map_is_refused_and_leaves_nothing(folder: Path, tif: Path) -> None:
    data = file_of(tif, crs="EPSG:4326", transform=from_origin(179.99, -16, 1 / 3600, 1 / 3600))
    with pytest.raises(InvalidInput, match=r"on one side of 180 degrees.*Cut it in two"):
        areas.add("Taveuni", data, folder)
    assert areas.names(folder) == ["sample"]


def test_a_local_system_counts_as_none(folder: Path, tif: Path) -> None:
    data = file_of(tif, crs='LOCAL_CS["site grid",UNIT["metre",1]]')
    with pytest.raises(InvalidInput, match="Name the one that it was made in"):
        areas.add("Local", data, folder)
    assert areas.add("Local", data, folder, crs="EPSG:32631").crs == "EPSG:32631"


@pytest.mark.parametrize("data", [b"", b"not a raster", b"II*\0" + bytes(50)], ids=["empty", "text", "damaged"])
def test_no_raster_is_refused_and_leaves_nothing(folder: Path, data: bytes) -> None:
    with pytest.raises(InvalidInput, match="a terrain model as GeoTIFF or ASCII grid"):
        areas.add("Brook", data, folder)
    assert not list(folder.glob("*"))


def test_too_large_a_file_is_offered_wider_cells(folder: Path, tif: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "MAX_CELLS", 500)
    data = file_of(tif)
    said = area_sizes.look(data)
    assert (said.rows, said.cols, said.width, said.crs, said.fits) == (40, 50, 10, "EPSG:32633", 20)
    with pytest.raises(TooLarge, match="ask for cells 2 times as wide, of 20"):
        areas.add("Brook", data, folder)
    made = areas.add("Brook", data, folder, cell_size=said.fits)
    assert (made.rows, made.cols, made.dx) == (20, 25, 20)
    assert "averaged" in made.notes[0]


def test_too_large_a_forecast_is_offered_wider_cells(folder: Path, tif: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = areas.add("Brook", file_of(tif, 41, 50), folder)
    area_sizes.check_forecast(made)
    monkeypatch.setenv("LOOKOUT_MAX_FLOOD_CELLS", "250")
    settings.cache_clear()
    with pytest.raises(TooLarge, match=r"up to 250 cells to forecast. Received 41 x 50 of 10 m. Choose cells of 30 m"):
        area_sizes.check_forecast(made)
    area_sizes.check_forecast(made, 30.0)
    with pytest.raises(TooLarge, match="Received 21 x 25 of 20 m"):
        area_sizes.check_forecast(made, 20.0)
