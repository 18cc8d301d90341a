"""From a request, or an event folder, to the question that the engine answers: files are read, places are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.hydraulics.domain import Domain, Hydrograph, Inflow, hydrograph
from core.settings import settings
from core.systems.flood import event, roughness
from core.systems.flood.forcing import inflows as inflow_places
from core.systems.flood.forcing import storms
from core.systems.flood.forcing.units import MM_PER_HOUR
from core.systems.flood.products import assets
from core.systems.flood.products.assets import Asset
from core.systems.flood.question import Question, equal_lead_times
from core.systems.flood.request import FloodRequest, InflowRequest, Mode, SeriesRow
from core.systems.flood.terrain import area_sizes, areas, terrain_file
from core.systems.flood.terrain.terrain import Terrain

FOLLOWED_AFTER = 3600.0  # how long the flood is followed after the last row of rain and inflow [s]
ASSETS_FILE = "assets.geojson"  # of an event folder
AREAS_FOLDER = "areas"  # of registered areas, in the data folder


def of_request(request: FloodRequest) -> Question:
    """The question that a validated request asks. Raises InvalidInput, TooLarge."""
    if not request.rain and not request.inflows:
        raise InvalidInput(expected="rain or an inflow", received="neither", advice="Give one of them.")
    ground = terrain_file.read(_terrain_source(request), request.cell_size)
    _check_size(ground)
    rain = storms.possible(_series(request.rain, MM_PER_HOUR, "rain")) if request.rain else None
    inflows = tuple(_inflow(inflow, index, ground) for index, inflow in enumerate(request.inflows))
    ends = [series.times[-1] for series in ([rain] if rain else []) + [inflow.series for inflow in inflows]]
    duration = request.duration_s if request.duration_s is not None else float(max(ends)) + FOLLOWED_AFTER
    manning, open_edges = roughness.on_grid(request.manning, ground), frozenset(request.open_edges)
    lead_times = request.lead_times_s
    return Question(
        ground,
        Domain(ground.elevation, ground.dx, ground.dy, manning, open_edges),
        duration,
        rain,
        inflows,
        tuple(map(float, lead_times)) if lead_times is not None else equal_lead_times(duration, ground),
        request.mode,
        tuple(assets.read(request.assets)) if request.assets is not None else None,
    )


def of_folder(folder: Path, mode: Mode) -> Question:
    """The question of an event folder; its assets.geojson, if it has one, names the assets. Raises InvalidInput."""
    flood = event.read(folder)
    path = folder / ASSETS_FILE
    return of_event(flood, mode, tuple(assets.read(event.json_of(path))) if path.is_file() else None)


def of_event(flood: event.Event, mode: Mode, places: tuple[Asset, ...] | None = None) -> Question:
    """The question of an event that was read; places: the assets where depths are wanted."""
    times = equal_lead_times(flood.duration, flood.ground)
    return Question(flood.ground, flood.domain, flood.duration, flood.rain, flood.inflows, times, mode, places)


def _terrain_source(request: FloodRequest) -> Path | bytes:
    """The file of a registered area, or the bytes that were sent. Raises TooLarge by what is known about the area."""
    if request.dem.area is None:
        return request.dem.file
    folder = settings().data_dir / AREAS_FOLDER
    area_sizes.check_forecast(areas.about(request.dem.area, folder), request.cell_size)
    return areas.find(request.dem.area, folder)


def _check_size(ground: Terrain) -> None:
    """Refuse a file with more cells than a forecast takes; a registered area was checked before it was read."""
    cells, max_cells = ground.elevation.size, settings().max_flood_cells
    if cells > max_cells:
        wider = float(np.ceil(np.sqrt(cells / max_cells)))
        raise TooLarge(
            expected=f"a terrain of up to {max_cells:,} cells to forecast",
            received=f"{cells:,}",
            advice=f"Cut out the area that matters, or ask for cells {wider:g} times as wide (cell_size): they are "
            "averaged.",
        )


def _series(rows: Sequence[SeriesRow], scale: float, name: str) -> Hydrograph:
    """A rate over time; errors begin with its name in the request."""
    try:
        return hydrograph(rows, scale)
    except InvalidInput as problem:
        raise InvalidInput(f"{name}: {problem.message}") from None


def _inflow(request: InflowRequest, index: int, ground: Terrain) -> Inflow:
    """An inflow on the terrain; index: in the request's list, for errors."""
    name = f"inflows.{index}"
    series = _series(request.series, 1.0, f"{name}.series")
    try:
        return inflow_places.at(ground, request.longitude, request.latitude, series)
    except InvalidInput as problem:
        raise InvalidInput(f"{name}: {problem.message}") from None
