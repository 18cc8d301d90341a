"""An event folder: `event.json` and the files that it names, checked and laid onto the terrain.

A file's path is relative to the folder and stays within two levels above it, where collections keep their terrain.
Coordinates are in the terrain file's own system.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidInput
from core.hydraulics.domain import MAX_MANNING, Domain, Hydrograph, Inflow
from core.systems.flood.terrain import rasters, terrain
from core.tables.columns import columns

LARGEST_JSON = 20_000_000  # bytes
LEVELS_ABOVE = 2
MM_PER_HOUR = 1e-3 / 3600.0  # [m/s]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Zone(_Part):
    """Where Manning's n differs; polygons: a GeoJSON file in the terrain's crs."""

    polygons: str
    n: float = Field(ge=0, le=MAX_MANNING)


class Manning(_Part):
    """Roughness: n everywhere but in the zones, of which later ones lie over earlier ones [s m-1/3]."""

    default: float = Field(ge=0, le=MAX_MANNING)
    zones: tuple[Zone, ...] = ()


class Buildings(_Part):
    """Footprints that are raised; null where the terrain holds the houses already."""

    polygons: str
    raise_m: float = Field(ge=0, le=100)


class InflowFiles(_Part):
    """cells: CSV of x,y in the terrain's crs; series: CSV of time_s,discharge_m3_per_s."""

    cells: str
    series: str


class Description(_Part):
    """`event.json`, word for word; what else it holds is left alone."""

    name: str
    dem: str
    duration_s: float = Field(gt=0)
    manning: Manning
    buildings: Buildings | None = None
    rain: str | None = None
    inflows: tuple[InflowFiles, ...] = ()
    open_edges: tuple[Literal["north", "east", "south", "west"], ...] = ()
    observations: str | None = None
    reference_max_depth: str | None = None


@dataclass(frozen=True)
class Observations:
    """Surveyed maximum levels; x, y in the terrain file's crs, level above datum [m]; each of shape (n,)."""

    names: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    level: np.ndarray


@dataclass(frozen=True)
class Event:
    """What a folder holds. ground: `domain` has the houses raised; reference_max_depth: shape (rows, cols) [m]."""

    name: str
    ground: terrain.Terrain
    domain: Domain
    duration: float
    rain: Hydrograph | None
    inflows: tuple[Inflow, ...]
    observations: Observations | None
    reference_max_depth: np.ndarray | None


def read(folder: Path, cell_size: float | None = None) -> Event:
    """The event in a folder; `cell_size` averages its terrain into wider cells. InvalidInput says what is wrong."""
    said = _description(folder)
    ground = terrain.read(_path(folder, said.dem), cell_size)
    rain = None
    if said.rain:
        rain = _series(_path(folder, said.rain), "rain_mm_per_h", MM_PER_HOUR)
    return Event(
        said.name,
        ground,
        _domain(folder, said, ground),
        said.duration_s,
        rain,
        tuple(_inflow(folder, one, ground) for one in said.inflows),
        _observations(_path(folder, said.observations)) if said.observations else None,
        _reference(_path(folder, said.reference_max_depth), ground) if said.reference_max_depth else None,
    )


def _description(folder: Path) -> Description:
    path = folder / "event.json"
    if not path.is_file():
        raise InvalidInput(f"Expected a folder with an event.json. Received {folder}. See docs for what it holds.")
    try:
        return Description.model_validate(json_of(path))
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise InvalidInput(
            f"Expected an event.json with name, dem, duration_s, manning and so on. Received one whose {place!r:.80} "
            f"is wrong: {first['msg']}. Correct it."
        ) from None


def json_of(path: Path) -> Any:
    """What a JSON file holds; InvalidInput if it is too large or none."""
    if path.stat().st_size > LARGEST_JSON:
        raise InvalidInput(
            f"Expected a JSON file of up to {LARGEST_JSON / 1e6:g} MB. Received {path.name}. Simplify it."
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(
            f"Expected JSON in {path.name}. Received something else: {problem!s:.80}. Repair it."
        ) from None


def _path(folder: Path, name: str) -> Path:
    """The file of that name; it may lie beside the folder, not anywhere."""
    top = folder.resolve()
    for _ in range(LEVELS_ABOVE):
        top = top.parent
    path = (folder / name).resolve()
    if Path(name).is_absolute() or not path.is_relative_to(top):
        raise InvalidInput(
            f"Expected a path relative to the event's folder, at most {LEVELS_ABOVE} levels up. Received "
            f"{name!r:.100}. Move the file next to the event."
        )
    if not path.is_file():
        raise InvalidInput(f"Expected the file {name!r:.100} that event.json names. Received none there. Add it.")
    return path


def _series(path: Path, rate: str, scale: float) -> Hydrograph:
    found = columns(path, ("time_s", rate))
    try:
        return Hydrograph(found["time_s"], found[rate] * scale)
    except InvalidInput as problem:
        raise InvalidInput(f"{path.name}: {problem.message}") from None


def _domain(folder: Path, said: Description, ground: terrain.Terrain) -> Domain:
    manning: float | np.ndarray = said.manning.default
    if said.manning.zones:
        manning = np.full(ground.elevation.shape, said.manning.default)
        for zone in said.manning.zones:
            manning[ground.mask(_polygons(_path(folder, zone.polygons)))] = zone.n
    elevation = ground.elevation
    if said.buildings:
        houses = ground.mask(_polygons(_path(folder, said.buildings.polygons)))
        elevation = elevation + said.buildings.raise_m * houses
    return Domain(elevation, ground.dx, ground.dy, manning, frozenset(said.open_edges))


def _polygons(path: Path) -> list[dict[str, Any]]:
    """The polygons of a GeoJSON file."""
    found = json_of(path)
    features = found.get("features", [found]) if isinstance(found, dict) else []
    shapes = [one.get("geometry", one) for one in features if isinstance(one, dict)]
    usable = [one for one in shapes if isinstance(one, dict) and one.get("type") in ("Polygon", "MultiPolygon")]
    if not usable or len(usable) < len(features):
        raise InvalidInput(f"Expected polygons as GeoJSON in {path.name}. Received something else. Export it again.")
    return usable


def _inflow(folder: Path, files: InflowFiles, ground: terrain.Terrain) -> Inflow:
    path = _path(folder, files.cells)
    found = columns(path, ("x", "y"))
    inflow = Inflow(
        ground.cells(found["x"], found["y"]), _series(_path(folder, files.series), "discharge_m3_per_s", 1.0)
    )
    try:
        inflow.check(ground.elevation)
    except InvalidInput as problem:
        raise InvalidInput(f"{path.name}: {problem.message}") from None
    return inflow


def _observations(path: Path) -> Observations:
    found = columns(path, ("x", "y", "water_level_m"), text="id")
    return Observations(tuple(found["id"]), found["x"], found["y"], found["water_level_m"])


def _reference(path: Path, ground: terrain.Terrain) -> np.ndarray:
    with rasters.opened(path) as dataset:
        depth, _ = rasters.band(dataset)
    if depth.shape != ground.elevation.shape:
        raise InvalidInput(
            f"Expected a reference depth on the terrain's grid, {ground.elevation.shape}. Received {depth.shape}. "
            "Resample it."
        )
    return depth
