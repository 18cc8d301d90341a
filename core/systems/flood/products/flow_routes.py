"""The main routes of the water on a grid: which cells they lead through, what they carry, where they run.

The way that carries the most (`core.hydraulics.drainage.flow_directions`) is the first route; what joins it is the
next, and so on; what runs beside a larger one, closer than SPACING or in one stream with it, is part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.hydraulics.drainage.flow_directions import FlowDirections, find_flow_directions

MAX_ROUTES = 40
MIN_DEPTH = 0.02  # that a route leads through: steep streams are shallow in places [m]
SPACING = 1 / 50  # least distance between two routes, as a share of the area's shorter side
MIN_SPACING = 3  # cells
MIN_LENGTH = 3  # of a route apart from others [spacings]
STREAM = 0.5  # of a route's discharge per metre of width: what has as much, with no less between, is one stream with it
MIN_SHARE = 0.002  # of the first route's weight (volume times length): below it a route is left out
REACH = 50  # cells to both sides, over which a route's discharge is summed
STATIONS = 25  # cross-sections along a route at which it is summed
SMOOTHING = 2  # cells before and after that a point is averaged with


@dataclass(frozen=True)
class DischargeField:
    """What routes are found in; arrays of shape (rows, cols).

    factor: cells of the forecast along a side of a cell of this grid.
    dx, dy: cell size [m].
    east, south: unit discharge at the lead times, shape (times, rows, cols) [m2/s].
    weights: what a lead time stands for in the integral over time, shape (times,) [s].
    total_east, total_south: unit discharge summed over time [m2].
    level: water level, the ground's where it is dry [m].
    depth: greatest depth, zero without data [m].
    arrival: first time with 0.05 m, infinite for never [s].
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
        """Cells that a route may lead through."""
        deep: np.ndarray = self.depth >= MIN_DEPTH
        return deep


@dataclass(frozen=True)
class FlowRoute:
    """One route of the water.

    rows, cols: of its cells, from upstream, each of shape (n,).
    weight: volume times length [m4].
    own: how many of its cells, the first, no other route has taken before.
    number: from 0 in the order in which routes were found, by which `owner` rasters name it.
    flow: greatest discharge across it, the median along it [m3/s].
    volume: of the water that passes, the median along it [m3].
    """

    rows: np.ndarray
    cols: np.ndarray
    weight: float
    own: int
    number: int
    flow: float = 0.0
    volume: float = 0.0


def find(field: DischargeField) -> list[FlowRoute]:
    """The routes with what they carry, the one with the greatest volume first."""
    east, south = field.total_east, field.total_south
    directions = find_flow_directions(east, south, field.active, field.level, field.dx, field.dy)
    routes, owner = _select(directions, field)
    measured = [_measure(route, field, owner) for route in routes]
    return sorted(measured, key=lambda route: (-route.volume, -route.weight, int(route.rows[0]), int(route.cols[0])))


def _select(directions: FlowDirections, field: DischargeField) -> tuple[list[FlowRoute], np.ndarray]:
    """The routes, heaviest first, and which of them took each cell first.

    The second is of shape (rows, cols), MAX_ROUTES where none did.
    """
    rows, cols = field.depth.shape
    spacing = max(MIN_SPACING, round(SPACING * min(rows, cols)))
    joins = directions.upstream[directions.downstream] != np.arange(directions.downstream.size)
    ends = np.flatnonzero((directions.upstream_gain > 0) & ((directions.downstream < 0) | joins))
    ends = ends[np.argsort(-directions.upstream_gain[ends], kind="stable")]
    owner = np.full((rows + 2, cols + 2), MAX_ROUTES)
    routes: list[FlowRoute] = []
    heaviest = 0.0
    for end in ends:
        if directions.upstream_gain[end] < MIN_SHARE * heaviest or len(routes) == MAX_ROUTES:
            break
        cells, own = _free_part(_upstream(directions, int(end)), owner, spacing)
        weight = float(directions.gain[cells[:own]].sum())
        if own <= MIN_LENGTH * spacing or weight < MIN_SHARE * heaviest:
            continue
        heaviest = max(heaviest, weight)
        padded_rows, padded_cols = np.divmod(cells, cols + 2)
        routes.append(FlowRoute(padded_rows - 1, padded_cols - 1, weight, own, len(routes)))
        _take(owner[1:-1, 1:-1], routes[-1], field, spacing)
    return routes, owner[1:-1, 1:-1]


def _upstream(directions: FlowDirections, end: int) -> np.ndarray:
    """The cells of the way to a cell and the cell that it joins, if any; from upstream, as indices of `directions`."""
    cells = [int(directions.downstream[end])] if directions.downstream[end] >= 0 else []
    cell = end
    while cell >= 0:
        cells.append(cell)
        cell = int(directions.upstream[cell])
    return np.array(cells[::-1])


def _free_part(cells: np.ndarray, owner: np.ndarray, spacing: int) -> tuple[np.ndarray, int]:
    """The longest stretch of a way that no other route has taken, led on until it meets the one that it joins.

    cells: of the way, indices of the flat grid with a rim.
    owner: which route took each cell of that grid.
    spacing: by twice as many cells the stretch is led on.

    Returns the cells, and how many of them are its own.
    """
    free = np.concatenate(([False], owner.ravel()[cells] == MAX_ROUTES, [False]))
    turns = np.flatnonzero(free[1:] != free[:-1]).reshape(-1, 2)
    if not len(turns):
        return cells[:0], 0
    first, end = turns[np.argmax(turns[:, 1] - turns[:, 0])]
    return cells[first : end + 2 * spacing], int(end - first)


