"""A section across a forecast: ground and water along a line, straight from the rasters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.maps.flood.contents import RasterReader
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.views import DEGREES

MAX_SAMPLES = 500  # along the line: what a chart shows
MAX_POINTS = 50  # that a line may have
EXAMPLE = "50.7380, -3.5360; 50.7345, -3.5290"


@dataclass(frozen=True, eq=False)
class Section:
    """Ground and water at samples along a line; NaN off the grid and where there is no data.

    points: of the line, latitude and longitude [degrees, WGS 84].
    distance: from the line's first point, shape (samples,) [m].
    ground: elevation above datum, shape (samples,) [m].
    lead_times: times since the start [s].
    depths: water depth at the lead times, shape (times, samples) [m].
    max_depth: greatest water depth at any time, shape (samples,) [m].
    """

    points: tuple[tuple[float, float], ...]
    distance: np.ndarray
    ground: np.ndarray
    lead_times: tuple[float, ...]
    depths: np.ndarray
    max_depth: np.ndarray

    def depth(self, step: int | None) -> np.ndarray:
        """Depth at a lead time, by its index; the greatest for None. Shape (samples,) [m]."""
        depth: np.ndarray = self.max_depth if step is None else self.depths[step]
        return depth

    def level(self, step: int | None) -> np.ndarray:
        """Level of the water above datum, NaN where it is less than 0.05 m deep; shape (samples,) [m]."""
        depth = self.depth(step)
        return np.where(depth >= WET, self.ground + depth, np.nan)


def read_section(folder: ForecastFolder, points: Sequence[Sequence[float]]) -> Section:
    """The section along a line. Raises InvalidInput for what is no line on the grid, and for damaged files.

    points: latitude and longitude of each [degrees, WGS 84].
    """
    if not 2 <= len(points) <= MAX_POINTS:
        raise InvalidInput(
            expected=f"a line of 2 to {MAX_POINTS} points",
            received=f"{len(points)}",
            advice=f"Draw it, or type it as {EXAMPLE}.",
        )
    cols, rows = _on_grid(folder, points)
    columns, lines, distance = _samples(folder, cols, rows)
    inside = (lines >= 0) & (lines < folder.shape[0]) & (columns >= 0) & (columns < folder.shape[1])
    if not inside.any():
        raise InvalidInput(
            expected="a line across the forecast's area", received="one beside it", advice="Draw it over the ground."
        )
    cells = np.floor(lines[inside]).astype(int), np.floor(columns[inside]).astype(int)

    def along(name: str) -> np.ndarray:
        """The bands of a raster at the samples, shape (bands, samples)."""
        with folder.raster(name) as dataset:
            values = np.full((dataset.count, distance.size), np.nan)
            values[:, inside] = _cells(dataset, folder, *cells)
        return values

    return Section(
        tuple((float(point[0]), float(point[1])) for point in points),
        distance,
        along(forecast_files.TERRAIN)[0],
        folder.lead_times,
        along(forecast_files.DEPTH),
        along(forecast_files.MAX_DEPTH)[0],
    )


def parsed(text: str) -> tuple[tuple[float, float], ...]:
    """The points of a line as they are typed: "LATITUDE, LONGITUDE; LATITUDE, LONGITUDE". Raises InvalidInput."""
    try:
        points = tuple(_point(part) for part in text.split(";") if part.strip())
    except ValueError:
        points = ()
    if len(points) < 2 or not all(abs(north) <= 90 and abs(east) <= 180 for north, east in points):  # NaN too
        raise InvalidInput(
            expected="two or more points of latitude and longitude in degrees, with ; between them",
            received=f"{text!r:.80}",
            advice=f"Type them as {EXAMPLE}.",
        )
    return points


def written(points: Sequence[Sequence[float]]) -> str:
    """The points of a line as `parsed` reads them."""
    return "; ".join(f"{point[0]:.6f}, {point[1]:.6f}" for point in points)


def _point(text: str) -> tuple[float, float]:
    north, east = (float(part) for part in text.split(","))
    return north, east


def _on_grid(folder: ForecastFolder, points: Sequence[Sequence[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of points, with fractions; shape (points,) each."""
    latitudes, longitudes = np.array(points, dtype=float).T[:2]
    x, y = folder.transformer(DEGREES).transform(longitudes, latitudes)
    cols, rows = ~folder.transform @ (np.asarray(x), np.asarray(y))
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        raise InvalidInput(
            expected="a line across the forecast's area", received="one far from it", advice="Draw it over the ground."
        )
    return cols, rows


def _samples(folder: ForecastFolder, cols: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column, row and distance [m] of samples along a line, at least one for each cell that it crosses, if they fit."""
    dx, dy = folder.cell_size
    parts = np.hypot(np.diff(cols) * dx, np.diff(rows) * dy)
    ends = np.concatenate([[0.0], np.cumsum(parts)])
    count = int(min(MAX_SAMPLES, max(2, math.ceil(2 * ends[-1] / min(dx, dy)))))
    distance = np.unique(np.concatenate([np.linspace(0.0, ends[-1], count), ends]))
    return np.interp(distance, ends, cols), np.interp(distance, ends, rows), distance


def _cells(dataset: RasterReader, folder: ForecastFolder, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """The bands of some cells, NaN for no data; shape (bands, cells)."""
    middles: Iterator[tuple[float, float]] = (
        folder.transform @ (col + 0.5, row + 0.5) for row, col in zip(rows.tolist(), cols.tolist(), strict=True)
    )
    values = np.array(list(dataset.sample(middles)), dtype=float).T
    if dataset.nodata is not None and not np.isnan(dataset.nodata):
        values[values == dataset.nodata] = np.nan
    return values
