"""Protocols of all that the Flood page asks of its system beside forecasts: areas, rain, inflows, places, the check.

The page may not import the system (see docs/architecture.md); `core.systems.flood.workbench` fits these by structure,
which mypy proves in tests/typed/flood_workbench.py, and `inference.workbench` checks once when the page asks for it.
All functions raise errors of `core.errors`, whose message is for the person at the page; arguments go by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, TypeVar

from pydantic import JsonValue

from core import inference
from core.progress import ProgressListener

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SYSTEM = "flood"
BoundingBox = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""
SeriesRows = list[list[float]]
"""Rows of a request: time [s], and rain [mm/h] or discharge [m3/s]."""
GeoJson = dict[str, JsonValue]
"""Decoded GeoJSON in WGS 84."""
RainUnit = Literal["mm/h", "mm"]


class RequestedInflow(TypedDict):
    """A river that brings water, in a request: where [degrees] and how much when."""

    latitude: float
    longitude: float
    series: SeriesRows


class AreaRecord(Protocol):
    """An area that floods can be forecast for."""

    @property
    def name(self) -> str:
        """Its name, unique among the areas."""

    @property
    def rows(self) -> int:
        """Number of rows of its grid."""

    @property
    def cols(self) -> int:
        """Number of columns of its grid."""

    @property
    def dx(self) -> float:
        """Width of a cell [m]."""

    @property
    def dy(self) -> float:
        """Height of a cell [m]."""

    @property
    def cells(self) -> int:
        """Number of cells of its grid, with those without data."""

    @property
    def crs(self) -> str:
        """Its coordinate system."""

    @property
    def box(self) -> BoundingBox:
        """Bounding box in WGS 84 [degrees]."""

    @property
    def source(self) -> str:
        """Where its terrain came from."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Changes that were made to its terrain, in sentences."""


class UploadedTerrain(Protocol):
    """The header of a terrain file before it becomes an area."""

    @property
    def rows(self) -> int:
        """Number of rows of its grid."""

    @property
    def cols(self) -> int:
        """Number of columns of its grid."""

    @property
    def width(self) -> float:
        """Width of a cell in the file's units: metres, feet or degrees."""

    @property
    def crs(self) -> str | None:
        """Its coordinate system; None if the file names none."""

    @property
    def fits(self) -> float:
        """Smallest width of a cell with which it can be kept, in the file's units."""

    @property
    def forecast_fits(self) -> float:
        """Smallest width of a cell with which it can be forecast, in the file's units."""


class PreviewedTerrain(Protocol):
    """A terrain at the size of a screen, in Web Mercator, before it is read."""

    @property
    def heights(self) -> NDArray[np.float32]:
        """In the file's unit, the northernmost row first, NaN for no data; shape (rows, cols)."""

    @property
    def pixel(self) -> float:
        """Width and height of a pixel [m]."""

    @property
    def box(self) -> BoundingBox:
        """Bounding box in WGS 84 [degrees]."""


class RainTotals(Protocol):
    """Sums of a rain over time."""

    @property
    def total(self) -> float:
        """Total depth of the rain [mm]."""

    @property
    def peak(self) -> float:
        """Greatest rate [mm/h]."""

    @property
    def duration(self) -> float:
        """Time from the first rain to the last [s]."""


class DesignRainTable(Protocol):
    """Depth of rain by duration and return period, as a weather service publishes it for an area."""

    def depth(self, period: float, duration: float, /) -> float:
        """Depth [mm] that is reached once in `period` [years] within `duration` [s]. Raises InvalidInput."""

    def period(self, depth: float, duration: float, /) -> float:
        """Return period [years] of a depth [mm] within `duration` [s]. Raises InvalidInput."""


class SolverVerdict(Protocol):
    """The solver's answer for a forecast's event."""

    @property
    def folder(self) -> Path:
        """Its files, as those of a forecast."""

    @property
    def value(self) -> str:
        """The class that is the forecast's truth."""


AreaT = TypeVar("AreaT", bound=AreaRecord)


