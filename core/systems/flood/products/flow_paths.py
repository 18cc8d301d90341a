"""The main routes of the water as lines on a map, the largest first, with the time at which it arrives along them.

Routes follow the discharge summed over the lead times (`flow_directions`). The way that carries the most is the first;
what joins it is the next, and so on; what runs beside a larger one, closer than SPACING or in one stream with it, is
part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.hydraulics import blocks
from core.hydraulics.hazard import WET, depth_words
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.terrain import geography

if TYPE_CHECKING:
    from core.hydraulics.drainage.flow_directions import FlowDirections

MOST_ROUTES = 40
THIN = 0.02  # the least depth that a route leads through: steep streams are shallow in places [m]
SPACING = 1 / 50  # least distance between two routes, as a share of the area's shorter side
LEAST_SPACING = 3  # cells
LEAST_LENGTH = 3  # of a route apart from others [spacings]
STREAM = 0.5  # of a route's discharge per metre of width: what has as much, with no less between, is one stream with it
LEAST_SHARE = 0.002  # of the first route's weight (volume times length): below it a route is left out
REACH = 50  # cells to both sides, over which a route's discharge is summed
STATIONS = 25  # places along a route at which it is
SMOOTH = 2  # cells before and after that a point is averaged with
TOLERANCE = 0.5  # by which a line may be simplified [cells]


@dataclass(frozen=True)
class _Field:
    """What routes are drawn from, in blocks of `factor` x `factor` cells of the forecast; shape (rows, cols).

    east, south: unit discharge at the lead times, times first [m2/s]. weights: what a lead time stands for [s].
    total_east, total_south: unit discharge summed over time [m2].
    """

    factor: int
    dx: float
    dy: float
    east: np.ndarray
    south: np.ndarray
    weights: np.ndarray
    total_east: np.ndarray
    total_south: np.ndarray
    level: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray

    @property
    def active(self) -> np.ndarray:
        found: np.ndarray = self.depth >= THIN
        return found


@dataclass(frozen=True)
class _Route:
    """rows, cols: of its cells, from upstream; weight: volume times length [m4]; flow, volume: see `routes`.

    own: how many of its cells, the first, are in nobody else's reach; number: its place in `owner`.
    """

    rows: np.ndarray
    cols: np.ndarray
    weight: float
    own: int
    number: int
    flow: float = 0.0
    volume: float = 0.0


def routes(forecast: FloodForecast) -> dict[str, Any]:
    """A GeoJSON collection of lines in WGS 84, the one that carries the most water first.

    Properties: rank; length_m; peak_discharge_m3_per_s and volume_m3 across the route, the median along it, up to the
    last lead time; first_arrival_s, last_arrival_s; arrival_s at each of the line's points, null where the water is
    never 0.05 m deep; largest_depth_m and its words. No water, or a terrain without a crs: no features.
    """
    if forecast.terrain.crs is None or not (np.nan_to_num(forecast.max_depth) >= WET).any():
        return geography.collection([])
    from core.hydraulics.drainage.flow_directions import find_flow_directions

    field = _field(forecast)
    ways = find_flow_directions(field.total_east, field.total_south, field.active, field.level, field.dx, field.dy)
    stems, owner = _stems(ways, field)
    measured = [_measured(route, field, owner) for route in stems]
    measured.sort(key=lambda one: (-one.volume, -one.weight, int(one.rows[0]), int(one.cols[0])))
    drawn = [one for one in (_feature(route, field, forecast) for route in measured) if one]
    for rank, one in enumerate(drawn, 1):
        one["properties"] = {"rank": rank, **one["properties"]}
    return geography.collection(drawn)


def _field(forecast: FloodForecast) -> _Field:
    ground, factor = forecast.terrain, geography.block_size(forecast.max_depth.shape)

    def mean(raster: np.ndarray) -> np.ndarray:
        made: np.ndarray = blocks.in_blocks(np.nan_to_num(raster), factor, 0.0).mean(axis=(1, 3))
        return made

    def means(series: Sequence[np.ndarray]) -> np.ndarray:
        made = np.empty((len(series), *blocks.blocks_shape(ground.elevation.shape, factor)), np.float32)
        for place, raster in enumerate(series):
            made[place] = mean(raster)
        return made

    level = np.where(ground.valid, ground.elevation, np.nanmin(ground.elevation)) + np.nan_to_num(forecast.max_depth)
    arrival = np.where(np.isfinite(forecast.arrival), forecast.arrival, np.inf)
    east, south = means(forecast.east), means(forecast.south)
    weights = _weights(np.array(forecast.lead_times))
    return _Field(
        factor,
        ground.dx * factor,
        ground.dy * factor,
        east,
        south,
        weights,
        _summed(weights, east),
        _summed(weights, south),
        mean(level),
        blocks.in_blocks(np.nan_to_num(forecast.max_depth), factor, 0.0).max(axis=(1, 3)),
        blocks.in_blocks(arrival, factor, np.inf).min(axis=(1, 3)),
    )


def _summed(weights: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Rates of float32, times first, summed over time."""
    made = np.zeros(rates.shape[1:])
    for weight, rate in zip(weights, rates, strict=True):
        made += weight * rate
    return made


