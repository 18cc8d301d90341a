"""The water at one point: its depth over time, and what is known of its greatest depth, straight from the rasters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.hydraulics.hazard import depth_words, hazard_words
from core.maps.flood.forecast_folder import ForecastFolder, read_band
from core.maps.flood.views import DEGREES


@dataclass(frozen=True)
class PointSeries:
    """The cell that a point lies in. Without data there all numbers are None, and `depths` holds None.

    latitude, longitude: of the point [degrees, WGS 84].
    row, col: of the cell.
    ground: elevation above datum [m].
    lead_times: times since the start [s].
    depths: water depth at the lead times [m].
    max_depth: greatest water depth at any time [m].
    low, high: ends of its 80 % interval; None where it is not known [m].
    arrival: first time of 0.05 m; None for never [s].
    max_speed: greatest speed of the water [m/s].
    hazard: hazard rating of FD2320.
    """

    latitude: float
    longitude: float
    row: int
    col: int
    ground: float | None
    lead_times: tuple[float, ...]
    depths: tuple[float | None, ...]
    max_depth: float | None
    low: float | None
    high: float | None
    arrival: float | None
    max_speed: float | None
    hazard: float | None

    @property
    def depth_words(self) -> str:
        """The greatest depth in words; "unknown" without data."""
        return "unknown" if self.max_depth is None else depth_words(self.max_depth)

    @property
    def hazard_words(self) -> str:
        """The hazard's class; "unknown" without data."""
        return "unknown" if self.hazard is None else hazard_words(self.hazard)


def read_point(folder: ForecastFolder, latitude: float, longitude: float) -> PointSeries | None:
    """The cell at a point; None off the grid. Raises InvalidInput for what is no point, or damaged files.

    latitude, longitude: of the point [degrees, WGS 84].
    """
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # NaN too
        raise InvalidInput(
            expected="a latitude of -90 to 90 and a longitude of -180 to 180",
            received=f"{latitude:g}, {longitude:g}",
            advice="Write them as 51.5012, -0.1419.",
        )
    x, y = folder.transformer(DEGREES).transform(longitude, latitude)
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    along, down = ~folder.transform @ (x, y)
    row, col = int(np.floor(down)), int(np.floor(along))
    if not (0 <= row < folder.shape[0] and 0 <= col < folder.shape[1]):
        return None

    def value(name: str) -> float | None:
        return _cell(folder, name, row, col)[0] if folder.has(name) else None

    return PointSeries(
        latitude,
        longitude,
        row,
        col,
        value(forecast_files.TERRAIN),
        folder.lead_times,
        tuple(_cell(folder, forecast_files.DEPTH, row, col)),
        value(forecast_files.MAX_DEPTH),
        value(forecast_files.MAX_DEPTH_LOW),
        value(forecast_files.MAX_DEPTH_HIGH),
        value(forecast_files.ARRIVAL),
        value(forecast_files.MAX_SPEED),
        value(forecast_files.HAZARD),
    )


def deepest(folder: ForecastFolder) -> tuple[float, float] | None:
    """Latitude and longitude of the cell with the greatest depth, which headlines name; None where nothing is wet.

    Raises InvalidInput for damaged files, and where the forecast does not say where it lies.
    """
    with folder.raster(forecast_files.MAX_DEPTH) as dataset:
        depths = np.nan_to_num(read_band(dataset))
    if not (depths > 0).any():
        return None
    row, col = (int(index) for index in np.unravel_index(int(depths.argmax()), depths.shape))
    x, y = folder.transform @ (col + 0.5, row + 0.5)
    longitude, latitude = folder.transformer(DEGREES).transform(x, y, direction="INVERSE")
    return float(latitude), float(longitude)


def _cell(folder: ForecastFolder, name: str, row: int, col: int) -> list[float | None]:
    """A cell's value in each band; None for no data."""
    window = ((row, row + 1), (col, col + 1))
    with folder.raster(name) as dataset:
        values = [float(read_band(dataset, number, window=window)[0, 0]) for number in range(1, dataset.count + 1)]
    return [value if np.isfinite(value) else None for value in values]
