"""The main routes of the water as lines on a map, the largest first, with the time at which it arrives along them.

Routes follow the discharge summed over the lead times; `flow_routes` finds and measures them on the grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.artefacts.forecast_files import RouteProperties
from core.hydraulics import blocks
from core.hydraulics.hazard import WET, depth_words
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import flow_routes
from core.systems.flood.products.assets import Geometry
from core.systems.flood.products.flow_routes import DischargeField, FlowRoute
from core.systems.flood.terrain import geography

TOLERANCE = 0.5  # by which a line may be simplified [cells]


def trace(forecast: FloodForecast) -> Mapping[str, object]:
    """A GeoJSON collection of lines in WGS 84, the one that carries the most water first.

    Discharge and volume are those across the route, the median along it, up to the last lead time. No water, or a
    terrain without a crs: no features.
    """
    if forecast.terrain.crs is None or not (np.nan_to_num(forecast.max_depth) >= WET).any():
        return geography.collection([])
    field = _field(forecast)
    vertices = [(route, _vertices(route)) for route in flow_routes.find(field)]
    drawn = [(route, points) for route, points in vertices if points is not None]
    return geography.collection(
        [
            geography.feature(_on_map(points, field, forecast), {**_properties(rank, route, points, field)})
            for rank, (route, points) in enumerate(drawn, 1)
        ]
    )


def _field(forecast: FloodForecast) -> DischargeField:
    """The forecast in blocks, as large as `geography.block_size` says."""
    ground, factor = forecast.terrain, geography.block_size(forecast.max_depth.shape)

    def block_mean(raster: np.ndarray) -> np.ndarray:
        mean: np.ndarray = blocks.in_blocks(np.nan_to_num(raster), factor, 0.0).mean(axis=(1, 3))
        return mean

    def block_means(series: Sequence[np.ndarray]) -> np.ndarray:
        means = np.empty((len(series), *blocks.blocks_shape(ground.elevation.shape, factor)), np.float32)
        for index, raster in enumerate(series):
            means[index] = block_mean(raster)
        return means

    level = np.where(ground.valid, ground.elevation, np.nanmin(ground.elevation)) + np.nan_to_num(forecast.max_depth)
    arrival = np.where(np.isfinite(forecast.arrival), forecast.arrival, np.inf)
    east, south = block_means(forecast.east), block_means(forecast.south)
    weights = _time_weights(np.array(forecast.lead_times))
    return DischargeField(
        factor,
        ground.dx * factor,
        ground.dy * factor,
        east,
        south,
        weights,
        _sum_over_time(weights, east),
        _sum_over_time(weights, south),
        block_mean(level),
        blocks.in_blocks(np.nan_to_num(forecast.max_depth), factor, 0.0).max(axis=(1, 3)),
        blocks.in_blocks(arrival, factor, np.inf).min(axis=(1, 3)),
    )


def _sum_over_time(weights: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """The integral of rates in float64, shape (rows, cols).

    weights: of the times, shape (times,) [s].
    rates: float32 of shape (times, rows, cols).
    """
    total = np.zeros(rates.shape[1:])
    for weight, rate in zip(weights, rates, strict=True):
        total += weight * rate
    return total


def _time_weights(times: np.ndarray) -> np.ndarray:
    """Weights of the trapezoidal rule from 0 s, where all is at rest, to the last lead time; shape (times,) [s]."""
    steps = np.diff(times, prepend=0.0)
    weights: np.ndarray = 0.5 * (steps + np.append(steps[1:], 0.0))
    return weights if weights.any() else np.ones(len(times))  # the only lead time is 0 s


def _vertices(route: FlowRoute) -> np.ndarray | None:
    """The points of a simple line along a route: column, row, and which of its cells each came from; shape (n, 3).

    None if no line is left of the route.
    """
    import shapely

    centres = np.column_stack([route.cols, route.rows]) + 0.5
    indices = np.arange(len(centres))
    for points in (flow_routes.smooth(route), centres):
        line = shapely.LineString(np.column_stack([points, indices])).simplify(TOLERANCE)
        if line.is_simple and line.length > 0:
            vertices: np.ndarray = shapely.get_coordinates(line, include_z=True)
            return vertices
    return None


def _on_map(vertices: np.ndarray, field: DischargeField, forecast: FloodForecast) -> Geometry:
    """The line of `_vertices` in degrees."""
    import shapely

    return geography.degrees(forecast.terrain, shapely.LineString(vertices[:, :2] * field.factor))


def _properties(rank: int, route: FlowRoute, vertices: np.ndarray, field: DischargeField) -> RouteProperties:
    """What is said of a route that is drawn as the line of `_vertices`; rank: from 1."""
    cells = vertices[:, 2].astype(int)
    metres = vertices[:, :2] * (field.dx, field.dy)
    times = field.arrival[route.rows, route.cols][cells]
    arrival = [float(time) if np.isfinite(time) else None for time in times]
    arrived = [time for time in arrival if time is not None]
    depth = float(field.depth[route.rows, route.cols].max())
    return {
        "rank": rank,
        "length_m": float(np.hypot(*np.diff(metres, axis=0).T).sum()),
        "peak_discharge_m3_per_s": route.flow,
        "volume_m3": route.volume,
        "first_arrival_s": min(arrived, default=None),
        "last_arrival_s": max(arrived, default=None),
        "arrival_s": arrival,
        "largest_depth_m": depth,
        "depth": depth_words(depth),
    }
