"""An event folder: `event.json` and the files that it names, checked and laid onto the terrain.

A file's path is relative to the folder and stays within two levels above it, where collections keep their terrain.
Coordinates are in the terrain file's own system.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import InvalidInput
from core.hydraulics.domain import MAX_MANNING, Domain, Hydrograph, Inflow
from core.systems.flood.forcing.units import MM_PER_HOUR
from core.systems.flood.request import Edge, refuse_other_than_object
from core.systems.flood.terrain import rasters, terrain_file
from core.systems.flood.terrain.terrain import Terrain
from core.tables.columns import table_of_file

MAX_JSON_BYTES = 20_000_000
MAX_LEVELS_ABOVE = 2  # the event's folder, where the files that it names may lie


class EventPart(BaseModel):
    """What all parts of event.json have in common."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Zone(EventPart):
    """Where Manning's n differs; polygons: a GeoJSON file in the terrain's crs."""

    polygons: str
    n: float = Field(ge=0, le=MAX_MANNING)


class EventManning(EventPart):
    """Roughness: n everywhere but in the zones, of which later ones lie over earlier ones [s m-1/3]."""

    default: float = Field(ge=0, le=MAX_MANNING)
    zones: tuple[Zone, ...] = ()


class Buildings(EventPart):
    """Footprints that are raised; null where the terrain holds the houses already."""

    polygons: str
    raise_m: float = Field(ge=0, le=100)


class InflowFiles(EventPart):
    """cells: CSV of x,y in the terrain's crs; series: CSV of time_s,discharge_m3_per_s."""

    cells: str
    series: str


class Description(EventPart):
    """`event.json`, word for word; what else it holds is left alone."""

    name: str
    dem: str
    duration_s: float = Field(gt=0)
    manning: Annotated[EventManning, BeforeValidator(lambda value: refuse_other_than_object(value, "Manning"))]
    buildings: Buildings | None = None
    rain: str | None = None
    inflows: tuple[InflowFiles, ...] = ()
    open_edges: tuple[Edge, ...] = ()
    observations: str | None = None
    reference_max_depth: str | None = None


@dataclass(frozen=True)
class Observations:
    """Surveyed maximum water levels.

    names: of the places.
    x, y: coordinates in the terrain file's crs, shape (n,).
    level: above datum, shape (n,) [m].
    """

    names: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    level: NDArray[np.float64]


@dataclass(frozen=True)
class Event:
    """What an event folder holds.

    ground: as read from the file.
    domain: what the water runs on, houses raised.
    duration: how long the flood is followed [s].
    rain: intensity over time [m/s]; None for none.
    inflows: water that enters at cells, discharge over time [m3/s].
    observations: surveyed levels, to be compared with.
    reference_max_depth: greatest depth by another model, shape (rows, cols) [m].
    """

    name: str
    ground: Terrain
    domain: Domain
    duration: float
    rain: Hydrograph | None
    inflows: tuple[Inflow, ...]
    observations: Observations | None
    reference_max_depth: NDArray[np.float64] | None


def read(folder: Path, cell_size: float | None = None) -> Event:
    """The event in a folder; `cell_size` averages its terrain into wider cells. InvalidInput says what is wrong."""
    description = _description(folder)
    ground = terrain_file.read(_path(folder, description.dem), cell_size)
    rain = None
    if description.rain:
        rain = _series(_path(folder, description.rain), "rain_mm_per_h", MM_PER_HOUR)
    observations, reference = description.observations, description.reference_max_depth
    return Event(
        description.name,
        ground,
        _domain(folder, description, ground),
        description.duration_s,
        rain,
        tuple(_inflow(folder, files, ground) for files in description.inflows),
        _observations(_path(folder, observations)) if observations else None,
        _reference(_path(folder, reference), ground) if reference else None,
    )


def _description(folder: Path) -> Description:
    """What event.json says. Raises InvalidInput."""
    path = folder / "event.json"
    if not path.is_file():
        raise InvalidInput(
            expected="a folder with an event.json", received=f"{folder}", advice="See docs for what it holds."
        )
    try:
        return Description.model_validate(json_of(path))
    except ValidationError as problem:
        first = problem.errors()[0]
        location = ".".join(map(str, first["loc"])) or "the whole"
        raise InvalidInput(
            expected="an event.json with name, dem, duration_s, manning and so on",
            received=f"one whose {location!r:.80} is wrong: {first['msg']}",
            advice="Correct it.",
        ) from None


