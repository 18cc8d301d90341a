"""What the water does at named places: how deep, how soon, how dangerous.

A point or a line is looked at with all within REACH, an area with the cells around it too: inside a house that stands
above the ground in the terrain there is no water, it stands at its walls.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.hydraulics.hazard import WET, depth_words, hazard_words
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.terrain import geography

MOST_ASSETS = 10_000
MOST_POINTS = 200_000  # of all their lines and outlines
MOST_CELLS = 200_000_000  # that they cover together
LONGEST_NAME = 200  # characters
REACH = 3.0  # [m]
KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
EXPECTED = "Expected assets as GeoJSON: points, lines or polygons in WGS 84, longitude before latitude."
NO_CRS = (
    "Expected a terrain with a coordinate system, to find assets on it. Received one without. Export it with its "
    "coordinate system, or leave assets out."
)

NO_GEOMETRY = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What shapely raises on coordinates that make no geometry, beside its own errors."""

State = Literal["flooded", "dry", "no data", "outside"]


@dataclass(frozen=True)
class Asset:
    """A named place; shape: shapely, in degrees."""

    name: str
    shape: Any


@dataclass(frozen=True)
class Exposure:
    """What happens at an asset: the greatest depth [m], speed [m/s] and hazard rating, and the first arrival [s].

    state: "outside" where it lies off the terrain, which is then all that is known. partly_outside: some of it does.
    low, high: 80 % interval of the depth [m]. Where a number is not known, or the water never comes, None.
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
    speed: float | None = None
    hazard: float | None = None

    @property
    def depth_words(self) -> str:
        """In words, waist-deep say; "unknown" off the terrain."""
        return "unknown" if self.depth is None else depth_words(self.depth)

    @property
    def hazard_words(self) -> str:
        """The hazard's class; "unknown" off the terrain."""
        return "unknown" if self.hazard is None else hazard_words(self.hazard)


def read(given: Any) -> list[Asset]:
    """Assets from decoded GeoJSON, named by the property `name` or `id`, else by number. InvalidInput, TooLarge."""
    features = _features(given)
    if not features:
        raise InvalidInput(f"{EXPECTED} Received none. Add at least one, or leave assets out.")
    if len(features) > MOST_ASSETS:
        raise TooLarge(f"Expected up to {MOST_ASSETS:,} assets. Received {len(features):,}. Send them in parts.")
    points = 0
    made = []
    for number, one in enumerate(features, 1):
        made.append(_asset(one, number))
        points += _points(made[-1].shape)
        if points > MOST_POINTS:
            raise TooLarge(
                f"Expected assets of up to {MOST_POINTS:,} points together. Received more, from asset {number} on. "
                "Simplify the outlines, or send them in parts."
            )
    return made


def _features(given: Any) -> list[Any]:
    kind = given.get("type") if isinstance(given, dict) else None
    found = given.get("features") if kind == "FeatureCollection" else [given]
    if kind not in ("FeatureCollection", "Feature", *KINDS) or not isinstance(found, list):
        raise InvalidInput(f"{EXPECTED} Received {kind or type(given).__name__!r:.40}. Export the layer as GeoJSON.")
    return found


def _asset(given: Any, number: int) -> Asset:
    geometry = given.get("geometry") if isinstance(given, dict) and given.get("type") == "Feature" else given
    name = _name(given, number)
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in KINDS:
        raise InvalidInput(
            f"{EXPECTED} Received {kind or 'nothing'!r:.40} as {name!r:.80}. Correct it or leave it out."
        )
    return Asset(name, _shape(geometry, name))


def _name(given: Any, number: int) -> str:
    outer = given if isinstance(given, dict) else {}
    inner = outer.get("properties")
    inner = inner if isinstance(inner, dict) else {}
    by_key = {str(key).casefold(): value for key, value in inner.items()}
    said = (by_key.get("name"), by_key.get("id"), outer.get("id"))
    name = next((one for one in said if isinstance(one, str | int)), "")
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in str(name)).split())
    return clean[:LONGEST_NAME] or f"asset {number}"


def _shape(geometry: dict[str, Any], name: str) -> Any:
    import shapely

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # numbers that are none are refused below
            shape = shapely.force_2d(shapely.geometry.shape(geometry))
            corners = shapely.get_coordinates(shape)
    except (shapely.errors.ShapelyError, *NO_GEOMETRY) as problem:
        raise InvalidInput(
            f"{EXPECTED} Received coordinates as {name!r:.80} that make no {geometry['type']}: {problem!s:.80}. "
            "Correct them or leave it out."
        ) from None
    if not len(corners) or not np.isfinite(corners).all():
        raise InvalidInput(f"{EXPECTED} Received {name!r:.80} without coordinates that are numbers. Correct them.")
    if (np.abs(corners) > (180, 90)).any():
        east, north = corners[(np.abs(corners) > (180, 90)).any(axis=1)][0]
        hint = "Swap longitude and latitude." if abs(north) <= 180 and abs(east) <= 90 else "Export them in EPSG:4326."
        raise InvalidInput(f"{EXPECTED} Received longitude {east:g}, latitude {north:g} as {name!r:.80}. {hint}")
    return shape if shape.is_valid else shapely.make_valid(shape)