class FloodWorkbench(Protocol[AreaT]):
    """The functions and constants of the system that the page uses. AreaT: what the system itself calls an area."""

    SAMPLE: str
    """Name of the invented area that is always there."""
    SHAPES: tuple[str, ...]
    """Names of the shapes of a design storm."""
    ROUGHNESS: dict[str, float]
    """Manning's n by the kind of ground [s m-1/3]."""

    def areas(self) -> list[AreaT]:
        """All areas, the sample first."""

    def look(self, data: bytes, crs: str | None, box: BoundingBox | None, /) -> UploadedTerrain:
        """The header of a terrain file, or of its part in a box."""

    def preview(self, data: bytes, crs: str | None, /) -> PreviewedTerrain:
        """A terrain file at the size of a screen, to draw a box on."""

    def preview_area(self, name: str, /) -> PreviewedTerrain:
        """An area at the size of a screen, to draw a box on."""

    def cut_area(self, name: str, new_name: str, box: BoundingBox, /) -> AreaT:
        """Keep the part of an area in a box as another area."""

    def proposed_name(self, file_name: str, /) -> str:
        """A name for the area in a file of that name."""

    def add_area(
        self, name: str, data: bytes, cell_size: float | None, crs: str | None, box: BoundingBox | None, /
    ) -> AreaT:
        """Keep an uploaded terrain, or its part in a box, averaged into wider cells if a size is given."""

    def fetch_area(self, name: str, box: BoundingBox, progress: ProgressListener | None, /) -> AreaT:
        """Keep the Copernicus model of a box."""

    def rename_area(self, name: str, new_name: str, /) -> AreaT:
        """Give an area another name."""

    def remove_area(self, name: str, /) -> None:
        """Remove an area with its files."""

    def home_of(self, name: str, /) -> Path:
        """The folder with an area's terrain.tif."""

    def cell_sizes(self, area: AreaT, /) -> list[float]:
        """Cell sizes with which an area can be forecast, the finest first [m]."""

    def design_rain_of(self, name: str, /) -> DesignRainTable | None:
        """An area's table of design rain; None if it has none."""

    def keep_design_rain(self, name: str, data: bytes, /) -> DesignRainTable:
        """Give an area a table of design rain, from a CSV."""

    def example(self) -> Mapping[str, object]:
        """`inflows` and `assets` of a request for the sample area."""

    def storm(self, depth: float, minutes: float, shape: str, peak: float, /) -> SeriesRows:
        """A design storm. depth [mm]; peak: where it is strongest, as a share of the duration."""

    def rains(self, data: bytes, file_name: str, unit: RainUnit | None, /) -> list[SeriesRows]:
        """The columns of rain of an uploaded table."""

    def rain_start(self, data: bytes, file_name: str, /) -> datetime | None:
        """When an uploaded table of rain begins, without an offset where it has none; None without dates."""

    def outlook(self, area: AreaT, hours: int, ensemble: bool, /) -> tuple[datetime, list[SeriesRows]]:
        """The coming rain at an area's middle, and from when on it counts."""

    def members(self, rain: SeriesRows, count: int, /) -> list[SeriesRows]:
        """Rains around one that differ in depth and in time."""

    def summary(self, rain: SeriesRows, /) -> RainTotals:
        """Sums of a rain over time."""

    def inflow(self, data: bytes, file_name: str, /) -> SeriesRows:
        """The discharge over time of an uploaded table."""

    def assets(self, data: bytes, file_name: str, area: AreaT, /) -> GeoJson:
        """An uploaded file of places on an area, for a request."""

    def zones(self, data: bytes, file_name: str, /) -> GeoJson:
        """An uploaded GeoJSON of polygons with Manning's n, for a request."""

    def check(self, folder: Path, progress: ProgressListener, /) -> SolverVerdict:
        """Run the solver on the event of a forecast's folder, and keep what it finds."""

    def checked(self, folder: Path, /) -> SolverVerdict | None:
        """The solver's earlier answer; None if it has not run or its files are gone."""


def bench() -> FloodWorkbench[AreaRecord]:
    """The system's workbench."""
    return inference.workbench(SYSTEM, FloodWorkbench)
