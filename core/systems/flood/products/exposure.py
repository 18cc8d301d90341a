"""What the water does at named places: how deep, how soon, how dangerous.

A point or a line is looked at with all within REACH, an area with the cells around it too: inside a house that stands
above the ground in the terrain there is no water, it stands at its walls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.artefacts.forecast_files import AssetProperties
from core.errors import InvalidInput, TooLarge
from core.hydraulics.hazard import WET, depth_words, hazard_words
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products.assets import NO_CRS, Asset, Geometry
from core.systems.flood.products.judgement import probability_of_at_least
from core.systems.flood.terrain import geography

MAX_CELLS = 200_000_000  # that all assets cover together
REACH = 3.0  # [m]
MAX_CHANCE = 0.999  # that water comes, or does not: an 80 % interval does not tell more about what is rare

State = Literal["flooded", "dry", "no data", "outside"]
ORDER: dict[State, int] = {"flooded": 0, "dry": 1, "no data": 2, "outside": 3}

Window = tuple[int, int, int, int]
"""First row, end row, first column, end column of a part of the grid."""


@dataclass(frozen=True)
class Exposure:
    """What happens at an asset; a number is None where it is not known, or the water never comes.

    name: of the asset.
    longitude, latitude: of a point on it [degrees].
    state: "outside" where it lies off the terrain, which is then all that is known.
    partly_outside: whether some of it lies off the terrain.
    depth: greatest depth [m].
    low, high: 80 % interval of the depth [m].
    arrival: first time with 0.05 m [s].
    arrival_interval: 80 % interval of it, where water comes and the version knows it [s].
    speed: greatest speed [m/s].
    hazard: hazard rating.
    deepest: longitude and latitude of the cell in which it is deepest [degrees].
    """

    name: str
    longitude: float
    latitude: float
    state: State
    partly_outside: bool = False
    depth: float | None = None
    low: float | None = None
    high: float | None = None
    arrival: float | None = None
    arrival_interval: tuple[float, float] | None = None
    speed: float | None = None
    hazard: float | None = None
    deepest: tuple[float, float] | None = None

    @property
    def depth_words(self) -> str:
        """The depth in words, such as waist-deep; "unknown" off the terrain."""
        return "unknown" if self.depth is None else depth_words(self.depth)

    @property
    def flood_chance(self) -> float | None:
        """The probability that it gets WET, by the interval of its depth; None where no interval is known."""
        if self.depth is None or self.low is None or self.high is None:
            return None
        low, high = min(self.low, self.depth), max(self.high, self.depth)
        chance = probability_of_at_least(WET, low, self.depth, high)
        return round(min(max(chance, 1 - MAX_CHANCE), MAX_CHANCE), 4)

    @property
    def hazard_words(self) -> str:
        """The hazard's class; "unknown" off the terrain."""
        return "unknown" if self.hazard is None else hazard_words(self.hazard)


def assess(forecast: FloodForecast, assets: Sequence[Asset]) -> list[Exposure]:
    """What happens at each asset: the first to be reached first, then those that stay dry, then those outside.

    Raises InvalidInput where the terrain does not say where it lies, TooLarge where the assets cover too much.
    """
    if forecast.terrain.crs is None:
        raise InvalidInput(NO_CRS)
    shapes = _surroundings(forecast, assets)
    windows = [_window(shape, forecast.terrain.elevation.shape) for shape in shapes]
    covered = sum((window[1] - window[0]) * (window[3] - window[2]) for window in windows if window)
    if covered > MAX_CELLS:
        raise TooLarge(
            expected=f"assets that cover up to {MAX_CELLS:,} cells together",
            received=f"{covered:,}",
            advice="Send smaller ones.",
        )
    exposures = [
        _exposure(forecast, asset, shape, window) for asset, shape, window in zip(assets, shapes, windows, strict=True)
    ]
    return sorted(exposures, key=_urgency)


def _urgency(exposure: Exposure) -> tuple[int, float, float, str]:
    """What exposures are sorted by: state, arrival, depth from the greatest on, name."""
    arrival = float("inf") if exposure.arrival is None else exposure.arrival
    return ORDER[exposure.state], arrival, -(exposure.depth or 0), exposure.name


def _surroundings(forecast: FloodForecast, assets: Sequence[Asset]) -> list[Geometry | None]:
    """The area around each asset that is looked at, in columns and rows; None where the grid's crs does not reach."""
    import shapely

    ground = forecast.terrain
    shapes = geography.grid(ground, np.array([asset.shape for asset in assets], dtype=object))
    cell = max(ground.dx, ground.dy)
    areas = np.isin(shapely.get_dimensions(shapes), 2)
    distances = np.where(areas, max(REACH, cell), REACH) / min(ground.dx, ground.dy)  # at the most, on oblong cells
    reached = [bool(np.isfinite(shapely.get_coordinates(shape)).all()) for shape in shapes]
    return [
        shapely.buffer(shape, distance, quad_segs=4) if fits else None
        for shape, distance, fits in zip(shapes, distances, reached, strict=True)
    ]


