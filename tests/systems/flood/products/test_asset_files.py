"""Assets from uploaded files: in the right place, with their names; harmful and broken ones refused."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import shapefile
from pyproj import CRS

from core.errors import InvalidInput, TooLarge
from core.systems.flood.products import asset_files, assets, shapefiles

UTM = "EPSG:32631"
EAST, NORTH = 501_000.0, 108_000.0
PLACE = (3.008988, 0.977109)  # the same in degrees


def packed(files: dict[str, bytes], **given: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **given) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return made.getvalue()


def parts(encoding: str = "utf-8", field: str = "NAME", kind: int = shapefile.POLYGONZ) -> dict[str, bytes]:
    """A shapefile of one square with a hole and a name, in UTM."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    outer = [(EAST, NORTH), (EAST, NORTH + 90), (EAST + 90, NORTH + 90), (EAST + 90, NORTH), (EAST, NORTH)]
    inner = [(x * 0.2 + EAST * 0.8 + 8, y * 0.2 + NORTH * 0.8 + 8) for x, y in outer[::-1]]
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=kind, encoding=encoding) as file:
        file.field(field, "C", 40)
        if kind == shapefile.POLYGONZ:
            file.polyz([[(x, y, 7.0) for x, y in ring] for ring in (outer, inner)])
        elif kind == shapefile.POINT:
            file.point(EAST, NORTH)
        else:
            file.null()
        file.record("Schule Süd")
    wkt = CRS.from_user_input(UTM).to_wkt("WKT1_ESRI").encode()
    return {"a/b.shp": shp.getvalue(), "a/b.shx": shx.getvalue(), "a/b.dbf": dbf.getvalue(), "a/b.prj": wkt}


def read(data: bytes, name: str = "upload", crs: str | None = None) -> list[assets.Asset]:
    return assets.read(asset_files.geojson(data, name, crs))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \n"])
def test_geojson_stays_as_it_is(mark: bytes) -> None:
    point = {"type": "Feature", "properties": {"name": "Pümp"}, "geometry": {"type": "Point", "coordinates": PLACE}}
    (found,) = read(mark + json.dumps(point, ensure_ascii=False).encode())
    assert (found.name, found.shape.x) == ("Pümp", PLACE[0])


@pytest.mark.parametrize(
    "text",
    [
        "name,longitude,latitude\nPump,{0},{1}\n",
        "Lat,Lon,Name\n{1},{0},Pump\n",
        "name;x;y\nPump;501000,0;108000,0\n",
        "Easting\tNorthing\tname\n501000\t108000\tPump\n",
    ],
)
def test_rows_of_a_table_are_points(text: str) -> None:
    (found,) = read(text.format(*PLACE).encode(), crs=UTM)
    assert found.name == "Pump"
    assert (found.shape.x, found.shape.y) == pytest.approx(PLACE, abs=1e-5)


def test_rows_are_called_by_their_id_where_they_have_no_name() -> None:
    assert [one.name for one in read(b"ID;lon;lat\nS-1;3;1\n")] == ["S-1"]


def test_rows_without_a_name_are_numbered() -> None:
    assert [one.name for one in read(b"lon,lat\n3,1\n3.1,1\n")] == ["asset 1", "asset 2"]


@pytest.mark.parametrize(("encoding", "cpg"), [("utf-8", None), ("cp1252", b"1252"), ("cp1252", b"CP1252\n")])
def test_a_shapefile_lies_where_its_prj_says(encoding: str, cpg: bytes | None) -> None:
    files = parts(encoding) | ({"a/b.cpg": cpg} if cpg else {})
    (found,) = read(packed(files | {"__MACOSX/a/._b.shp": b"x", "a/readme.txt": b"x"}))
    assert found.name == "Schule Süd"
    assert (found.shape.bounds[:2]) == pytest.approx(PLACE, abs=1e-5)
    assert len(found.shape.interiors) == 1
    assert not found.shape.has_z


@pytest.mark.parametrize("left_out", [["a/b.shx"], ["a/b.dbf", "a/b.shx"]], ids=str)
def test_a_shapefile_needs_neither_index_nor_table(left_out: list[str]) -> None:
    files = {name: data for name, data in parts(kind=shapefile.POINT).items() if name not in left_out}
    (found,) = read(packed(files))
    assert found.name == ("asset 1" if "a/b.dbf" in left_out else "Schule Süd")
    assert (found.shape.x, found.shape.y) == pytest.approx(PLACE, abs=1e-5)


def test_endings_in_capitals_will_do() -> None:
    (found,) = read(packed({name.upper(): data for name, data in parts().items()}))
    assert found.name == "Schule Süd"