def _points(shape: Any) -> int:
    import shapely

    return int(shapely.get_num_coordinates(shape))


def exposures(forecast: FloodForecast, assets: list[Asset]) -> list[Exposure]:
    """What happens at each, the first to be reached first, then those that stay dry, then those outside.

    Raises InvalidInput where the terrain does not say where it lies, TooLarge where the assets cover too much.
    """
    if forecast.terrain.crs is None:
        raise InvalidInput(NO_CRS)
    shapes = _on_grid(forecast, assets)
    windows = [_window(shape, forecast.terrain.elevation.shape) for shape in shapes]
    covered = sum((one[1] - one[0]) * (one[3] - one[2]) for one in windows if one)
    if covered > MOST_CELLS:
        raise TooLarge(
            f"Expected assets that cover up to {MOST_CELLS:,} cells together. Received {covered:,}. Send smaller ones."
        )
    found = [_exposure(forecast, *each) for each in zip(assets, shapes, windows, strict=True)]
    late = float("inf")
    states = {"flooded": 0, "dry": 1, "no data": 2, "outside": 3}
    return sorted(
        found,
        key=lambda one: (states[one.state], late if one.arrival is None else one.arrival, -(one.depth or 0), one.name),
    )


def _on_grid(forecast: FloodForecast, assets: list[Asset]) -> list[Any]:
    """What is looked at around each, in columns and rows; None where the grid's crs does not reach."""
    import shapely

    ground = forecast.terrain
    shapes = geography.grid(ground, np.array([one.shape for one in assets], dtype=object))
    cell = max(ground.dx, ground.dy)
    areas = np.isin(shapely.get_dimensions(shapes), 2)
    apart = np.where(areas, max(REACH, cell), REACH) / min(ground.dx, ground.dy)  # at the most, on oblong cells
    reached = [bool(np.isfinite(shapely.get_coordinates(one)).all()) for one in shapes]
    return [
        shapely.buffer(one, far, quad_segs=4) if fits else None
        for one, far, fits in zip(shapes, apart, reached, strict=True)
    ]


def _window(shape: Any, size: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Rows and columns, from and up to, in which a shape lies; None if it lies off the grid."""
    if shape is None or shape.is_empty:
        return None
    left, top, right, bottom = shape.bounds
    first_row, end_row = max(0, int(np.floor(top))), min(size[0], int(np.ceil(bottom)))
    first_col, end_col = max(0, int(np.floor(left))), min(size[1], int(np.ceil(right)))
    if first_row >= end_row or first_col >= end_col:
        return None
    return first_row, end_row, first_col, end_col


def _exposure(forecast: FloodForecast, asset: Asset, shape: Any, window: tuple[int, int, int, int] | None) -> Exposure:
    place = asset.shape.representative_point()
    who = (asset.name, float(place.x), float(place.y))
    if window is None:
        return Exposure(*who, "outside")
    from affine import Affine
    from rasterio import features

    rows, cols = slice(*window[:2]), slice(*window[2:])
    size = (window[1] - window[0], window[3] - window[2])
    moved = Affine.translation(window[2], window[0])
    cells = features.rasterize([shape], size, transform=moved, all_touched=True, dtype=np.uint8) > 0
    if not cells.any():
        return Exposure(*who, "outside")
    grid_rows, grid_cols = forecast.terrain.elevation.shape
    left, top, right, bottom = shape.bounds
    partly = left < 0 or top < 0 or right > grid_cols or bottom > grid_rows

    def of(raster: np.ndarray | None, first: bool = False) -> float | None:
        """The greatest number in the asset's cells, or the first; None without any."""
        numbers = np.empty(0) if raster is None else raster[rows, cols][cells]
        known = numbers[np.isfinite(numbers)]
        return None if not known.size else float(known.min() if first else known.max())

    depth = of(forecast.max_depth)
    if depth is None:
        return Exposure(*who, "no data", partly)
    return Exposure(
        *who,
        "flooded" if depth >= WET else "dry",
        partly,
        depth=depth,
        low=of(forecast.low),
        high=of(forecast.high),
        arrival=of(forecast.arrival, first=True),
        speed=of(forecast.max_speed),
        hazard=of(forecast.hazard),
    )


def collection(found: list[Exposure]) -> dict[str, Any]:
    """The same as GeoJSON points in WGS 84, in the same order."""
    import shapely

    return geography.collection(
        [geography.feature(shapely.Point(one.longitude, one.latitude), row(one)) for one in found]
    )


def row(one: Exposure) -> dict[str, Any]:
    """What a table and a map say about an asset, units in the names."""
    return {
        "name": one.name,
        "state": one.state,
        "partly_outside": one.partly_outside,
        "arrival_s": one.arrival,
        "depth_m": one.depth,
        "depth": one.depth_words,
        "depth_low_m": one.low,
        "depth_high_m": one.high,
        "speed_m_per_s": one.speed,
        "hazard_rating": one.hazard,
        "hazard": one.hazard_words,
        "longitude": one.longitude,
        "latitude": one.latitude,
    }