def _weights(times: np.ndarray) -> np.ndarray:
    """What turns rates at the lead times into their integral from 0 s (trapezoids; all at rest at the start) [s]."""
    steps = np.diff(times, prepend=0.0)
    weights: np.ndarray = 0.5 * (steps + np.append(steps[1:], 0.0))
    return weights if weights.any() else np.ones(len(times))  # the only lead time is 0 s


def _stems(ways: FlowDirections, field: _Field) -> tuple[list[_Route], np.ndarray]:
    """The ways, heaviest first, and which of them took each cell first, MOST_ROUTES for none; shape (rows, cols)."""
    rows, cols = field.depth.shape
    spacing = max(LEAST_SPACING, round(SPACING * min(rows, cols)))
    joins = ways.upstream[ways.downstream] != np.arange(ways.downstream.size)
    ends = np.flatnonzero((ways.upstream_gain > 0) & ((ways.downstream < 0) | joins))
    ends = ends[np.argsort(-ways.upstream_gain[ends], kind="stable")]
    owner = np.full((rows + 2, cols + 2), MOST_ROUTES)
    found: list[_Route] = []
    heaviest = 0.0
    for end in ends:
        if ways.upstream_gain[end] < LEAST_SHARE * heaviest or len(found) == MOST_ROUTES:
            break
        cells, own = _free_part(_upstream(ways, int(end)), owner, spacing)
        weight = float(ways.gain[cells[:own]].sum())
        if own <= LEAST_LENGTH * spacing or weight < LEAST_SHARE * heaviest:
            continue
        heaviest = max(heaviest, weight)
        at_rows, at_cols = np.divmod(cells, cols + 2)
        found.append(_Route(at_rows - 1, at_cols - 1, weight, own, len(found)))
        _take(owner[1:-1, 1:-1], found[-1], field, spacing)
    return found, owner[1:-1, 1:-1]


def _upstream(ways: FlowDirections, end: int) -> np.ndarray:
    """The way to a cell and the cell that it joins, if any; from upstream."""
    cells = [int(ways.downstream[end])] if ways.downstream[end] >= 0 else []
    at = end
    while at >= 0:
        cells.append(at)
        at = int(ways.upstream[at])
    return np.array(cells[::-1])


def _free_part(cells: np.ndarray, owner: np.ndarray, spacing: int) -> tuple[np.ndarray, int]:
    """The longest stretch that no other has taken, led on until it meets the one that it joins; its own length."""
    free = np.concatenate(([False], owner.ravel()[cells] == MOST_ROUTES, [False]))
    turns = np.flatnonzero(free[1:] != free[:-1]).reshape(-1, 2)
    if not len(turns):
        return cells[:0], 0
    first, end = turns[np.argmax(turns[:, 1] - turns[:, 0])]
    return cells[first : end + 2 * spacing], int(end - first)