def _window(shape: Geometry | None, size: tuple[int, ...]) -> Window | None:
    """The part of a grid of `size` (rows, cols) in which a shape lies; None if it lies off the grid."""
    if shape is None or shape.is_empty:
        return None
    left, top, right, bottom = shape.bounds
    first_row, end_row = max(0, int(np.floor(top))), min(size[0], int(np.ceil(bottom)))
    first_col, end_col = max(0, int(np.floor(left))), min(size[1], int(np.ceil(right)))
    if first_row >= end_row or first_col >= end_col:
        return None
    return first_row, end_row, first_col, end_col


def _exposure(forecast: FloodForecast, asset: Asset, shape: Geometry, window: Window | None) -> Exposure:
    """The extremes of the forecast's rasters over the cells that `shape`, in columns and rows, touches."""
    point = asset.shape.representative_point()
    identity = (asset.name, float(point.x), float(point.y))
    if window is None:
        return Exposure(*identity, "outside")
    from affine import Affine
    from rasterio import features

    rows, cols = slice(*window[:2]), slice(*window[2:])
    size = (window[1] - window[0], window[3] - window[2])
    moved = Affine.translation(window[2], window[0])
    cells = features.rasterize([shape], size, transform=moved, all_touched=True, dtype=np.uint8) > 0
    if not cells.any():
        return Exposure(*identity, "outside")
    grid_rows, grid_cols = forecast.terrain.elevation.shape
    left, top, right, bottom = shape.bounds
    partly = left < 0 or top < 0 or right > grid_cols or bottom > grid_rows

    def extreme(raster: np.ndarray | None, first: bool = False) -> float | None:
        """The greatest number in the asset's cells, or the least for the first time; None without any."""
        values = np.empty(0) if raster is None else raster[rows, cols][cells]
        numbers = values[np.isfinite(values)]
        return None if not numbers.size else float(numbers.min() if first else numbers.max())

    depth = extreme(forecast.max_depth)
    if depth is None:
        return Exposure(*identity, "no data", partly)
    arrival, spread = extreme(forecast.arrival, first=True), forecast.arrival_spread
    return Exposure(
        *identity,
        "flooded" if depth >= WET else "dry",
        partly,
        depth=depth,
        low=extreme(forecast.low),
        high=extreme(forecast.high),
        arrival=arrival,
        arrival_interval=None if spread is None or arrival is None else spread.at_place(arrival, depth),
        speed=extreme(forecast.max_speed),
        hazard=extreme(forecast.hazard),
        deepest=_deepest(forecast, cells, window),
    )


def _deepest(forecast: FloodForecast, cells: np.ndarray, window: Window) -> tuple[float, float]:
    """Longitude and latitude of the middle of the deepest cell; cells: those of an asset in the window, with depth."""
    import shapely

    depths = np.where(cells, forecast.max_depth[window[0] : window[1], window[2] : window[3]], np.nan)
    row, col = np.unravel_index(int(np.nanargmax(depths)), depths.shape)
    middle = geography.degrees(forecast.terrain, shapely.Point(window[2] + col + 0.5, window[0] + row + 0.5))
    return float(middle.x), float(middle.y)


def collection(exposures: Sequence[Exposure]) -> Mapping[str, object]:
    """The exposures as GeoJSON points in WGS 84, in their order."""
    import shapely

    return geography.collection(
        [
            geography.feature(shapely.Point(exposure.longitude, exposure.latitude), {**row(exposure)})
            for exposure in exposures
        ]
    )


def row(exposure: Exposure) -> AssetProperties:
    """What a table and a map say about an asset, units in the names."""
    return {
        "name": exposure.name,
        "state": exposure.state,
        "partly_outside": exposure.partly_outside,
        "arrival_s": exposure.arrival,
        "arrival_low_s": exposure.arrival_interval[0] if exposure.arrival_interval else None,
        "arrival_high_s": exposure.arrival_interval[1] if exposure.arrival_interval else None,
        "depth_m": exposure.depth,
        "depth": exposure.depth_words,
        "depth_low_m": exposure.low,
        "depth_high_m": exposure.high,
        "flood_chance": exposure.flood_chance,
        "speed_m_per_s": exposure.speed,
        "hazard_rating": exposure.hazard,
        "hazard": exposure.hazard_words,
        "longitude": exposure.longitude,
        "latitude": exposure.latitude,
        "deepest_longitude": exposure.deepest[0] if exposure.deepest else None,
        "deepest_latitude": exposure.deepest[1] if exposure.deepest else None,
    }
