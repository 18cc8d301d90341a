"""Files of areas from strangers: GeoJSON, a zipped shapefile, or a GeoPackage into shapes in degrees of WGS 84.

What a file is, is seen from its first bytes, and only those three kinds go on: a library that guesses would also open
kinds that name files and hosts of their own.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import InvalidInput
from core.security.zip_files import DAMAGED_ZIP

MAX_BYTES = 50_000_000  # of a file, and of what is in a ZIP
MAX_MEMBERS = 200  # of a ZIP
ZIP, SQLITE, SHAPEFILE = b"PK\x03\x04", b"SQLite format 3\0", b"\x00\x00\x27\x0a"
GEOPACKAGE = (b"GPKG", b"GP10", b"GP11")  # SQLite's application id
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")  # of a shapefile
SOURCE_KEY = "lookout:source"  # of a file that was read before: where its areas came from
WGS84 = "EPSG:4326"
ADVICE = "Give a GeoJSON file, a ZIP with one shapefile, or a GeoPackage."


@dataclass(frozen=True)
class RawAreas:
    """What a file holds: a shape, or None, for each feature in degrees, and its columns.

    crs: the coordinate system in which the file has them; None where it does not say. source: from an earlier reading.
    """

    shapes: list[BaseGeometry]
    fields: Mapping[str, np.ndarray]
    crs: str | None
    source: str | None = None


def read_raw(data: bytes, max_features: int) -> RawAreas:
    """The features of a file. Raises InvalidInput."""
    if len(data) > MAX_BYTES:
        raise _refusal(f"a file of at most {MAX_BYTES // 10**6} MB", f"{len(data) / 1e6:,.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        if data.startswith(ZIP):
            raw = _with_gdal(_unpacked(data, Path(folder)), max_features)
        elif data.startswith(SQLITE):
            raw = _with_gdal(_geopackage(data, Path(folder)), max_features)
        else:
            raw = _geojson(data)
    if not raw.shapes:
        raise _refusal("at least one area", "an empty file")
    if len(raw.shapes) > max_features:
        raise _refusal(f"at most {max_features:,} areas", "more", "Leave out those that the table does not need.")
    flat = list(shapely.force_2d(raw.shapes))
    return RawAreas(_in_degrees(flat, raw.crs), raw.fields, raw.crs, raw.source)


def _geojson(data: bytes) -> RawAreas:
    try:
        document = json.loads(data.decode("utf-8-sig"))
        features = document["features"] if document["type"] == "FeatureCollection" else [document]
        features = [feature if feature["type"] == "Feature" else {"geometry": feature} for feature in features]
        shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features], on_invalid="ignore")
        properties = [dict(feature.get("properties") or {}) for feature in features]
        crs = (document.get("crs") or {"properties": {"name": None}})["properties"]["name"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise _refusal("areas", f"a file that is none of the known kinds ({type(problem).__name__})") from problem
    names = dict.fromkeys(name for row in properties for name in row)
    fields = {str(name): np.array([row.get(name) for row in properties], dtype=object) for name in names}
    source = document.get(SOURCE_KEY)
    return RawAreas(list(shapes), fields, crs, source if isinstance(source, str) else None)


def _unpacked(data: bytes, folder: Path) -> Path:
    """The one shapefile in a ZIP, as files in `folder`. Raises InvalidInput."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                member for member in archive.infolist() if not member.is_dir() and "__MACOSX" not in member.filename
            ]
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
                raise _refusal(
                    f"a ZIP of at most {MAX_MEMBERS} files and {MAX_BYTES // 10**6} MB unpacked",
                    f"{len(members):,} files, {sum(member.file_size for member in members) / 1e6:,.0f} MB",
                )
            shapefiles = [member.filename for member in members if member.filename.lower().endswith(".shp")]
            if len(shapefiles) != 1:
                raise _refusal("a ZIP with one shapefile (.shp, .shx, .dbf, .prj)", f"{len(shapefiles)} of them")
            stem = shapefiles[0][:-4].lower()
            for member in members:
                ending = member.filename[-4:].lower()
                if ending in PARTS and member.filename[:-4].lower() == stem:
                    _copy(archive, member, folder / f"areas{ending}")
    except DAMAGED_ZIP as problem:
        raise _refusal("a ZIP that can be opened", "a damaged or locked one") from problem
    path = folder / "areas.shp"
    if not path.read_bytes().startswith(SHAPEFILE) or not path.with_suffix(".dbf").exists():
        raise _refusal("a complete shapefile (.shp, .shx, .dbf, .prj)", "one that is damaged or lacks a part")
    return path


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Unpack a member under our own name; a ZIP may say less than it holds, so no more is read than it says."""
    with archive.open(member) as packed:
        unpacked = packed.read(member.file_size + 1)
    if len(unpacked) > member.file_size:
        raise _refusal("a ZIP whose files are as long as it says", "a longer one")
    path.write_bytes(unpacked)


def _geopackage(data: bytes, folder: Path) -> Path:
    if data[68:72] not in GEOPACKAGE:
        raise _refusal("a GeoPackage", "another kind of database")
    path = folder / "areas.gpkg"
    path.write_bytes(data)
    return path


def _with_gdal(path: Path, max_features: int) -> RawAreas:
    """The features of a shapefile or of the first layer of areas in a GeoPackage. Raises InvalidInput."""
    import pyogrio  # brings GDAL, and only who gives such a file needs it

    try:
        layers = pyogrio.list_layers(path)
        with_areas = [name for name, kind in layers if kind and ("Polygon" in kind or kind in ("Unknown", "Geometry"))]
        if not with_areas:
            raise _refusal("a layer of areas (polygons)", ", ".join(str(kind) for _, kind in layers) or "no layer")
        meta, _, geometry, columns = pyogrio.raw.read(
            path, layer=with_areas[0], max_features=max_features + 1, force_2d=True
        )
    except InvalidInput:
        raise
    except Exception as problem:  # pyogrio raises many types on damaged files, a NameError of its own among them
        reason = " ".join(str(problem).split())[:120] if isinstance(problem, RuntimeError | ValueError) else "unknown"
        raise _refusal("a file that can be read", f"a damaged one ({reason})") from problem
    shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    fields = {str(name): np.asarray(values) for name, values in zip(meta["fields"], columns, strict=True)}
    return RawAreas(list(shapes), fields, meta["crs"])


def _in_degrees(shapes: list[BaseGeometry], crs: str | None) -> list[BaseGeometry]:
    """Shapes of a coordinate system in degrees of WGS 84; unchanged where the file names none. Raises InvalidInput."""
    if crs is None:
        return shapes
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError, ProjError

    try:
        system = CRS.from_user_input(crs)
        transformer = Transformer.from_crs(system, WGS84, always_xy=True)
    except (CRSError, ProjError) as problem:
        raise _refusal("areas in a known coordinate system", f"{str(crs)[:80]}", "Export them as WGS 84.") from problem

    def degrees(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return [None if shape is None else shapely.transform(shape, degrees) for shape in shapes]


def _refusal(expected: str, received: str, advice: str = ADVICE) -> InvalidInput:
    return InvalidInput(expected=expected, received=received, advice=advice)
