"""What fuzzing once found, each made by hand: damage that came through as another error than a refusal in words."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from benchmarks.fuzz import child, valid_files
from benchmarks.fuzz.workbooks import zipped
from core.errors import InvalidInput, LookoutError
from core.maps.area_files import read_raw
from core.security.photos import decode_photo
from core.systems.crime.cleaning.column_mapping import map_columns
from core.systems.flood.forcing import hyetographs
from core.systems.flood.products import asset_files
from core.systems.flood.terrain import terrain_file
from core.tables import reader
from pages.parts.photos import uploads
from tests.support import bad_photos

SHAPEFILE = valid_files.places()["shapefile"][0]


def cut_at_its_beginning() -> bytes:
    """A ZIP whose list of contents points before the file."""
    return SHAPEFILE[40:]


def with_a_damaged_stream() -> bytes:
    """A ZIP of which the packed bytes of each member are no Deflate."""
    damaged = bytearray(SHAPEFILE)
    with zipfile.ZipFile(io.BytesIO(SHAPEFILE)) as archive:
        for member in archive.infolist():
            start = member.header_offset + 30 + len(member.filename)
            damaged[start : start + member.compress_size] = b"\xff" * member.compress_size
    return bytes(damaged)


def with_a_member_without_a_name() -> bytes:
    """A ZIP whose list of contents names its first member with no letter."""
    listed = SHAPEFILE.index(b"PK\x01\x02")
    (length,) = struct.unpack_from("<H", SHAPEFILE, listed + 28)
    without = (
        SHAPEFILE[: listed + 28] + b"\0\0" + SHAPEFILE[listed + 30 : listed + 46] + SHAPEFILE[listed + 46 + length :]
    )
    end = without.index(b"PK\x05\x06")
    (size,) = struct.unpack_from("<I", without, end + 12)
    return without[: end + 12] + struct.pack("<I", size - length) + without[end + 16 :]


DAMAGED = (cut_at_its_beginning, with_a_damaged_stream, with_a_member_without_a_name)


@pytest.mark.parametrize("damaged", DAMAGED, ids=lambda make: make.__name__)
def test_a_damaged_zip_of_areas_or_assets_is_refused(damaged):
    with pytest.raises(InvalidInput, match="Expected"):
        read_raw(damaged(), 100)
    with pytest.raises(InvalidInput, match="Expected"):
        asset_files.geojson(damaged(), "assets.zip")


@pytest.mark.parametrize("damaged", DAMAGED, ids=lambda make: make.__name__)
def test_a_damaged_zip_of_photos_costs_the_photos_that_cannot_be_unpacked(damaged, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "SUFFIXES", ("shp", "dbf", "shx", "prj", "cpg"))
    (tmp_path / "photos.zip").write_bytes(damaged())
    photos, refused = uploads.look_into(uploads.GivenFile.of("photos.zip", damaged()), 0)
    assert photos or refused
    for photo in photos:
        try:
            assert isinstance(uploads.read(tmp_path / "photos.zip", photo.entry), bytes)
        except LookoutError as problem:
            assert "Make the ZIP again" in problem.message


def test_a_shapefile_whose_encoding_is_no_word_is_read_as_utf_8():
    with zipfile.ZipFile(io.BytesIO(SHAPEFILE)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    collection = asset_files.geojson(zipped({**parts, "areas.cpg": b"UTF\0-8"}), "assets.zip")
    assert [feature["properties"]["name"] for feature in collection["features"]] == ["North", "North"]


def test_a_shapefile_whose_coordinate_system_is_no_text_is_refused():
    with zipfile.ZipFile(io.BytesIO(SHAPEFILE)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(InvalidInput, match="Expected"):
        read_raw(zipped({**parts, "areas.prj": parts["areas.prj"].replace(b"Greenwich", b"Green\x88ich")}), 100)


def test_a_parquet_file_is_read_although_what_pandas_wrote_beside_is_damaged():
    table = pa.table({"Date": ["2020-01-01"], "Block": ["Ash St"]}).replace_schema_metadata({"pandas": "{no JSON"})
    file = io.BytesIO()
    parquet.write_table(table, file)
    assert reader.read_table(file.getvalue()).frame["Block"].tolist() == ["Ash St"]
    assert reader.read_preview(file.getvalue())["Block"].tolist() == ["Ash St"]


def test_a_parquet_file_of_texts_that_are_none_is_refused():
    texts = pa.array([b"\xff\xfe", b"b"], pa.binary()).view(pa.string())
    file = io.BytesIO()
    parquet.write_table(pa.table({"Date": texts, "Block": texts}), file)
    with pytest.raises(InvalidInput, match="Expected a Parquet file"):
        reader.read_table(file.getvalue())


def test_lines_of_separators_alone_are_no_table():
    with pytest.raises(InvalidInput, match="Expected"):
        reader.read_table(b"\x1c\x1d \x1e\n\x1c\n")


def test_a_column_named_like_a_coordinate_that_holds_no_number_is_none():
    frame = pd.DataFrame(
        {"X": ["east", "west"], "Y": ["1,5", "north"], "Date": ["2020-01-01", "2020-01-02"]}, dtype="string"
    )
    chosen = map_columns(frame, {}).chosen
    assert "longitude" not in chosen
    assert "latitude" not in chosen
    assert chosen["date"] == "Date"


@pytest.mark.parametrize(
    "place",
    [
        {"crs": "EPSG:32633", "transform": (10, 0, 1e30, 0, -10, 1e30)},
        {"crs": "EPSG:32633", "transform": (1e-300, 0, 500_000, 0, -1e-300, 5_000_000)},
        {"crs": "EPSG:4326", "transform": (1e-200, 0, 3.0, 0, -1e-200, 1.0)},
    ],
    ids=["nowhere", "no width", "no width in degrees"],
)
def test_terrain_that_lies_nowhere_is_refused_in_words(place):
    data = valid_files._geotiff(np.ones((24, 30), np.float32), place)
    with pytest.raises(InvalidInput, match="Expected"):
        terrain_file.preview(data)
    if place["crs"] == "EPSG:4326":
        with pytest.raises(InvalidInput, match="Expected"):
            terrain_file.read(data)


@pytest.mark.parametrize("data", [b"\0", b"\0\0", b"\0 "], ids=repr)
def test_a_nul_alone_is_no_table(data):
    with pytest.raises(InvalidInput, match="Expected"):
        hyetographs.rains(data, "rain.csv")
    with pytest.raises(InvalidInput, match="Expected"):
        reader.read_table(data)


def test_a_picture_of_floating_point_may_reach_from_end_to_end():
    largest = np.finfo(np.float32).max
    picture = Image.fromarray(np.array([[-largest, 0], [largest, np.nan]], np.float32).repeat(8, 0).repeat(8, 1))
    grey = np.asarray(decode_photo(bad_photos.encode(picture, "TIFF")).convert("L"))
    assert (grey[0, 0], grey[-1, 0]) == (0, 255)
    assert 126 <= grey[0, -1] == grey[-1, -1] <= 128


@pytest.mark.skipif(not child.RESET.exists(), reason="where glibc gives memory back")
@pytest.mark.parametrize("mode", ["1", "RGB", "RGBA"])
def test_what_is_kept_of_large_photos_holds_up_no_memory_of_the_rest(mode):
    data = bad_photos.encode(Image.new(mode, (8900, 8900)), "PNG")
    before = psutil.Process().memory_info().rss
    kept = [decode_photo(data) for _ in range(3)]  # 4 MB each; one decoded takes 320
    assert (psutil.Process().memory_info().rss - before) / 1e6 < 100
    assert len(kept) == 3


@pytest.mark.skipif(not child.RESET.exists(), reason="peaks of memory are told by Linux")
@pytest.mark.parametrize(("mode", "times"), [("RGB", 2), ("RGBA", 2), ("LA", 3)])
def test_a_large_photo_is_in_memory_twice_and_with_grey_transparency_three_times(mode, times):
    side, megabytes = 5000, 100  # four bytes a pixel in Pillow
    data = bad_photos.encode(Image.new(mode, (side, side)), "PNG")
    before = child._reset_peak()
    decode_photo(data)
    assert child._peak() - before < (times + 0.6) * megabytes
