"""What a forecast is asked: the ground, the water that comes, and what is wanted of it; from a request or an event."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.hydraulics.domain import MAX_DURATION, MAX_MANNING, Domain, Hydrograph, Inflow, hydrograph
from core.settings import settings
from core.systems.flood import event
from core.systems.flood.forcing import inflows as inflows_at
from core.systems.flood.forcing import storms
from core.systems.flood.products import assets as places
from core.systems.flood.terrain import geography, terrain

if TYPE_CHECKING:
    from core.systems.flood import FloodInput, InflowRequest

MODES = ("accurate", "fast")
LEAD_TIMES = 12  # steps to the end, where none are named and not too many cells; the times that `physics` takes anyway
AFTER = 3600.0  # the flood is followed for so long after the last row of rain and inflow [s]
MOST_NUMBERS = 12 * 4096 * 4096  # cells times lead times, of which a forecast keeps the depths: 0.8 GB
ASSETS = "assets.geojson"  # of an event folder
AREAS = "areas"  # the folder of registered areas in the data folder


@dataclass(frozen=True, eq=False)
class Question:
    """ground: as read; domain: what the water runs on, houses raised. Times [s]. assets: where depths are wanted."""

    ground: terrain.Terrain
    domain: Domain
    duration: float
    rain: Hydrograph | None
    inflows: tuple[Inflow, ...]
    lead_times: tuple[float, ...]
    mode: Literal["accurate", "fast"]
    assets: tuple[places.Asset, ...] | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidInput(f"Expected a mode out of {', '.join(MODES)}. Received {self.mode!r:.40}. Choose one.")
        times, cells = self.lead_times, self.ground.elevation.size
        if not 0 < self.duration <= MAX_DURATION:
            raise InvalidInput(
                f"Expected a duration above 0 and up to {MAX_DURATION:,.0f} s (30 days). Received {self.duration:g} "
                "s. Shorten the event."
            )
        if not times or any(np.diff(times) <= 0) or not 0 <= times[0] <= times[-1] <= self.duration:
            raise InvalidInput(
                f"Expected lead times that ascend, from 0 to the duration, {self.duration:g} s. Received "
                f"{list(times)!s:.80}. Correct them, or leave them out."
            )
        if len(times) * cells > MOST_NUMBERS:
            raise TooLarge(
                f"Expected up to {MOST_NUMBERS:,} cells times lead times. Received {cells:,} cells at {len(times)} "
                "lead times. Ask for fewer of them, or for wider cells."
            )
        if self.assets and self.ground.crs is None:
            raise InvalidInput(places.NO_CRS)

    @property
    def digest(self) -> str:
        """sha256 of all that decides the answer, in hex."""
        found = hashlib.sha256()
        given = [self.rain, *(one.series for one in self.inflows)]
        arrays = [self.domain.elevation, np.asarray(self.domain.manning, np.float64)]
        arrays += [one.cells for one in self.inflows]
        arrays += [part for one in given if one is not None for part in (one.times, one.rates)]
        for array in arrays:
            found.update(np.ascontiguousarray(array).data if array.size else b"")
            found.update(repr(array.shape).encode())
        domain, ground = self.domain, self.ground
        plain = (
            domain.dx,
            domain.dy,
            sorted(domain.open_edges),
            ground.crs,
            tuple(ground.transform),
            self.rain is None,
        )
        assets = [(one.name, one.shape.wkb_hex) for one in self.assets or ()]
        found.update(repr((plain, self.duration, self.lead_times, self.mode, assets)).encode())
        return found.hexdigest()


def of_request(said: FloodInput) -> Question:
    """The question that a validated request asks. Raises InvalidInput, TooLarge."""
    if not said.rain and not said.inflows:
        raise InvalidInput("Expected rain or an inflow. Received neither. Give one of them.")
    ground = terrain.read(_terrain_file(said), said.cell_size)
    _check_size(ground)
    rain = storms.possible(_series(said.rain, event.MM_PER_HOUR, "rain")) if said.rain else None
    inflows = tuple(_inflow(one, place, ground) for place, one in enumerate(said.inflows))
    every = [one.times[-1] for one in ([rain] if rain else []) + [one.series for one in inflows]]
    duration = said.duration_s if said.duration_s is not None else float(max(every)) + AFTER
    return Question(
        ground,
        Domain(ground.elevation, ground.dx, ground.dy, _manning(said.manning, ground), frozenset(said.open_edges)),
        duration,
        rain,
        inflows,
        tuple(map(float, said.lead_times_s)) if said.lead_times_s is not None else steps(duration, ground),
        said.mode,
        tuple(places.read(said.assets)) if said.assets is not None else None,
    )


def of_folder(folder: Path, mode: Literal["accurate", "fast"]) -> Question:
    """The question of an event folder; its assets.geojson, if it has one, names the assets. Raises InvalidInput."""
    found = event.read(folder)
    assets = tuple(places.read(event.json_of(folder / ASSETS))) if (folder / ASSETS).is_file() else None
    return of_event(found, mode, assets)


def of_event(
    found: event.Event, mode: Literal["accurate", "fast"], assets: tuple[places.Asset, ...] | None = None
) -> Question:
    """The question of an event that was read."""
    times = steps(found.duration, found.ground)
    return Question(found.ground, found.domain, found.duration, found.rain, found.inflows, times, mode, assets)


def steps(duration: float, ground: terrain.Terrain) -> tuple[float, ...]:
    """Lead times in equal steps to the end, as many as fit [s]."""
    number = min(LEAD_TIMES, max(1, MOST_NUMBERS // ground.elevation.size))
    return tuple(np.linspace(0.0, duration, number + 1)[1:].tolist())


def _terrain_file(said: FloodInput) -> Path | bytes:
    if said.dem.area is None:
        return said.dem.file
    from core.systems.flood.terrain import area_sizes, areas

    folder = settings().data_dir / AREAS
    area_sizes.check_forecast(areas.about(said.dem.area, folder), said.cell_size)
    return areas.find(said.dem.area, folder)


def _check_size(ground: terrain.Terrain) -> None:
    """Of a file that was sent; that of a registered area is known before it is read."""
    cells, most = ground.elevation.size, settings().max_flood_cells
    if cells > most:
        wider = float(np.ceil(np.sqrt(cells / most)))
        raise TooLarge(
            f"Expected a terrain of up to {most:,} cells to forecast. Received {cells:,}. Cut out the area that "
            f"matters, or ask for cells {wider:g} times as wide (cell_size): they are averaged."
        )


def _series(rows: Sequence[tuple[float, float]], scale: float, name: str) -> Hydrograph:
    try:
        return hydrograph(rows, scale)
    except InvalidInput as problem:
        raise InvalidInput(f"{name}: {problem.message}") from None


def _inflow(said: InflowRequest, place: int, ground: terrain.Terrain) -> Inflow:
    name = f"inflows.{place}"
    series = _series(said.series, 1.0, f"{name}.series")
    try:
        return inflows_at.at(ground, said.longitude, said.latitude, series)
    except InvalidInput as problem:
        raise InvalidInput(f"{name}: {problem.message}") from None


def _manning(said: Any, ground: terrain.Terrain) -> float | np.ndarray:
    """One number, or one for each cell where there are zones; later zones lie over earlier ones."""
    if isinstance(said, float):
        return said
    try:
        found = zones(said.zones)
        if ground.crs is None:
            raise InvalidInput(
                "Expected a terrain with a coordinate system, to find the zones on it. Received one without. Give one "
                "number."
            )
        rough = np.full(ground.elevation.shape, said.default)
        for zone, n in found:
            rough[_inside(ground, zone)] = n
    except InvalidInput as problem:
        raise InvalidInput(f"manning.zones: {problem.message}") from None
    return rough


def zones(given: Any) -> list[tuple[places.Asset, float]]:
    """Polygons with their Manning's n, from decoded GeoJSON with a property n. Raises InvalidInput, TooLarge."""
    read = places.read(given)
    for zone in read:
        if not zone.shape.geom_type.endswith("Polygon"):
            raise InvalidInput(
                f"Expected polygons in WGS 84. Received {zone.name!r:.80}, a {zone.shape.geom_type}. Correct it or "
                "leave it out."
            )
    return [(zone, _roughness(one, zone.name)) for one, zone in zip(given.get("features", [given]), read, strict=True)]


def _inside(ground: terrain.Terrain, zone: places.Asset) -> np.ndarray:
    import shapely
    from affine import Affine
    from rasterio import features

    drawn = np.zeros(ground.elevation.shape, np.uint8)
    shape = geography.grid(ground, zone.shape)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise InvalidInput(
            f"Expected polygons near the terrain. Received {zone.name!r:.80}, far away. Correct it or leave it out."
        )
    features.rasterize([shape], out=drawn, transform=Affine.identity())
    return drawn > 0


def _roughness(feature: Any, name: str) -> float:
    n = (feature.get("properties") or {}).get("n") if isinstance(feature, dict) else None
    if isinstance(n, bool) or not isinstance(n, int | float) or not 0 <= n <= MAX_MANNING:
        raise InvalidInput(
            f"Expected the property n, Manning's n from 0 to {MAX_MANNING:g}, of each polygon. Received {n!r:.40} "
            f"at {name!r:.80}. Add it."
        )
    return float(n)
