"""Arrows of the water's velocity at each lead time, at places spread over the part of the grid that is looked at.

Of each square of the grid one place has an arrow: where the water stands at most lead times. An arrow is what the
raster of velocity holds there, none where the map shows no water at that time. Azimuths are from true north, as a map
in Web Mercator has it, not from the grid's.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.views import DEGREES, View

MAX_SQUARES = 48  # along the longer side of a view
CANDIDATES = 4  # places to each side of a square, of which one has the arrow
SPEED_STEPS, AZIMUTH_STEPS = 63, 32  # a byte each
NICE_SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # of the legend's arrow [m/s]
USUAL = 0.9  # quantile of the speeds; the legend's arrow is about as fast


class FlowArrows(TypedDict):
    """Arrows as the map's script takes them.

    count: places that have an arrow at some time.
    spacing: side of a square [m].
    fastest: speed of the byte SPEED_STEPS [m/s].
    reference: speed of the arrow in the legend [m/s].
    estimated: whether the velocity was estimated from coarse cells.
    packed: zlib in base64; the latitude of each place, then the longitude, as shares of the view's bounds from the
        south and from the west, uint16, little-endian; then for each place the speed at each lead time, 0 for no arrow;
        then likewise the azimuth that the water runs to, AZIMUTH_STEPS for a turn; uint8 both.
    """

    count: int
    spacing: float
    fastest: float
    reference: float
    estimated: bool
    packed: str


class _Velocity(NamedTuple):
    """The rasters of velocity around a view. east, north: shape (times, block rows, block cols) [m/s].

    top, left: of the first block, in blocks of `factor` x `factor` cells.
    """

    east: np.ndarray
    north: np.ndarray
    top: int
    left: int
    factor: int


def arrows(folder: ForecastFolder, view: View, water: Sequence[np.ndarray]) -> FlowArrows | None:
    """The arrows of a view; None where nothing flows, or no velocity is known: an old folder, a damaged raster.

    water: which blocks of the view are drawn as water at each lead time, shape `view.blocks` each.
    """
    velocity = _velocity(folder, view) if water else None
    if velocity is None or len(water) != len(velocity.east) or view.bounds is None:
        return None
    square = max(
        -(-max(view.window[1] - view.window[0], view.window[3] - view.window[2]) // MAX_SQUARES), velocity.factor
    )
    rows, cols = _places(view, water, square)
    covered = np.array(
        [blocks[(rows - view.window[0]) // view.step, (cols - view.window[2]) // view.step] for blocks in water]
    )
    at = np.s_[:, rows // velocity.factor - velocity.top, cols // velocity.factor - velocity.left]
    east, north = (np.nan_to_num(raster[at]) * covered for raster in (velocity.east, velocity.north))
    speed = np.hypot(east, north)
    fastest = float(speed.max(initial=0.0))
    if fastest <= 0:
        return None
    longitude, latitude, grid_north = _on_map(folder, rows, cols)
    azimuth = np.arctan2(east, north) + grid_north
    south, west, north_edge, east_edge = view.bounds
    speeds = np.round(speed / fastest * SPEED_STEPS).astype(np.uint8)
    azimuths = (np.round(azimuth / (2 * np.pi) * AZIMUTH_STEPS) % AZIMUTH_STEPS).astype(np.uint8)
    packed = b"".join(
        part.tobytes()
        for part in (
            _shares(latitude, south, north_edge),
            _shares(longitude, west, east_edge),
            speeds.T,
            np.where(speeds > 0, azimuths, np.uint8(0)).T,
        )
    )
    usual = float(np.quantile(speed[speed > 0], USUAL))
    return {
        "count": len(rows),
        "spacing": square * float(np.sqrt(np.prod(folder.cell_size))),
        "fastest": fastest,
        "reference": max((nice for nice in NICE_SPEEDS if nice <= usual), default=NICE_SPEEDS[0]),
        "estimated": folder.summary.get("engine") != "solver",
        "packed": b64encode(zlib.compress(packed)).decode(),
    }


def _velocity(folder: ForecastFolder, view: View) -> _Velocity | None:
    """The rasters around a view; None where there are none, or none that fit the forecast's grid."""
    rasters = []
    for name in (forecast_files.VELOCITY_EAST, forecast_files.VELOCITY_NORTH):
        try:
            with folder.raster(name) as dataset:
                factor = round(dataset.transform.a / folder.transform.a)
                if factor < 1 or dataset.shape != tuple(-(-size // factor) for size in folder.shape):
                    return None
                top, bottom, left, right = (view.window[0] // factor, -(-view.window[1] // factor),
                                            view.window[2] // factor, -(-view.window[3] // factor))  # fmt: skip
                window = ((top, bottom), (left, right))
                rasters.append(dataset.read(range(1, dataset.count + 1), window=window))
        except InvalidInput:
            return None
    east, north = rasters
    return _Velocity(east, north, top, left, factor) if east.shape == north.shape else None


def _places(view: View, water: Sequence[np.ndarray], square: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the grid's cells that have an arrow at some time, shape (places,) each.

    square: cells to the side of a square, from the view's corner.
    """
    top, bottom, left, right = view.window
    rows, cols = _candidates(top, bottom, square), _candidates(left, right, square)
    at = np.ix_((np.minimum(rows, bottom - 1) - top) // view.step, (np.minimum(cols, right - 1) - left) // view.step)
    times = np.zeros((len(rows), len(cols)), np.int64)
    for blocks in water:
        times += blocks[at]
    times *= (rows < bottom)[:, None] & (cols < right)
    away = np.abs(np.arange(CANDIDATES) - (CANDIDATES - 1) / 2)
    nearness = np.tile(-(away[:, None] + away), (len(rows) // CANDIDATES, len(cols) // CANDIDATES))  # to the middle
    shape = (len(rows) // CANDIDATES, CANDIDATES, len(cols) // CANDIDATES, CANDIDATES)
    squares = (2 * CANDIDATES * times + nearness).reshape(shape).transpose(0, 2, 1, 3).reshape(shape[0], shape[2], -1)
    down, right_of = np.divmod(squares.argmax(axis=2), CANDIDATES)
    chosen_rows = down + CANDIDATES * np.arange(shape[0])[:, None]
    chosen_cols = right_of + CANDIDATES * np.arange(shape[2])
    ever = times[chosen_rows, chosen_cols] > 0
    return rows[chosen_rows[ever]], cols[chosen_cols[ever]]


def _candidates(first: int, end: int, square: int) -> np.ndarray:
    """Rows or columns that may have an arrow, CANDIDATES for each square; the last may lie beyond the end."""
    count = -(-(end - first) // square) * CANDIDATES
    indices: np.ndarray = first + ((np.arange(count) + 0.5) * square / CANDIDATES).astype(np.int64)
    return indices


def _on_map(folder: ForecastFolder, rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Longitude and latitude of the middles of cells [degrees], and the azimuth of the grid's north there [rad]."""
    transformer = folder.transformer(DEGREES)

    def degrees(down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = folder.transform @ np.array([cols + 0.5, down])
        longitude, latitude = transformer.transform(x, y, direction="INVERSE")
        return np.asarray(longitude), np.asarray(latitude)

    (longitude, latitude), (longitude_above, latitude_above) = degrees(rows + 0.5), degrees(rows - 0.5)
    to_east = (longitude_above - longitude) * np.cos(np.radians(latitude))
    return longitude, latitude, np.arctan2(to_east, latitude_above - latitude)


def _shares(degrees: np.ndarray, low: float, high: float) -> np.ndarray:
    """Where between two edges, 0 to 65,535; uint16, little-endian."""
    return np.clip(np.round((degrees - low) / (high - low) * 65_535), 0, 65_535).astype("<u2")
