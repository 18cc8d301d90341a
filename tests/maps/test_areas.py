"""Areas from files of strangers, and the shipped districts: read, named, refused, and held against the records."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from core.errors import InvalidInput
from core.maps import area_files, areas
from tests.support import places

SF = {"MISSION": (37.7599, -122.4148), "PARK": (37.7694, -122.4469)}
"""Places inside two of San Francisco's police districts."""


def records(district: list[str | None], place: list[tuple[float, float]]) -> pd.DataFrame:
    latitudes, longitudes = np.array(place, dtype=float).T
    return pd.DataFrame({"latitude": latitudes, "longitude": longitudes, "district": district})


def test_geojson_is_read_and_named_by_the_column_that_tells_names() -> None:
    found = areas.read("beats.geojson", places.geojson())
    assert found.names == ("WEST BEAT", "EAST BEAT")
    assert found.shape_of("EAST BEAT").equals(places.TWO[1])
    assert found.source == "Areas from beats.geojson"


def test_areas_are_named_by_the_column_that_holds_the_records_districts() -> None:
    features = json.loads(places.geojson())
    for feature, code in zip(features["features"], ("K-1", "K-2"), strict=True):
        feature["properties"]["code"] = code
    assert areas.read("x", json.dumps(features).encode(), ["k-1", "k-2"]).names == ("K-1", "K-2")


def test_areas_of_one_name_are_one_area() -> None:
    found = areas.read("x", places.geojson(names=["CENTRAL", "CENTRAL"]))
    assert found.names == ("CENTRAL",)
    assert found.shapes[0].area == pytest.approx(sum(shape.area for shape in places.TWO))


@pytest.mark.parametrize("kind", ["shp", "gpkg"])
def test_a_shapefile_and_a_geopackage_in_metres_come_out_in_degrees(kind: str, tmp_path: Path) -> None:
    path = places.layer(tmp_path / f"beats.{kind}", places.in_metres(), crs="EPSG:32610")
    data = places.zipped(tmp_path) if kind == "shp" else path.read_bytes()
    found = areas.read(path.name, data)
    assert found.names == ("WEST BEAT", "EAST BEAT")
    assert shapely.hausdorff_distance(found.shapes[0], places.TWO[0]) < 1e-6  # degrees, some 0.1 m


def test_what_was_kept_is_read_again() -> None:
    found = areas.read("beats.zip", places.geojson())
    again = areas.read("kept", areas.written(found))
    assert (again.names, again.source) == (found.names, "Areas from beats.zip")
    assert all(new.equals(old) for new, old in zip(again.shapes, found.shapes, strict=True))


def test_a_broken_border_is_mended() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    found = areas.read("x", places.geojson([bow_tie], ["BOW"]))
    assert found.shapes[0].is_valid
    assert found.shapes[0].area == pytest.approx(2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "none of the known kinds"),
        (b"name,x,y\nA,1,2\n", "none of the known kinds"),
        (b"[" * 100_000, "none of the known kinds"),
        (b'{"type": "FeatureCollection", "features": []}', "an empty file"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null}]}', "Received nothing"),
        (places.geojson([shapely.Point(1, 2)], ["A"]), "Received Point"),
        (places.geojson(places.in_metres()), "coordinates in degrees after conversion from WGS 84, which the file"),
        (places.geojson(crs={"type": "name", "properties": {"name": "EPSG:999999"}}), "a known coordinate system"),
        (
            places.geojson(
                [shapely.box(1e12, 1e12, 2e12, 2e12)],
                ["FAR"],
                crs={"type": "name", "properties": {"name": "EPSG:32610"}},
            ),
            "coordinates in degrees after conversion from EPSG:32610",
        ),
        (b"SQLite format 3\0" + bytes(4000), "another kind of database"),
        (
            b"SQLite format 3\0" + bytes(44) + b"\0\0\x27\xd8" + bytes(4) + b"GPKG" + bytes(4000),
            "a file that can be read",
        ),
        (b"PK\x03\x04" + bytes(100), "a ZIP that can be opened"),
        (b'<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>', "none of the known kinds"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        areas.read("bad", data)
    assert said in refused.value.message
    assert refused.value.advice


def test_areas_that_hold_no_record_are_told() -> None:
    here, far = areas.read("x", places.geojson()), areas.read("x", places.geojson([shapely.box(1, 1, 2, 2)], ["FAR"]))
    frame = records(["A", None], [(37.76, -122.44), (np.nan, np.nan)])
    assert not areas.none_inside(here, frame)
    assert areas.none_inside(far, frame)


def test_a_huge_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_files, "MAX_BYTES", 100)
    with pytest.raises(InvalidInput, match="a file of at most 0 MB"):
        areas.read("x", places.geojson())
    monkeypatch.undo()
    monkeypatch.setattr(areas, "MAX_CORNERS", 9)
    with pytest.raises(InvalidInput, match=r"at most 9 corners together\. Received 10"):
        areas.read("x", places.geojson())
    monkeypatch.setattr(areas, "MAX_AREAS", 1)
    with pytest.raises(InvalidInput, match="at most 1 areas"):
        areas.read("x", places.geojson())


