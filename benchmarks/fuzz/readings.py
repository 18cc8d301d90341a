"""What Lookout reads files with, by the kind of file; and the cases: a number and a seed give a file and a reading."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz import valid_files
from benchmarks.fuzz.mutations import mutated

Reading = Callable[[bytes], Any]
SHARES = {"photos": 5, "tables": 2, "rasters": 2, "places": 1}  # of ten cases
MAX_FEATURES = 3000


@dataclass(frozen=True)
class FuzzedCase:
    """A file and what it is read with. room: photos, tables, rasters or places. kind: such as jpeg."""

    number: int
    room: str
    kind: str
    reading: str
    data: bytes


def case_of(number: int, seed: int) -> FuzzedCase:
    """The case of that number; the same for the same seed, wherever it is made."""
    random = Random(f"{seed}:{number}")
    room = random.choice([room for room, share in SHARES.items() for _ in range(share)])
    kinds = _files()[room]
    kind = random.choice(sorted(kinds))
    data = mutated(random.choice(kinds[kind]), random.choice(kinds[kind]), random)
    return FuzzedCase(number, room, kind, random.choice(sorted(readings(room, kind))), data)


@cache
def _files() -> dict[str, dict[str, Sequence[bytes]]]:
    return {room: getattr(valid_files, room)() for room in SHARES}


@cache
def readings(room: str, kind: str) -> dict[str, Reading]:
    """{name: function} of what reads such files."""
    return _ROOMS[room](kind)


def _photo_readings(_kind: str) -> dict[str, Reading]:
    from core.security.photos import decode_photo

    return {"decode_photo": decode_photo}


def _table_readings(_kind: str) -> dict[str, Reading]:
    from core.systems.crime.cleaning.incident_tables import CrimeTableOptions, read_incidents
    from core.tables.reader import read_preview, read_table

    def incidents(data: bytes) -> object:
        return read_incidents(data, CrimeTableOptions(), (), lambda _progress: None)

    return {"read_table": read_table, "read_preview": read_preview, "read_incidents": incidents}


def _raster_readings(_kind: str) -> dict[str, Reading]:
    from core.systems.flood.terrain import terrain_file

    return {"terrain": terrain_file.read, "preview": terrain_file.preview}


def _place_readings(kind: str) -> dict[str, Reading]:
    from core.maps.area_files import read_raw
    from core.systems.flood.forcing import design_rain, hyetographs
    from core.systems.flood.products import asset_files, assets

    def places(data: bytes) -> object:
        return assets.read(asset_files.geojson(data, "assets"))

    if kind == "photo_zip":
        return {"photos": _photos_of_zip}
    if kind == "series":
        return {
            "rains": lambda data: hyetographs.rains(data, "rain.csv"),
            "start": lambda data: hyetographs.start(data, "rain.csv"),
            "inflow": lambda data: hyetographs.inflow(data, "inflow.csv"),
            "design_rain": design_rain.parse,
            "assets": places,
        }
    areas = {"areas": lambda data: read_raw(data, MAX_FEATURES)}
    return areas if kind == "geopackage" else {**areas, "assets": places}


def _photos_of_zip(data: bytes) -> object:
    """The photos of a dropped ZIP, as the page takes them; one that cannot be unpacked fails alone."""
    from core.errors import InvalidInput, LookoutError
    from pages.parts.photos import uploads

    photos, refused = uploads.look_into(uploads.GivenFile.of("photos.zip", data), 0)
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        Path(file.name).write_bytes(data)
        for photo in photos:
            try:
                uploads.read(Path(file.name), photo.entry)
            except LookoutError as problem:
                raise InvalidInput(problem.message) from problem
    if not photos:
        raise InvalidInput(str(refused[0].reason))
    return photos


_ROOMS: dict[str, Callable[[str], dict[str, Reading]]] = {
    "photos": _photo_readings,
    "tables": _table_readings,
    "rasters": _raster_readings,
    "places": _place_readings,
}
