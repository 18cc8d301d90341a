"""What the Flood page asks beside forecasts: areas, rain and inflow as rows for a request, and the solver's check.

Everything that cannot be done is told by an error of `core.errors`, whose message is for the person at the page.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TypedDict

import shapely

from core.hydraulics.domain import Hydrograph, hydrograph
from core.progress import ProgressListener
from core.settings import settings
from core.systems.flood import event, intake, roughness, solver_check
from core.systems.flood.forcing import design_rain, hyetographs, storms, weather
from core.systems.flood.forcing.design_rain import DesignRain
from core.systems.flood.forcing.hyetographs import RainUnit
from core.systems.flood.forcing.storms import RainSummary
from core.systems.flood.forcing.units import MM_PER_HOUR
from core.systems.flood.products import asset_files
from core.systems.flood.products import assets as asset_places
from core.systems.flood.solver_check import SolverCheck
from core.systems.flood.terrain import area_names, area_sizes, copernicus, geography, terrain_file
from core.systems.flood.terrain import areas as registry
from core.systems.flood.terrain.area import Area
from core.systems.flood.terrain.area_sizes import TerrainHeader
from core.systems.flood.terrain.copernicus import Box
from core.systems.flood.terrain.geography import GeoJson
from core.systems.flood.terrain.terrain_file import TerrainPreview

SeriesRows = list[list[float]]
"""A series as a request has it: rows of time [s], and rain [mm/h] or discharge [m3/s]."""

SAMPLE = registry.SAMPLE
SHAPES = storms.SHAPES
ROUGHNESS = {
    "as it is in most valleys, mixed": 0.035,
    "streets and yards": 0.02,
    "meadows and fields": 0.04,
    "gardens and shrubs": 0.06,
    "woodland": 0.1,
}
"""Manning's n of whole areas, after Chow (1959), Open-Channel Hydraulics, table 5-6 [s m-1/3]."""
WIDER = (1, 2, 4, 8)  # cell sizes that are offered, in multiples of the finest that fits
MIN_CELLS = 8  # of the shorter side of an area, with cells that are offered


class InflowRows(TypedDict):
    """An inflow as a request has it; longitude and latitude in WGS 84 [degrees]."""

    longitude: float
    latitude: float
    series: SeriesRows


class ExampleRequest(TypedDict):
    """Parts of a request for the sample area."""

    inflows: list[InflowRows]
    assets: GeoJson


# Areas


def areas() -> list[Area]:
    """What is known about each area, the sample first."""
    return registry.listing(_areas_folder())


def look(data: bytes, crs: str | None = None, box: Box | None = None) -> TerrainHeader:
    """What a terrain file, or its part in a box, says about itself. Raises InvalidInput, TooLarge."""
    return area_sizes.look(data, crs, box)


def preview(data: bytes, crs: str | None = None) -> TerrainPreview:
    """A terrain file at the size of a screen, to draw a box on. Raises InvalidInput."""
    return terrain_file.preview(data, crs)


def proposed_name(file_name: str) -> str:
    """What the area in a file of that name may be called."""
    return area_names.proposed(file_name)


def add_area(
    name: str, data: bytes, cell_size: float | None = None, crs: str | None = None, box: Box | None = None
) -> Area:
    """Keep an uploaded terrain. Raises InvalidInput, TooLarge.

    name: of the area.
    data: bytes of a GeoTIFF or ASCII grid.
    cell_size: averages it into cells of that width, in the file's units.
    crs: the file's coordinate system, if the file names none.
    box: the part that is kept: west, south, east, north [degrees, WGS 84]; None for all.
    """
    return registry.add(name, data, _areas_folder(), cell_size=cell_size, crs=crs, box=box)


def cut_area(name: str, new_name: str, box: Box) -> Area:
    """Keep the part of an area in a box as another area. Raises InvalidInput, TooLarge."""
    terrain = registry.find(name, _areas_folder()).read_bytes()
    return registry.add(new_name, terrain, _areas_folder(), box=box, source=f"cut out of {name}")


def preview_area(name: str) -> TerrainPreview:
    """An area at the size of a screen, to draw a box on. Raises InvalidInput."""
    return terrain_file.preview(registry.find(name, _areas_folder()))


def fetch_area(name: str, box: Box, progress: ProgressListener | None = None) -> Area:
    """Keep the Copernicus model of a box: west, south, east, north [degrees]. Raises InvalidInput, HostUnavailable."""
    area_names.checked(name)  # before it is fetched
    return registry.keep(name, copernicus.fetch(box, progress), _areas_folder(), copernicus.SOURCE)


def rename_area(name: str, new_name: str) -> Area:
    """Give an area another name. Raises InvalidInput."""
    return registry.rename(name, new_name, _areas_folder())


def remove_area(name: str) -> None:
    """Forget an area. Raises InvalidInput."""
    registry.remove(name, _areas_folder())


def home_of(name: str) -> Path:
    """The folder with an area's terrain.tif. Raises InvalidInput for a name there is not."""
    return registry.home_of(name, _areas_folder())