def packed(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a.txt": b"x"}, "a ZIP with one shapefile (.shp, .shx, .dbf, .prj). Received 0"),
        ({"a.shp": b"x", "b.shp": b"x"}, "Received 2 of them"),
        ({"a.shp": b"<OGRVRTDataSource/>", "a.dbf": b"x"}, "a complete shapefile"),
        ({"a.shp": bytes(60_000_000)}, "a ZIP of at most 200 files and 50 MB unpacked"),  # 60 kB when packed
        ({f"{number}.txt": b"x" for number in range(201)}, "Received 201 files"),
    ],
)
def test_a_malicious_zip_is_refused(members: dict[str, bytes], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        areas.read("bad.zip", packed(members))
    assert said in refused.value.message


def test_nothing_in_a_zip_is_written_outside_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    places.layer(folder / "beats.shp")
    members = {f"../../{path.name}": path.read_bytes() for path in folder.iterdir()}
    before = set(tmp_path.rglob("*")) | set(Path.cwd().iterdir())
    assert areas.read("beats.zip", packed(members)).names == ("WEST BEAT", "EAST BEAT")
    assert set(tmp_path.rglob("*")) | set(Path.cwd().iterdir()) == before


def test_the_shipped_districts_are_the_ten_of_the_city() -> None:
    assert len(areas.shipped().names) == 10
    assert all(
        areas.shipped().shape_of(name).contains(shapely.Point(east, north)) for name, (north, east) in SF.items()
    )


def test_the_shipped_districts_are_drawn_where_the_records_lie_in_them() -> None:
    found = areas.shipped_for(records(["MISSION", "Park", None], [SF["MISSION"], SF["PARK"], SF["PARK"]]))
    assert found is not None
    assert found[1] == 1.0


@pytest.mark.parametrize(
    "frame",
    [
        records(["MISSION"] * 10, [SF["PARK"]] * 10),  # they lie elsewhere
        records(["NORTH"] * 10, [SF["PARK"]] * 10),  # other names
        records([None] * 10, [SF["PARK"]] * 10),
        records(["MISSION"] * 10, [(np.nan, np.nan)] * 10),
        records(["MISSION"] * 8 + ["ELSEWHERE"] * 2, [SF["MISSION"]] * 10),  # a table of more than the city
    ],
)
def test_no_border_is_drawn_that_is_not_the_tables_own(frame: pd.DataFrame) -> None:
    assert areas.shipped_for(frame) is None


def test_a_real_years_records_lie_in_the_district_that_they_name(shared_data: Path) -> None:
    frame = pd.read_parquet(shared_data / "crime" / "sf_incidents_2003_2014.parquet", columns=["PdDistrict", "X", "Y"])
    frame = frame.iloc[-50_000:].rename(columns={"PdDistrict": "district", "X": "longitude", "Y": "latitude"})
    found = areas.shipped_for(frame)
    assert found is not None
    assert found[1] > 0.96