@pytest.mark.parametrize("name", ["../b.txt", "/etc/b.txt", "a/../../b.txt", "..\\b.txt", "C:\\b.txt"])
def test_a_path_that_leads_out_of_the_zip_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="that stay in its folder"):
        read(packed({**parts(), name: b"x"}))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({**parts(), "a/b.cpg": bytes(100_000_000)})
    assert len(bomb) < 200_000
    many = packed({f"{number}": b"" for number in range(101)})
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(TooLarge, match=r"100 MB unpacked\. Received upload, with 5 files of 100 MB"):
        read(bomb)
    with pytest.raises(TooLarge, match="up to 100 files"):
        read(many)


def test_a_size_that_lies_is_found_out() -> None:
    files = {**parts(), "a/b.cpg": bytes(50_000)}
    data = bytearray(packed(files))
    for sign, place in ((b"PK\1\2", 24), (b"PK\3\4", 22)):  # in the directory, and before the file itself
        at = data.rindex(sign) + place
        assert struct.unpack_from("<I", data, at) == (50_000,)
        struct.pack_into("<I", data, at, 5)
    with pytest.raises(InvalidInput, match=r"a ZIP that cannot be unpacked|larger than it says"):
        read(bytes(data))


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(packed(parts()))
    at = data.index(b"PK\1\2") + 8
    data[at] |= 1
    with pytest.raises(InvalidInput, match="needs a password"):
        read(bytes(data))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.txt": b"x"}, r"one shapefile in upload. Received 0: a\.txt"),
        ({}, "one shapefile in upload. Received 0"),
        ({**parts(), "c.shp": b"x"}, r"Received 2: b\.shp, c\.shp"),
        ({name: data for name, data in parts().items() if name != "a/b.prj"}, "with its .prj"),
        ({**parts(), "a/b.prj": b"nowhere"}, "a .prj that names a coordinate system"),
        ({**parts(), "a/b.shp": b""}, "a shapefile that is damaged"),
        ({**parts(), "a/b.shp": b"x" * 500}, "a shapefile that is damaged"),
        ({**parts(), "a/b.shp": parts()["a/b.shp"][:150]}, "a shapefile that is damaged"),
        ({**parts(), "a/b.dbf": b"\3" * 64}, "a shapefile that is damaged"),
        (parts(kind=shapefile.NULL), "Received shape 1 without a place"),
    ],
    ids=range(10),
)
def test_a_shapefile_that_makes_no_sense_is_refused(files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read(packed(files))


def test_damaged_bytes_never_break_out() -> None:
    random, whole = np.random.default_rng(0), parts()
    for number in range(90):
        files = {name: bytearray(data) for name, data in whole.items()}
        name = ("a/b.shp", "a/b.dbf", "a/b.shx")[number % 3]
        for place in random.integers(0, len(files[name]), 6):
            files[name][place] = random.integers(256)
        with suppress(InvalidInput):
            read(packed({name: bytes(data) for name, data in files.items()}))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "which is empty"),
        (b" \n", "which is empty"),
        (b"PK\3\4 and no more", "a ZIP that cannot be unpacked"),
        (b"{", "which is no JSON"),
        (b"[" * 100_000, "which is no JSON"),
        (b"{}", "Received 'dict'"),
        (b"name\nPump\n", "with longitude and latitude, or x and y, in upload"),
        (b"longitude,latitude\n", "Received 0 rows"),
        (b"longitude,latitude\neast,1\n", "a number as longitude in row 2 of upload"),
        (b"longitude,latitude\n51.5,151\n", "Swap longitude and latitude"),
        (b"x,y\n501000,108000\n", "no area that says what they are"),
        (b"\x00\x01\x02\xff" * 99, "Expected"),
    ],
    ids=range(12),
)
def test_a_file_that_makes_no_sense_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read(data)


def test_places_that_the_area_cannot_have_are_refused() -> None:
    with pytest.raises(InvalidInput, match="without coordinates that are numbers"):
        read(b"x,y\n1e30,1e30\n", crs=UTM)


def test_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match=r"up to 10,000 assets\. Received 10,001"):
        read(b"lon,lat\n" + b"3,1\n" * 10_001)
    monkeypatch.setattr(shapefiles, "MAX_POINTS", 5)
    with pytest.raises(TooLarge, match="up to 5 points together"):
        read(packed(parts()))
    monkeypatch.setattr(asset_files, "MAX_BYTES", 10)
    with pytest.raises(TooLarge, match=r"of up to 1e-05 MB\. Received upload"):
        read(b"lon,lat\n3,1\n")
