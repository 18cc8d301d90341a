"""The features of a zipped shapefile as GeoJSON in WGS 84; unpacked in memory alone, as far as the limits go."""

from __future__ import annotations

import codecs
import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.errors import InvalidInput, LookoutError, TooLarge
from core.security.zip_files import DAMAGED_ZIP
from core.systems.flood.products.assets import EXPECTED, MAX_POINTS, check_number
from core.systems.flood.terrain import geography

MAX_UNPACKED = 100_000_000  # bytes of all parts together
MAX_ENTRIES = 100  # files in a ZIP
PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")

ShapeReader = Any
"""shapefile.Reader: pyshp brings no types and is imported where it is needed."""


def read(data: bytes, file: str, accepted: str, names: Sequence[str]) -> Mapping[str, object]:
    """A GeoJSON collection of the shapefile in a ZIP. Raises InvalidInput, TooLarge.

    data: the ZIP's bytes.
    file: its name, for errors.
    accepted: what would have been accepted, for errors.
    names: fields that may hold a feature's name, the best first.
    """
    parts = _unpack_parts(data, file, accepted)
    return _collection(parts, file, accepted, names)


def _unpack_parts(data: bytes, file: str, accepted: str) -> dict[str, bytes]:
    """The parts of the one shapefile in a ZIP, by their endings."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir()]
            _check_entries(entries, file, accepted)
            parts = _find_parts(entries, file)
            return {ending: _unpack(packed, entry, file, accepted) for ending, entry in parts.items()}
    except DAMAGED_ZIP as problem:
        raise InvalidInput(
            expected=accepted,
            received=f"{file}, a ZIP that cannot be unpacked: {problem!s:.80}",
            advice="Pack it again.",
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo], file: str, accepted: str) -> None:
    """Refuse a ZIP that is too large, leads out of its folder or has a password, before anything is unpacked."""
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise TooLarge(
            expected=f"a ZIP of up to {MAX_ENTRIES} files and {MAX_UNPACKED / 1e6:g} MB unpacked",
            received=f"{file}, with {len(entries)} files of {unpacked / 1e6:.3g} MB",
            advice="Pack the shapefile alone.",
        )
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise InvalidInput(
                expected="files in a ZIP that stay in its folder",
                received=f"{entry.filename!r:.80} in {file}",
                advice="Pack it again.",
            )
        if entry.flag_bits & 1:
            raise InvalidInput(expected=accepted, received=f"{file}, which needs a password", advice="Pack it without.")


def _find_parts(entries: list[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    """The entries of the one shapefile, by their endings."""
    files = {
        PurePosixPath(entry.filename): entry
        for entry in entries
        if not PurePosixPath(entry.filename).name.startswith(".") and "__MACOSX" not in entry.filename
    }
    shapes = [path for path in files if path.suffix.lower() == ".shp"]
    if len(shapes) != 1:
        names = ", ".join(path.name for path in (shapes or files))
        raise InvalidInput(
            expected=f"one shapefile in {file}",
            received=f"{len(shapes)}: {names:.120}",
            advice="Pack one .shp with its .dbf and .prj.",
        )
    stem = str(shapes[0].with_suffix("")).lower()
    parts = {path.suffix.lower(): entry for path, entry in files.items() if str(path.with_suffix("")).lower() == stem}
    if ".prj" not in parts:
        raise InvalidInput(
            expected="a shapefile with its .prj, which says where it lies",
            received=f"{shapes[0].name} without",
            advice="Pack it too.",
        )
    return {ending: entry for ending, entry in parts.items() if ending in PARTS}


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str, accepted: str) -> bytes:
    """An entry's bytes; not more than the ZIP says that it has."""
    with packed.open(entry) as part:
        data = part.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise InvalidInput(
            expected=accepted,
            received=f"{file}, of which a part is larger than it says",
            advice="Pack it again.",
        )
    return data


def _collection(parts: dict[str, bytes], file: str, accepted: str, names: Sequence[str]) -> Mapping[str, object]:
    import shapefile

    files = {ending[1:]: io.BytesIO(data) for ending, data in parts.items() if ending in (".shp", ".dbf", ".shx")}
    transformer = _transformer(parts[".prj"], file)
    encoding = _encoding(parts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a letter of a name that is lost
            warnings.simplefilter("error", shapefile.PossiblyCorruptFileHeader)
            with shapefile.Reader(**files, encoding=encoding, encodingErrors="replace") as reader:
                check_number(len(reader))
                return geography.collection(_features(reader, transformer, names if "dbf" in files else ()))
    except LookoutError:
        raise
    except Exception as problem:  # on damaged bytes pyshp and shapely raise many types, warnings and assertions too
        raise InvalidInput(
            expected=accepted,
            received=f"{file}, a shapefile that is damaged: {problem!s:.80}",
            advice="Export it again.",
        ) from problem


def _encoding(parts: dict[str, bytes]) -> str:
    """The encoding of names as the .cpg says; UTF-8 where it says nothing that Python knows."""
    label = parts.get(".cpg", b"")[:40].decode("ascii", "replace").strip()
    try:
        return codecs.lookup(label if not label.isdigit() else f"cp{label}").name
    except (LookupError, ValueError):  # the latter for a NUL in the label
        return "utf-8"


def _transformer(prj: bytes, file: str) -> Any:
    """Pyproj's Transformer from the shapefile's coordinate system to longitude and latitude."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        system = CRS.from_wkt(prj.decode("utf-8", "replace"))
        return Transformer.from_crs(system, geography.WGS84, always_xy=True)
    except ProjError:
        raise InvalidInput(
            expected="a .prj that names a coordinate system",
            received=f"one in {file} that does not",
            advice="Export it again.",
        ) from None


def _features(reader: ShapeReader, transformer: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """All shapes as GeoJSON features in degrees; names: fields that may hold a name, the best first."""
    import shapely

    fields = {field[0].casefold(): field[0] for field in reader.fields[1:]} if names else {}
    name_field = next((fields[name] for name in names if name in fields), None)
    features, points = [], 0
    for number in range(len(reader)):
        drawn = reader.shape(number)
        points += len(getattr(drawn, "points", ()))
        if points > MAX_POINTS:
            raise TooLarge(
                expected=f"assets of up to {MAX_POINTS:,} points together", received="more", advice="Simplify them."
            )
        if not getattr(drawn, "points", ()):
            raise InvalidInput(
                expected=EXPECTED, received=f"shape {number + 1} without a place", advice="Leave it out."
            )
        shape = shapely.force_2d(shapely.geometry.shape(drawn.__geo_interface__))
        moved = shapely.transform(
            shape, lambda corners: np.column_stack(transformer.transform(corners[:, 0], corners[:, 1]))
        )
        name = reader.record(number, fields=[name_field])[name_field] if name_field else None
        features.append(geography.feature(moved, {} if name in (None, "") else {"name": str(name)}))
    return features
