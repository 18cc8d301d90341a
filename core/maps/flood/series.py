"""The water at one place: its depth over time, and what is known of its greatest depth, straight from the rasters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.hazard import depth_words, hazard_words
from core.maps.flood.folder import Folder, band
from core.maps.flood.views import DEGREES


@dataclass(frozen=True)
class Series:
    """The cell that a place lies in. Without data there all numbers are None, and `depths` holds None.

    row, col: of the cell. ground: above datum [m]. lead_times [s]. depths: at them [m]. max_depth; low, high: ends of
    its 80 % interval, None where it is not known [m]. arrival: first time of 0.05 m, None for never [s].
    max_speed [m/s]. hazard: rating.
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


def at(folder: Folder, latitude: float, longitude: float) -> Series | None:
    """The cell at a place [degrees]; None off the grid. Raises InvalidInput for what is no place, or damaged files."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # NaN too
        raise InvalidInput(
            f"Expected a latitude of -90 to 90 and a longitude of -180 to 180. Received {latitude:g}, {longitude:g}. "
            "Write them as 51.5012, -0.1419."
        )
    x, y = folder.to_crs(DEGREES).transform(longitude, latitude)
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    along, down = ~folder.transform @ (x, y)
    row, col = int(np.floor(down)), int(np.floor(along))
    if not (0 <= row < folder.shape[0] and 0 <= col < folder.shape[1]):
        return None

    def number(name: str) -> float | None:
        return _cell(folder, name, row, col)[0] if folder.has(name) else None

    return Series(
        latitude,
        longitude,
        row,
        col,
        number("terrain"),
        folder.lead_times,
        tuple(_cell(folder, "depth", row, col)),
        number("max_depth"),
        number("max_depth_low"),
        number("max_depth_high"),
        number("arrival"),
        number("max_speed"),
        number("hazard"),
    )


def _cell(folder: Folder, name: str, row: int, col: int) -> list[float | None]:
    """A cell's number in each band; None for no data."""
    window = ((row, row + 1), (col, col + 1))
    with folder.raster(name) as dataset:
        found = [float(band(dataset, one, window=window)[0, 0]) for one in range(1, dataset.count + 1)]
    return [one if np.isfinite(one) else None for one in found]
