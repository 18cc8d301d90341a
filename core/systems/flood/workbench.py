"""What the Flood page asks beside forecasts: areas, rain and inflow as rows for a request, and the solver's check.

Rows are those of a request: time [s] and rain [mm/h], or discharge [m3/s]. Everything that cannot be done is told by
an error of `core.errors`, whose message is for the person at the page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from core.hydraulics.domain import Hydrograph
from core.progress import ProgressListener
from core.settings import settings
from core.systems.flood import event, question
from core.systems.flood.event import MM_PER_HOUR
from core.systems.flood.forcing import design_rain, hyetographs, storms, weather
from core.systems.flood.products import asset_files
from core.systems.flood.products import assets as places
from core.systems.flood.terrain import area_names, area_sizes, copernicus, geography
from core.systems.flood.terrain import areas as registry
from core.systems.flood.terrain.area_sizes import Header
from core.systems.flood.terrain.areas import Area

if TYPE_CHECKING:
    from core.systems.flood.forcing.design_rain import DesignRain

Rows = list[list[float]]
SAMPLE = registry.SAMPLE
SHAPES = get_args(storms.Shape)
ROUGHNESS = {
    "as it is in most valleys, mixed": 0.035,
    "streets and yards": 0.02,
    "meadows and fields": 0.04,
    "gardens and shrubs": 0.06,
    "woodland": 0.1,
}
"""Manning's n of whole areas, after Chow (1959), Open-Channel Hydraulics, table 5-6 [s m-1/3]."""


# Areas


def areas() -> list[Area]:
    """What is known about each, the sample first."""
    return registry.listing(_home())


def look(data: bytes) -> Header:
    """What a terrain file says about itself. Raises InvalidInput."""
    return area_sizes.look(data)


def proposed_name(file: str) -> str:
    """What the area in a file of that name may be called."""
    return area_names.proposed(file)


def add_area(name: str, data: bytes, cell_size: float | None = None, crs: str | None = None) -> Area:
    """Keep an uploaded terrain; see `areas.add`. Raises InvalidInput, TooLarge."""
    return registry.add(name, data, _home(), cell_size=cell_size, crs=crs)


def fetch_area(name: str, box: tuple[float, float, float, float], progress: ProgressListener | None = None) -> Area:
    """Keep the Copernicus model of a box: west, south, east, north [degrees]. Raises InvalidInput, HostUnavailable."""
    area_names.checked(name)  # before it is fetched
    return registry.keep(name, copernicus.fetch(box, progress), _home(), copernicus.SOURCE)


def rename_area(name: str, new: str) -> Area:
    """Give an area another name. Raises InvalidInput."""
    return registry.rename(name, new, _home())


def remove_area(name: str) -> None:
    """Forget an area. Raises InvalidInput."""
    registry.remove(name, _home())


def home_of(name: str) -> Path:
    """The folder with an area's terrain.tif. Raises InvalidInput for a name there is not."""
    return registry.home_of(name, _home())


def cell_sizes(area: Area) -> list[float]:
    """With which cells an area can be forecast: the finest that fits, which may be its own, and wider ones [m]."""
    least = area_sizes.fitting_cell_size(area, settings().max_flood_cells)
    return [least * times for times in (1, 2, 4, 8) if min(area.rows, area.cols) * area.dx / (least * times) >= 8]


def design_rain_of(name: str) -> DesignRain | None:
    """An area's table of design rain; None if it has none."""
    return design_rain.of(home_of(name))


def keep_design_rain(name: str, data: bytes) -> DesignRain:
    """Give an area a table of design rain. Raises InvalidInput."""
    return design_rain.keep(data, home_of(name))


def example() -> dict[str, Any]:
    """Of the sample area: the river that enters it, as inflows of a request, and its assets as GeoJSON."""
    import shapely

    home = home_of(SAMPLE)
    found = event.read(home)
    (river,) = found.inflows
    row, col = river.cells[len(river.cells) // 2]
    place = geography.degrees(found.ground, shapely.Point(col + 0.5, row + 0.5))
    return {
        "inflows": [{"longitude": place.x, "latitude": place.y, "series": _rows(river.series, 1.0)}],
        "assets": json.loads((home / "assets.geojson").read_text(encoding="utf-8")),
    }


# Rain and inflow


def storm(depth: float, minutes: float, shape: str, peak: float) -> Rows:
    """A design storm of a depth [mm]. Raises InvalidInput."""
    return _rows(storms.storm(depth, 60 * minutes, shape, peak), MM_PER_HOUR)  # type: ignore[arg-type]


def rains(data: bytes, file: str, unit: Literal["mm/h", "mm"] | None = None) -> list[Rows]:
    """The columns of rain of an uploaded table. Raises InvalidInput, TooLarge."""
    return [_rows(one, MM_PER_HOUR) for one in hyetographs.rains(data, file, unit)]


def outlook(area: Area, hours: int, ensemble: bool) -> tuple[datetime, list[Rows]]:
    """The coming rain at an area's middle, and from when on it counts. Raises InvalidInput, HostUnavailable."""
    found = weather.coming(*area.centre, hours, ensemble=ensemble)
    return found.start, [_rows(one, MM_PER_HOUR) for one in found.rains]


def members(rain: Rows, number: int) -> list[Rows]:
    """So many rains around one; see `storms.members`."""
    return [_rows(one, MM_PER_HOUR) for one in storms.members(_hydrograph(rain, MM_PER_HOUR), number)]


def summary(rain: Rows) -> storms.RainSummary:
    """What a rain amounts to."""
    return storms.summary(_hydrograph(rain, MM_PER_HOUR))


def inflow(data: bytes, file: str) -> Rows:
    """A discharge over time of an uploaded table. Raises InvalidInput, TooLarge."""
    return _rows(hyetographs.inflow(data, file), 1.0)


def assets(data: bytes, file: str, area: Area) -> dict[str, Any]:
    """An uploaded file of places on an area as GeoJSON for a request. Raises InvalidInput, TooLarge."""
    found: dict[str, Any] = asset_files.geojson(data, file, area.crs)
    asset_files.check_near(places.read(found), area.name, area.box)
    return found


def zones(data: bytes, file: str) -> dict[str, Any]:
    """An uploaded GeoJSON of polygons with Manning's n, for a request. Raises InvalidInput, TooLarge."""
    found: dict[str, Any] = asset_files.decoded(data, file, "polygons as GeoJSON")
    question.zones(found)
    return found


def _rows(series: Hydrograph, unit: float) -> Rows:
    return [[float(time), float(rate / unit)] for time, rate in zip(series.times, series.rates, strict=True)]


def _hydrograph(rows: Rows, unit: float) -> Hydrograph:
    from core.hydraulics.domain import hydrograph

    return hydrograph([(time, rate) for time, rate in rows], unit)


# The check


@dataclass(frozen=True)
class Check:
    """What the solver found of a forecast's event. folder: its files; value: the class that is the forecast's truth."""

    folder: Path
    value: str


def check(folder: Path, progress: ProgressListener) -> Check:
    """Run the solver on the event of a forecast's folder, and keep what it finds. Raises InvalidInput, Cancelled."""
    from core.systems.flood import solver_check

    return Check(*solver_check.check(folder, _checks(), progress))


def checked(folder: Path) -> Check | None:
    """What the solver found of it before, if it ran and its files are still kept."""
    from core.systems.flood import solver_check

    found = solver_check.found(folder, _checks())
    return found and Check(*found)


def _home() -> Path:
    return settings().data_dir / question.AREAS


def _checks() -> Path:
    return settings().data_dir / "checks"