def cell_sizes(area: Area) -> list[float]:
    """Cell sizes with which an area can be forecast: the finest that fits, which may be its own, and wider ones [m]."""
    finest = area_sizes.fitting_cell_size(area, settings().max_flood_cells)
    return [finest * factor for factor in WIDER if min(area.rows, area.cols) * area.dx / (finest * factor) >= MIN_CELLS]


def design_rain_of(name: str) -> DesignRain | None:
    """An area's table of design rain; None if it has none."""
    return design_rain.of(home_of(name))


def keep_design_rain(name: str, data: bytes) -> DesignRain:
    """Give an area a table of design rain. Raises InvalidInput."""
    return design_rain.keep(data, home_of(name))


def example() -> ExampleRequest:
    """The river that enters the sample area, and the places on it, as parts of a request."""
    home = home_of(SAMPLE)
    flood = event.read(home)
    (river,) = flood.inflows
    row, col = river.cells[len(river.cells) // 2]
    middle = geography.degrees(flood.ground, shapely.Point(col + 0.5, row + 0.5))
    return {
        "inflows": [{"longitude": middle.x, "latitude": middle.y, "series": _rows(river.series, 1.0)}],
        "assets": json.loads((home / intake.ASSETS_FILE).read_text(encoding="utf-8")),
    }


# Rain and inflow


def storm(depth: float, minutes: float, shape: str, peak: float) -> SeriesRows:
    """A design storm. Raises InvalidInput.

    depth: of all rain [mm].
    minutes: from the first rain to the last [min].
    shape: one of SHAPES.
    peak: time of the peak as a share of the duration.
    """
    return _rows(storms.storm(depth, 60 * minutes, shape, peak), MM_PER_HOUR)


def rains(data: bytes, file_name: str, unit: RainUnit | None = None) -> list[SeriesRows]:
    """The columns of rain of an uploaded table; unit: of columns that do not tell it. Raises InvalidInput, TooLarge."""
    return [_rows(rain, MM_PER_HOUR) for rain in hyetographs.rains(data, file_name, unit)]


def rain_start(data: bytes, file_name: str) -> datetime | None:
    """When an uploaded table of rain begins, by its dates and times; None where it has none. Raises InvalidInput."""
    return hyetographs.start(data, file_name)


def outlook(area: Area, hours: int, ensemble: bool) -> tuple[datetime, list[SeriesRows]]:
    """The coming rain at an area's middle, and from when on it counts. Raises InvalidInput, HostUnavailable."""
    coming = weather.coming(*area.centre, hours, ensemble=ensemble)
    return coming.start, [_rows(rain, MM_PER_HOUR) for rain in coming.rains]


def members(rain: SeriesRows, count: int) -> list[SeriesRows]:
    """An ensemble of `count` rains around one; see `storms.members`."""
    return [_rows(member, MM_PER_HOUR) for member in storms.members(_hydrograph(rain, MM_PER_HOUR), count)]


def summary(rain: SeriesRows) -> RainSummary:
    """What a rain amounts to."""
    return storms.summary(_hydrograph(rain, MM_PER_HOUR))


def inflow(data: bytes, file_name: str) -> SeriesRows:
    """A discharge over time of an uploaded table. Raises InvalidInput, TooLarge."""
    return _rows(hyetographs.inflow(data, file_name), 1.0)


def assets(data: bytes, file_name: str, area: Area) -> GeoJson:
    """An uploaded file of places on an area as GeoJSON for a request. Raises InvalidInput, TooLarge."""
    geojson: GeoJson = asset_files.geojson(data, file_name, area.crs)
    asset_files.check_near(asset_places.read(geojson), area.name, area.box)
    return geojson


def zones(data: bytes, file_name: str) -> GeoJson:
    """An uploaded GeoJSON of polygons with Manning's n, for a request. Raises InvalidInput, TooLarge."""
    geojson: GeoJson = asset_files.decoded(data, file_name, "polygons as GeoJSON")
    roughness.zones(geojson)
    return geojson


def _rows(series: Hydrograph, unit: float) -> SeriesRows:
    """A series as rows; unit: of the rate in the rows, in SI units."""
    return [[float(time), float(rate / unit)] for time, rate in zip(series.times, series.rates, strict=True)]


def _hydrograph(rows: SeriesRows, unit: float) -> Hydrograph:
    """A series from rows; unit: of the rate in the rows, in SI units."""
    return hydrograph([(time, rate) for time, rate in rows], unit)


# The check


def check(folder: Path, progress: ProgressListener) -> SolverCheck:
    """Run the solver on the event of a forecast's folder, and keep what it finds. Raises InvalidInput, Cancelled."""
    return solver_check.check(folder, _checks_folder(), progress)


def checked(folder: Path) -> SolverCheck | None:
    """What the solver found of it before, if it ran and its files are still kept."""
    return solver_check.earlier_check(folder, _checks_folder())


def _areas_folder() -> Path:
    return settings().data_dir / intake.AREAS_FOLDER


def _checks_folder() -> Path:
    return settings().data_dir / "checks"
