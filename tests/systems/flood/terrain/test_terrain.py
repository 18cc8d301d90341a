"""Terrain files as they come: each oddity has a stated treatment or a clear refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from core.errors import InvalidInput, TooLarge
from core.systems.flood.terrain import terrain_file
from tests.support.terrains import hills

UTM = "EPSG:32633"
FEET_AND_METRES = "EPSG:32633+6360"  # NAVD88 height (US survey foot)


def written(path: Path, numbers: np.ndarray, **change: Any) -> Path:
    """A GeoTIFF of 10 m cells in UTM, unless said otherwise."""
    bands = numbers if numbers.ndim == 3 else numbers[None]
    given = {"crs": UTM, "transform": from_origin(500_000, 5_000_000, 10, 10), "dtype": bands.dtype, **change}
    unit = given.pop("unit", None)
    with rasterio.open(
        path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=len(bands), **given
    ) as file:
        file.write(bands)
        if unit:
            file.units = [unit] * len(bands)
    return path


@pytest.fixture
def tif(tmp_path: Path) -> Path:
    return tmp_path / "terrain.tif"


def test_a_plain_file_is_read_as_it_stands(tif: Path) -> None:
    ground = hills(20, 30).astype(np.float32)
    found = terrain_file.read(written(tif, ground))
    np.testing.assert_array_equal(found.elevation, ground)
    assert (found.dx, found.dy, found.notes) == (10, 10, ())
    assert found.cells(np.array([500_000.0, 500_299.0]), np.array([5_000_000.0, 4_999_801.0])).tolist() == [
        [0, 0],
        [19, 29],
    ]


def test_bytes_and_a_file_say_the_same(tif: Path) -> None:
    written(tif, hills(8, 9))
    np.testing.assert_array_equal(terrain_file.read(tif.read_bytes()).elevation, terrain_file.read(tif).elevation)


def test_an_ascii_grid_counts_its_cells_in_metres_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "terrain.asc"
    rows = "\n".join(" ".join(["5", "-9999", "6", "7"]) for _ in range(3))
    path.write_text(f"ncols 4\nnrows 3\nxllcorner 1000\nyllcorner 2000\ncellsize 5\nNODATA_value -9999\n{rows}\n")
    found = terrain_file.read(path)
    assert found.crs is None
    assert "no coordinate system: its cells count as 5 x 5 m" in found.notes[0]
    assert np.isnan(found.elevation[:, 1]).all()
    assert found.cells(np.array([1001.0]), np.array([2014.0])).tolist() == [[0, 0]]


def test_degrees_are_brought_to_the_utm_zone(tif: Path) -> None:
    ground = hills(60, 80)
    written(tif, ground, crs="EPSG:4326", transform=from_origin(15.0, 45.0, 1 / 1200, 1 / 1200))
    found = terrain_file.read(tif)
    assert "brought to EPSG:32633 (UTM) with cells of" in found.notes[-1]
    assert found.dx == found.dy == pytest.approx(92.7 * np.sqrt(np.cos(np.radians(45))), rel=0.01)
    assert np.nanmean(found.elevation) == pytest.approx(ground.mean(), abs=0.05)
    row, col = found.cells(np.array([15.03]), np.array([44.98]))[0]
    assert found.elevation[row, col] == pytest.approx(ground[24, 36], abs=0.2)


def test_degrees_south_of_the_equator_too(tif: Path) -> None:
    written(tif, hills(30, 30), crs="EPSG:4326", transform=from_origin(151.7, -32.9, 1e-4, 1e-4))
    assert "EPSG:32756" in terrain_file.read(tif).notes[-1]


@pytest.mark.parametrize("change", [{"unit": "ft"}, {"crs": FEET_AND_METRES}], ids=["band", "vertical system"])
def test_feet_are_turned_into_metres_where_the_file_says_so(tif: Path, change: dict[str, Any]) -> None:
    found = terrain_file.read(written(tif, hills(5, 5) * 100, **change))
    np.testing.assert_allclose(found.elevation, hills(5, 5) * 30.48, rtol=1e-5)
    assert "elevations in feet" in found.notes[0]


def test_cells_in_feet_are_measured_in_metres(tif: Path) -> None:
    found = terrain_file.read(written(tif, hills(5, 5), crs="EPSG:2263"))
    assert found.dx == pytest.approx(3.048, rel=1e-5)


@pytest.mark.parametrize("hole", [np.nan, -32768, -9999, 3.4e38, -np.inf], ids=str)
@pytest.mark.parametrize("marked", [True, False])
def test_marks_of_no_data_are_no_data_also_where_the_file_does_not_say_so(tif: Path, hole: float, marked: bool) -> None:
    ground = hills(6, 6).astype(np.float32)
    ground[2, 3] = hole
    found = terrain_file.read(written(tif, ground, nodata=np.float32(hole) if marked else None))
    assert (~found.valid).sum() == 1
    assert not found.valid[2, 3]


def test_elevations_that_no_land_has_are_no_data_with_a_note(tif: Path) -> None:
    ground = hills(6, 6)
    ground[0, :2] = -999
    found = terrain_file.read(written(tif, ground))
    assert (~found.valid).sum() == 2
    assert "2 cells with elevations below -500 or above 9000 m, such as -999" in found.notes[0]


def test_integers_with_minus_32768_in_a_coarser_grid_do_not_spoil_their_neighbours(tif: Path) -> None:
    ground = np.full((7, 9), 40, np.int16)
    ground[0, 0] = -32768
    found = terrain_file.read(written(tif, ground), cell_size=30)
    assert found.elevation.shape == (3, 3)
    assert (found.elevation == 40).all()
    assert found.dx == 30
    assert "3 x 3 cells of the file were averaged" in found.notes[0]


def test_a_grid_that_starts_in_the_south_is_turned(tif: Path) -> None:
    ground = hills(6, 6)
    written(tif, ground[::-1].copy(), transform=rasterio.Affine(10, 0, 500_000, 0, 10, 4_999_940))
    found = terrain_file.read(tif)
    np.testing.assert_array_equal(found.elevation, ground)
    assert found.cells(np.array([500_001.0]), np.array([4_999_999.0])).tolist() == [[0, 0]]


def test_a_grid_that_starts_in_the_east_is_turned(tif: Path) -> None:
    ground = hills(6, 6)
    written(tif, ground[:, ::-1].copy(), transform=rasterio.Affine(-10, 0, 500_060, 0, -10, 5_000_000))
    found = terrain_file.read(tif)
    np.testing.assert_array_equal(found.elevation, ground)
    assert found.dx == 10
    assert found.cells(np.array([500_001.0]), np.array([4_999_999.0])).tolist() == [[0, 0]]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n  "], ids=["mark", "blanks"])
@pytest.mark.parametrize("head", ["ncols 4\nnrows 3", "nrows 3\nncols 4", "NCOLS 4\r\nNROWS 3"])
@pytest.mark.parametrize("point", [".", ","])
def test_an_ascii_grid_may_be_written_in_many_ways(before: bytes, head: str, point: str) -> None:
    rows = "\n".join(" ".join(f"{10 * row + col}.5" for col in range(4)) for row in range(3))
    text = f"{head}\nxllcorner 500000\nyllcorner 5000000\ncellsize 10\n{rows}\n".replace(".", point)
    found = terrain_file.read(before + text.encode(), crs=UTM)
    np.testing.assert_array_equal(found.elevation, 10 * np.arange(3)[:, None] + np.arange(4) + 0.5)


def test_a_grid_that_breaks_off_says_so_without_a_programs_words() -> None:
    text = b"ncols 4\nnrows 3\nxllcorner 500000\nyllcorner 5000000\ncellsize 10\n1 2 3 4\n5 6\n"
    with pytest.raises(InvalidInput, match=r"which is damaged or breaks off\. Export it again\."):
        terrain_file.read(text, crs=UTM)


def test_several_bands_give_the_first_with_a_note(tif: Path) -> None:
    found = terrain_file.read(written(tif, np.stack([hills(5, 5), hills(5, 5, seed=1)])))
    np.testing.assert_array_equal(found.elevation, hills(5, 5))
    assert "2 bands: the first counts" in found.notes[0]


def test_flat_terrain_is_taken_with_a_note(tif: Path) -> None:
    found = terrain_file.read(written(tif, np.full((5, 5), 12.0)))
    assert "The terrain is flat: every cell lies at 12 m" in found.notes[0]


def test_too_many_cells_are_refused_from_the_header_and_can_be_averaged(tif: Path) -> None:
    given = {"crs": UTM, "transform": from_origin(5e5, 5e6, 1, 1), "dtype": "float32", "tiled": True}
    with rasterio.open(tif, "w", driver="GTiff", height=20_000, width=20_000, count=1, sparse_ok=True, **given):
        pass
    assert tif.stat().st_size < 1_000_000  # 1.6 GB of cells, none of them written
    with pytest.raises(TooLarge, match=r"Received 20,000 x 20,000. .* cells 5 times as wide, of 5: they are averaged"):
        terrain_file.read(tif)


def test_a_block_that_would_fill_the_memory_is_refused(tif: Path) -> None:
    given = {"crs": UTM, "transform": from_origin(5e5, 5e6, 1, 1), "dtype": "uint8"}
    given |= {"tiled": True, "blockxsize": 20_000, "blockysize": 20_000, "compress": "deflate"}
    with rasterio.open(tif, "w", driver="GTiff", height=20_000, width=20_000, count=1, sparse_ok=True, **given):
        pass
    with pytest.raises(TooLarge, match="in blocks of 400,000,000"):
        terrain_file.read(tif, cell_size=10)


@pytest.mark.parametrize(
    ("numbers", "change", "sentence"),
    [
        (np.full((5, 5), np.nan), {}, "a file in which no cell has data"),
        (np.full((5, 5), -32768, np.int16), {}, "a file in which no cell has data"),
        (np.full((5, 5), 50_000, np.int32), {}, "Expected elevations from -500 to 9000 m.* or export it in metres"),
        (hills(1, 50), {}, "at least 3 x 3 cells. Received 1 x 50"),
        (np.zeros((3, 16, 16), np.uint8), {}, "3 bands of uint8, a picture"),
        (np.zeros((16, 16), np.uint8), {"compress": "jpeg"}, "compressed as JPEG"),
        (np.zeros((3, 16, 16), np.uint8), {"compress": "jpeg", "photometric": "ycbcr"}, "compressed as JPEG"),
        (np.zeros((5, 5), np.complex64), {}, "bands of complex64"),
        (hills(5, 5), {"crs": None, "transform": rasterio.Affine.identity()}, "Received neither"),
        (hills(5, 5), {"crs": None, "transform": from_origin(15, 45, 1e-3, 1e-3)}, "look like degrees"),
        (hills(5, 5), {"transform": from_origin(0, 0, 1, 1) @ rasterio.Affine.rotation(30)}, "Received a turned one"),
        (hills(5, 5), {"crs": "EPSG:4326", "transform": from_origin(15, 89, 1e-3, 1e-3)}, "fits a UTM zone"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_what_is_no_terrain_is_refused(tif: Path, numbers: np.ndarray, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        terrain_file.read(written(tif, numbers, **change))


def test_a_cell_size_finer_than_the_file_is_refused(tif: Path) -> None:
    with pytest.raises(InvalidInput, match="at least the file's own, 10"):
        terrain_file.read(written(tif, hills(5, 5)), cell_size=5)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "which is empty"),
        (b"\xff\xd8\xff\xe0 a photo", "neither of them"),
        (b"<VRTDataset/>", "neither of them"),
        (b"II*\0 and no more", "damaged"),
        (b"ncols 3\nnrows 3\ncellsize x", "damaged"),
    ],
    ids=str,
)
def test_what_is_no_raster_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "file.tif").write_bytes(content)
    for source in (content, tmp_path / "file.tif"):
        with pytest.raises(InvalidInput, match=sentence):
            terrain_file.read(source)


def test_a_file_that_breaks_off_is_refused(tif: Path) -> None:
    whole = written(tif, hills(200, 200)).read_bytes()
    with pytest.raises(InvalidInput, match="damaged"):
        terrain_file.read(whole[: len(whole) // 2])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.tif, which is no file"):
        terrain_file.read(tmp_path / "nowhere.tif")


def test_every_terrain_of_the_collection_can_be_read(shared_flood: Path) -> None:
    files = sorted((shared_flood / "dems").glob("*.tif"))
    for path in files:
        found = terrain_file.read(path)
        assert 0.9 < found.dx < 110, path
        assert found.valid.mean() > 0.3, path
    assert len(files) > 30