def _take(owner: np.ndarray, route: FlowRoute, field: DischargeField, spacing: int) -> None:
    """Give the route what is nobody's of all that lies within `spacing` of it, or in one stream with it."""
    around = np.arange(-spacing, spacing + 1)
    down, right = (offsets.ravel() for offsets in np.meshgrid(around, around, indexing="ij"))
    disc = np.hypot(down, right) <= spacing
    centres = np.append(np.arange(0, len(route.rows) - 1, max(1, spacing // 4)), len(route.rows) - 1)  # discs overlap
    near = (route.rows[centres, None] + down[disc]).ravel(), (route.cols[centres, None] + right[disc]).ravel()
    rows, cols, through = _cross_sections(*_course(route, field), field)
    stream = _unbroken(through >= STREAM * through[:, REACH, None])
    all_rows, all_cols = (np.concatenate(pair) for pair in zip(near, (rows[stream], cols[stream]), strict=True))
    all_rows, all_cols = np.clip(all_rows, 0, owner.shape[0] - 1), np.clip(all_cols, 0, owner.shape[1] - 1)
    owner[all_rows, all_cols] = np.minimum(owner[all_rows, all_cols], route.number)


def _measure(route: FlowRoute, field: DischargeField, owner: np.ndarray) -> FlowRoute:
    """The route with its flow and volume: medians over sections across its own part, up to where a larger one begins.

    owner: which route took each cell, shape (rows, cols).
    """
    stations = np.unique(np.linspace(0, route.own - 1, min(STATIONS, route.own)).astype(int))
    points, unit = (values[stations] for values in _course(route, field))
    rows, cols, through = _cross_sections(points, unit, field)
    counted = _unbroken((through > 0) & (owner[rows, cols] >= route.number))
    flows = field.east[:, rows, cols] * unit[:, 0, None] + field.south[:, rows, cols] * unit[:, 1, None]
    across = min(field.dx, field.dy) * np.where(counted, flows, 0.0).sum(axis=2)  # (times, points) [m3/s]
    volumes = np.tensordot(field.weights, across, 1)
    return replace(route, flow=float(np.median(across.max(axis=0))), volume=float(np.median(volumes)))


def _course(route: FlowRoute, field: DischargeField) -> tuple[np.ndarray, np.ndarray]:
    """A route's points as (column, row), and its direction there, east and south; each of shape (n, 2)."""
    points = smooth(route)
    along = np.gradient(points, axis=0) * (field.dx, field.dy)
    length = np.hypot(along[:, 0], along[:, 1])[:, None]  # 0 where it turns back: no section there
    return points, np.divide(along, length, out=np.zeros_like(along), where=length > 0)


def _cross_sections(
    points: np.ndarray, unit: np.ndarray, field: DischargeField
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines across a route, REACH cells to both sides.

    points: column and row of their middles, shape (n, 2).
    unit: direction of the route there, east and south, shape (n, 2).

    Returns rows, columns, and the unit discharge across the line, q . n, summed over time [m2]; each of shape
    (n, 2 REACH + 1). Off the grid and where it is not wet the last is negative.
    """
    offsets = np.arange(-REACH, REACH + 1) * min(field.dx, field.dy)
    cols = np.floor(points[:, 0, None] - unit[:, 1, None] * offsets / field.dx).astype(int)
    rows = np.floor(points[:, 1, None] + unit[:, 0, None] * offsets / field.dy).astype(int)
    last_row, last_col = field.depth.shape[0] - 1, field.depth.shape[1] - 1
    inside = (cols >= 0) & (cols <= last_col) & (rows >= 0) & (rows <= last_row)
    rows, cols = np.clip(rows, 0, last_row), np.clip(cols, 0, last_col)
    through = field.total_east[rows, cols] * unit[:, 0, None] + field.total_south[rows, cols] * unit[:, 1, None]
    return rows, cols, np.where(inside & field.active[rows, cols], through, -1.0)


def _unbroken(holds: np.ndarray) -> np.ndarray:
    """Where a condition holds without a break from the middle of each section outwards; shape (n, 2 REACH + 1)."""
    right = np.logical_and.accumulate(holds[:, REACH:], axis=1)
    left = np.logical_and.accumulate(holds[:, REACH::-1], axis=1)[:, :0:-1]
    return np.concatenate([left, right], axis=1)


def smooth(route: FlowRoute) -> np.ndarray:
    """The cells' centres as (column, row), each averaged with those around it; the ends stay; shape (n, 2)."""
    points = np.column_stack([route.cols, route.rows]) + 0.5
    sums = np.vstack([np.zeros((1, 2)), np.cumsum(points, axis=0)])
    indices = np.arange(len(points))
    half = np.minimum(np.minimum(indices, indices[::-1]), SMOOTHING)
    averaged: np.ndarray = (sums[indices + half + 1] - sums[indices - half]) / (2 * half + 1)[:, None]
    return averaged
