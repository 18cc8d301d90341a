"""Assets from an uploaded file, as the GeoJSON in WGS 84 that `assets` reads.

| file | is read as |
|---|---|
| GeoJSON | it stands |
| CSV | a point per row at `longitude`, `latitude`, or at `x`, `y` in the area's coordinate system |
| ZIP | a shapefile, brought to WGS 84 by its .prj |

They are called by the column or field `name`, else `id`. Which of them a file is, its first bytes say. A ZIP is
unpacked in memory alone, as far as the limits go.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.errors import InvalidInput, LookoutError, TooLarge
from core.systems.flood.products.assets import EXPECTED, MOST_ASSETS, MOST_POINTS, Asset
from core.systems.flood.terrain import geography
from core.tables.columns import table
from core.tables.encodings import encoding_of

LARGEST = 20_000_000  # bytes of a file
LARGEST_UNPACKED = 100_000_000  # bytes of a shapefile's parts together
MOST_ENTRIES = 100  # of a ZIP
PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")
LONGITUDES, LATITUDES = ("longitude", "lon", "lng", "long"), ("latitude", "lat")
NAMES = ("name", "id")
EASTINGS, NORTHINGS = ("x", "easting"), ("y", "northing")
ACCEPTED = "Expected assets as GeoJSON, CSV or a zipped shapefile."


def geojson(data: bytes, file: str, crs: str | None = None) -> Any:
    """Decoded GeoJSON of what an uploaded file holds; crs: of the area, for x and y. Raises InvalidInput, TooLarge."""
    if not data.strip():
        raise InvalidInput(f"{ACCEPTED} Received {file}, which is empty. Check that the upload was complete.")
    if len(data) > LARGEST:
        raise TooLarge(
            f"{ACCEPTED[:-1]} of up to {LARGEST / 1e6:g} MB. Received {file}, {len(data) / 1e6:.3g} MB. Thin it out."
        )
    if data.startswith(b"PK"):
        return _shapefile(_parts(data, file), file)
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return decoded(data, file) if text.startswith((b"{", b"[")) else _points(data, file, crs)


def check_near(found: list[Asset], name: str, box: tuple[float, float, float, float]) -> None:
    """Raise InvalidInput if none lies on the area of that name; box: west, south, east, north of it [degrees]."""
    import shapely

    area, shapes = shapely.box(*box), np.array([one.shape for one in found], dtype=object)
    if shapely.intersects(shapes, area).any():
        return
    swapped = shapely.transform(shapes, lambda at: at[:, ::-1])
    hint = "Correct them, or choose the area that they lie on."
    place = shapes[0].representative_point()
    raise InvalidInput(
        f"Expected places on {name}, at longitude {box[0]:.4f} to {box[2]:.4f} and latitude {box[1]:.4f} to "
        f"{box[3]:.4f}. Received none there; {found[0].name:.80} lies at {place.x:.4f}, {place.y:.4f}. "
        + ("Swap longitude and latitude." if shapely.intersects(swapped, area).any() else hint)
    )


def decoded(data: bytes, file: str, expected: str = ACCEPTED) -> Any:
    """What is in a JSON file. Raises InvalidInput."""
    try:
        return json.loads(data.decode(encoding_of(data)).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(f"{expected} Received {file}, which is no JSON: {problem!s:.80}. Export it again.") from None


def _points(data: bytes, file: str, crs: str | None) -> dict[str, Any]:
    found = table(data, file)
    names = [_first(found.names, wanted) for wanted in (LONGITUDES, LATITUDES, EASTINGS, NORTHINGS)]
    longitude, latitude, x, y = names
    if not found.rows or not ((longitude and latitude) or (x and y)):
        raise InvalidInput(
            f"Expected a row for each asset with longitude and latitude, or x and y, in {file}. Received "
            f"{len(found.rows)} rows of {', '.join(found.names)!s:.80}. Name the columns so."
        )
    _check_number(len(found.rows))
    if longitude and latitude:
        east, north = found.numbers(longitude), found.numbers(latitude)
    else:
        east, north = _degrees(found.numbers(x or ""), found.numbers(y or ""), crs)
    names_in = _first(found.names, NAMES)
    called = found.texts(names_in) if names_in else [""] * len(found.rows)
    return geography.collection(
        [
            {
                "type": "Feature",
                "properties": {"name": name} if name else {},
                "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]},
            }
            for name, lon, lat in zip(called, east, north, strict=True)
        ]
    )


def _first(names: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    return next((one for one in wanted if one in names), None)


def _check_number(number: int) -> None:
    if number > MOST_ASSETS:
        raise TooLarge(f"Expected up to {MOST_ASSETS:,} assets. Received {number:,}. Send them in parts.")


def _degrees(x: np.ndarray, y: np.ndarray, crs: str | None) -> tuple[np.ndarray, np.ndarray]:
    from pyproj import Transformer

    if crs is None:
        raise InvalidInput("Expected longitude and latitude. Received x and y, and no area that says what they are.")
    east, north = Transformer.from_crs(crs, geography.WGS84, always_xy=True).transform(x, y)
    return np.asarray(east), np.asarray(north)


def _parts(data: bytes, file: str) -> dict[str, bytes]:
    """The parts of the one shapefile in a ZIP, by their endings."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = [one for one in packed.infolist() if not one.is_dir()]
            _check_entries(entries, file)
            wanted = _wanted(entries, file)
            return {ending: _unpacked(packed, one, file) for ending, one in wanted.items()}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as problem:
        raise InvalidInput(
            f"{ACCEPTED} Received {file}, a ZIP that cannot be unpacked: {problem!s:.80}. Pack it again."
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo], file: str) -> None:
    unpacked = sum(one.file_size for one in entries)
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
        raise TooLarge(
            f"Expected a ZIP of up to {MOST_ENTRIES} files and {LARGEST_UNPACKED / 1e6:g} MB unpacked. Received "
            f"{file}, with {len(entries)} files of {unpacked / 1e6:.3g} MB. Pack the shapefile alone."
        )
    for one in entries:
        path = PurePosixPath(one.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in one.filename:
            raise InvalidInput(
                f"Expected files in a ZIP that stay in its folder. Received {one.filename!r:.80} in {file}. Pack it "
                "again."
            )
        if one.flag_bits & 1:
            raise InvalidInput(f"{ACCEPTED} Received {file}, which needs a password. Pack it without.")


def _wanted(entries: list[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    """The parts of the one shapefile, by their endings."""
    seen = {
        PurePosixPath(one.filename): one
        for one in entries
        if not PurePosixPath(one.filename).name.startswith(".") and "__MACOSX" not in one.filename
    }
    shapes = [path for path in seen if path.suffix.lower() == ".shp"]
    if len(shapes) != 1:
        held = ", ".join(path.name for path in (shapes or seen))
        raise InvalidInput(
            f"Expected one shapefile in {file}. Received {len(shapes)}: {held:.120}. Pack one .shp with its .dbf and "
            ".prj."
        )
    stem = str(shapes[0].with_suffix("")).lower()
    parts = {path.suffix.lower(): one for path, one in seen.items() if str(path.with_suffix("")).lower() == stem}
    if ".prj" not in parts:
        raise InvalidInput(
            f"Expected a shapefile with its .prj, which says where it lies. Received {shapes[0].name} without. Pack it "
            "too."
        )
    return {ending: one for ending, one in parts.items() if ending in PARTS}


def _unpacked(packed: zipfile.ZipFile, one: zipfile.ZipInfo, file: str) -> bytes:
    with packed.open(one) as part:
        data = part.read(one.file_size + 1)
    if len(data) > one.file_size:
        raise InvalidInput(f"{ACCEPTED} Received {file}, of which a part is larger than it says. Pack it again.")
    return data


def _shapefile(parts: dict[str, bytes], file: str) -> dict[str, Any]:
    import shapefile

    held = {ending[1:]: io.BytesIO(data) for ending, data in parts.items() if ending in (".shp", ".dbf", ".shx")}
    move = _transform(parts[".prj"], file)
    encoding = _encoding(parts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a letter of a name that is lost
            warnings.simplefilter("error", shapefile.PossiblyCorruptFileHeader)
            with shapefile.Reader(**held, encoding=encoding, encodingErrors="replace") as reader:
                _check_number(len(reader))
                return geography.collection(_features(reader, move, with_names="dbf" in held))
    except LookoutError:
        raise
    except Exception as problem:  # on damaged bytes pyshp and shapely raise many types, warnings and assertions too
        raise InvalidInput(
            f"{ACCEPTED} Received {file}, a shapefile that is damaged: {problem!s:.80}. Export it again."
        ) from problem


def _encoding(parts: dict[str, bytes]) -> str:
    """Of the names, as the .cpg says; UTF-8 where it says nothing that Python knows."""
    import codecs

    said = parts.get(".cpg", b"")[:40].decode("ascii", "replace").strip()
    try:
        return codecs.lookup(said if not said.isdigit() else f"cp{said}").name
    except LookupError:
        return "utf-8"


def _transform(prj: bytes, file: str) -> Any:
    """From the shapefile's coordinate system to longitude and latitude."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        system = CRS.from_wkt(prj.decode("utf-8", "replace"))
        return Transformer.from_crs(system, geography.WGS84, always_xy=True)
    except ProjError:
        raise InvalidInput(
            f"Expected a .prj that names a coordinate system. Received one in {file} that does not. Export it again."
        ) from None


def _features(reader: Any, move: Any, *, with_names: bool) -> list[dict[str, Any]]:
    import shapely

    fields = {one[0].casefold(): one[0] for one in reader.fields[1:]} if with_names else {}
    field = next((fields[one] for one in NAMES if one in fields), None)
    made, points = [], 0
    for number in range(len(reader)):
        drawn = reader.shape(number)
        points += len(getattr(drawn, "points", ()))
        if points > MOST_POINTS:
            raise TooLarge(f"Expected assets of up to {MOST_POINTS:,} points together. Received more. Simplify them.")
        if not getattr(drawn, "points", ()):
            raise InvalidInput(f"{EXPECTED} Received shape {number + 1} without a place. Leave it out.")
        shape = shapely.force_2d(shapely.geometry.shape(drawn.__geo_interface__))
        moved = shapely.transform(shape, lambda at: np.column_stack(move.transform(at[:, 0], at[:, 1])))
        name = reader.record(number, fields=[field])[field] if field else None
        made.append(geography.feature(moved, {} if name in (None, "") else {"name": str(name)}))
    return made