def json_of(path: Path) -> object:
    """What a JSON file holds; InvalidInput if it is too large or none."""
    if path.stat().st_size > MAX_JSON_BYTES:
        raise InvalidInput(
            expected=f"a JSON file of up to {MAX_JSON_BYTES / 1e6:g} MB", received=path.name, advice="Simplify it."
        )
    try:
        decoded: object = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(
            expected=f"JSON in {path.name}", received=f"something else: {problem!s:.80}", advice="Repair it."
        ) from None
    return decoded


def _path(folder: Path, name: str) -> Path:
    """The file of that name; it may lie beside the folder, not anywhere."""
    top = folder.resolve()
    for _ in range(MAX_LEVELS_ABOVE):
        top = top.parent
    path = (folder / name).resolve()
    if Path(name).is_absolute() or not path.is_relative_to(top):
        raise InvalidInput(
            expected=f"a path relative to the event's folder, at most {MAX_LEVELS_ABOVE} levels up",
            received=f"{name!r:.100}",
            advice="Move the file next to the event.",
        )
    if not path.is_file():
        raise InvalidInput(
            expected=f"the file {name!r:.100} that event.json names", received="none there", advice="Add it."
        )
    return path


def _series(path: Path, rate: str, scale: float) -> Hydrograph:
    """A rate over time from a CSV file; rate: name of its column; scale: turns it into SI units."""
    table = table_of_file(path, ("time_s", rate))
    times, rates = table.numbers("time_s"), table.numbers(rate)
    try:
        return Hydrograph(times, rates * scale)
    except InvalidInput as problem:
        raise InvalidInput(f"{path.name}: {problem.message}") from None


def _domain(folder: Path, description: Description, ground: Terrain) -> Domain:
    """What the water runs on: the ground with houses raised, and its roughness."""
    manning: float | NDArray[np.float64] = description.manning.default
    if description.manning.zones:
        manning = np.full(ground.elevation.shape, description.manning.default)
        for zone in description.manning.zones:
            manning[ground.mask(_polygons(_path(folder, zone.polygons)))] = zone.n
    elevation = ground.elevation
    if description.buildings:
        houses = ground.mask(_polygons(_path(folder, description.buildings.polygons)))
        elevation = elevation + description.buildings.raise_m * houses
    return Domain(elevation, ground.dx, ground.dy, manning, frozenset(description.open_edges))


def _polygons(path: Path) -> list[dict[str, object]]:
    """The polygons of a GeoJSON file, as its geometries."""
    decoded = json_of(path)
    features = decoded.get("features", [decoded]) if isinstance(decoded, dict) else []
    geometries = [feature.get("geometry", feature) for feature in features if isinstance(feature, dict)]
    polygons = [
        geometry
        for geometry in geometries
        if isinstance(geometry, dict) and geometry.get("type") in ("Polygon", "MultiPolygon")
    ]
    if not polygons or len(polygons) < len(features):
        raise InvalidInput(
            expected=f"polygons as GeoJSON in {path.name}", received="something else", advice="Export it again."
        )
    return polygons


def _inflow(folder: Path, files: InflowFiles, ground: Terrain) -> Inflow:
    """Water that enters at the cells of one file, by the discharge of another."""
    path = _path(folder, files.cells)
    table = table_of_file(path, ("x", "y"))
    cells = ground.cells(table.numbers("x"), table.numbers("y"))
    inflow = Inflow(cells, _series(_path(folder, files.series), "discharge_m3_per_s", 1.0))
    try:
        inflow.check(ground.elevation)
    except InvalidInput as problem:
        raise InvalidInput(f"{path.name}: {problem.message}") from None
    return inflow


def _observations(path: Path) -> Observations:
    """Surveyed levels from a CSV file of id, x, y and water_level_m."""
    table = table_of_file(path, ("x", "y", "water_level_m", "id"))
    x, y, level = (table.numbers(name) for name in ("x", "y", "water_level_m"))
    return Observations(tuple(table.texts("id")), x, y, level)


def _reference(path: Path, ground: Terrain) -> NDArray[np.float64]:
    """The greatest depth by another model, on the terrain's grid; shape (rows, cols) [m]."""
    with rasters.opened(path) as dataset:
        depth, _ = rasters.band(dataset)
    if depth.shape != ground.elevation.shape:
        raise InvalidInput(
            expected=f"a reference depth on the terrain's grid, {ground.elevation.shape}",
            received=f"{depth.shape}",
            advice="Resample it.",
        )
    return depth