def _take(owner: np.ndarray, route: _Route, field: _Field, spacing: int) -> None:
    """Give the route what is nobody's of all that lies within `spacing` of it, or in one stream with it."""
    around = np.arange(-spacing, spacing + 1)
    down, right = (one.ravel() for one in np.meshgrid(around, around, indexing="ij"))
    disc = np.hypot(down, right) <= spacing
    some = np.append(np.arange(0, len(route.rows) - 1, max(1, spacing // 4)), len(route.rows) - 1)  # discs overlap
    near = (route.rows[some, None] + down[disc]).ravel(), (route.cols[some, None] + right[disc]).ravel()
    rows, cols, through = _sections(*_course(route, field), field)
    stream = _outwards(through >= STREAM * through[:, REACH, None])
    all_rows, all_cols = (np.concatenate(pair) for pair in zip(near, (rows[stream], cols[stream]), strict=True))
    all_rows, all_cols = np.clip(all_rows, 0, owner.shape[0] - 1), np.clip(all_cols, 0, owner.shape[1] - 1)
    owner[all_rows, all_cols] = np.minimum(owner[all_rows, all_cols], route.number)


def _measured(route: _Route, field: _Field, owner: np.ndarray) -> _Route:
    """With the discharge through sections across its own part, as far as no larger route has the water."""
    places = np.unique(np.linspace(0, route.own - 1, min(STATIONS, route.own)).astype(int))
    points, unit = (one[places] for one in _course(route, field))
    rows, cols, through = _sections(points, unit, field)
    counted = _outwards((through > 0) & (owner[rows, cols] >= route.number))
    flows = field.east[:, rows, cols] * unit[:, 0, None] + field.south[:, rows, cols] * unit[:, 1, None]
    across = min(field.dx, field.dy) * np.where(counted, flows, 0.0).sum(axis=2)  # (times, points) [m3/s]
    volumes = np.tensordot(field.weights, across, 1)
    return replace(route, flow=float(np.median(across.max(axis=0))), volume=float(np.median(volumes)))


def _course(route: _Route, field: _Field) -> tuple[np.ndarray, np.ndarray]:
    """A route's points as (column, row), and its direction there, east and south; each of shape (n, 2)."""
    points = _smoothed(route)
    along = np.gradient(points, axis=0) * (field.dx, field.dy)
    length = np.hypot(along[:, 0], along[:, 1])[:, None]  # 0 where it turns back: no section there
    return points, np.divide(along, length, out=np.zeros_like(along), where=length > 0)


def _sections(points: np.ndarray, unit: np.ndarray, field: _Field) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines across a route, REACH to both sides: rows, columns, and q . n summed over time; shape (points, places).

    Off the grid and where it is not wet the last is negative [m2].
    """
    offsets = np.arange(-REACH, REACH + 1) * min(field.dx, field.dy)
    cols = np.floor(points[:, 0, None] - unit[:, 1, None] * offsets / field.dx).astype(int)
    rows = np.floor(points[:, 1, None] + unit[:, 0, None] * offsets / field.dy).astype(int)
    last_row, last_col = field.depth.shape[0] - 1, field.depth.shape[1] - 1
    inside = (cols >= 0) & (cols <= last_col) & (rows >= 0) & (rows <= last_row)
    rows, cols = np.clip(rows, 0, last_row), np.clip(cols, 0, last_col)
    through = field.total_east[rows, cols] * unit[:, 0, None] + field.total_south[rows, cols] * unit[:, 1, None]
    return rows, cols, np.where(inside & field.active[rows, cols], through, -1.0)


def _outwards(holds: np.ndarray) -> np.ndarray:
    """Where something holds without a break from the middle outwards; shape (points, places)."""
    right = np.logical_and.accumulate(holds[:, REACH:], axis=1)
    left = np.logical_and.accumulate(holds[:, REACH::-1], axis=1)[:, :0:-1]
    return np.concatenate([left, right], axis=1)


def _smoothed(route: _Route) -> np.ndarray:
    """The cells' centres as (column, row), each averaged with those around it; the ends stay; shape (n, 2)."""
    points = np.column_stack([route.cols, route.rows]) + 0.5
    sums = np.vstack([np.zeros((1, 2)), np.cumsum(points, axis=0)])
    places = np.arange(len(points))
    half = np.minimum(np.minimum(places, places[::-1]), SMOOTH)
    made: np.ndarray = (sums[places + half + 1] - sums[places - half]) / (2 * half + 1)[:, None]
    return made


def _feature(route: _Route, field: _Field, forecast: FloodForecast) -> dict[str, Any] | None:
    """The route as a line; None if nothing is left of it."""
    import shapely

    plain = np.column_stack([route.cols, route.rows]) + 0.5
    numbers = np.arange(len(plain))
    for points in (_smoothed(route), plain):
        line = shapely.LineString(np.column_stack([points, numbers])).simplify(TOLERANCE)
        if line.is_simple and line.length > 0:
            break
    else:
        return None
    kept = shapely.get_coordinates(line, include_z=True)
    cells = kept[:, 2].astype(int)
    metres = kept[:, :2] * (field.dx, field.dy)
    arrival = [float(one) if np.isfinite(one) else None for one in field.arrival[route.rows, route.cols][cells]]
    known = [one for one in arrival if one is not None]
    depth = float(field.depth[route.rows, route.cols].max())
    on_map = geography.degrees(forecast.terrain, shapely.LineString(kept[:, :2] * field.factor))
    properties = {
        "length_m": float(np.hypot(*np.diff(metres, axis=0).T).sum()),
        "peak_discharge_m3_per_s": route.flow,
        "volume_m3": route.volume,
        "first_arrival_s": min(known, default=None),
        "last_arrival_s": max(known, default=None),
        "arrival_s": arrival,
        "largest_depth_m": depth,
        "depth": depth_words(depth),
    }
    return geography.feature(on_map, properties)
