"""Compiled loops that fill the network's features of all cells, see `features.compute_features`.

`features` below: float32, shape (rows, cols, len(NAMES)); changed in place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.drainage.manning import manning_at, normal_depth
from core.hydraulics.drainage.thin_flow import NORMAL_FLOW_STEEPNESS
from core.hydraulics.jit import compiled
from core.systems.flood.correction.depth_scale import UNIT_DEPTH
from core.systems.flood.correction.feature_names import (
    ARRIVAL,
    COLUMN,
    DEPTH,
    EDGE,
    FALL_EAST,
    FALL_SOUTH,
    FLOW,
    HOLLOW,
    LEVEL,
    MANNING,
    POOL,
    ROUTED,
    ROUTED_FLOW,
    ROW,
    RUNNING,
    SMOOTH_POOL,
    STEEPNESS,
)


class FineFields(NamedTuple):
    """A flood's fields on the terrain's grid, shape (rows, cols), float32 unless stated.

    ground: elevation, NaN for no data, float64 [m].
    depth: greatest depth of the physics [m].
    arrival: first time with 0.05 m, NaN for never [s].
    flow: discharge routed over the fine terrain [m3/s].
    steepness: sum over the lower neighbours of the root of the slope.
    below: how far the ground lies below the sill over which it spills [m].
    edge: 1 on the rim where water may leave, -1 where it may not, 0 inside, int8.
    smooth: water level interpolated between coarse cells, float64 [m].
    manning: as `manning.manning_array` returns it [s m-1/3].
    width: of a cell [m].
    """

    ground: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray
    flow: np.ndarray
    steepness: np.ndarray
    below: np.ndarray
    edge: np.ndarray
    smooth: np.ndarray
    manning: np.ndarray
    width: float


class CoarseFields(NamedTuple):
    """A flood's fields on the coarse grid, float64, shape (coarse rows, coarse cols).

    factor: fine cells along a side of a coarse one.
    level: water level at its highest, far below all ground where there is none [m].
    through: greatest discharge through the cell [m3/s].
    deeper: by what factor thin flow is deeper than the routed flow, see `thin_depth_factor`.
    """

    factor: int
    level: np.ndarray
    through: np.ndarray
    deeper: np.ndarray


@compiled
def _scale_depth(depth: float) -> float:
    """The scaled depth of one cell, see `depth_scale.scale_depth`; 0 for NaN."""
    return float(np.log1p(depth / UNIT_DEPTH)) if depth > 0.0 else 0.0


@compiled
def fill_water(fine: FineFields, coarse: CoarseFields, common: np.ndarray, features: np.ndarray) -> None:
    """Set all features to those of the whole flood, then those that say where water stands and runs.

    common: features that all cells share, zero for the others, shape (len(NAMES),).
    """
    factor, width = coarse.factor, fine.width
    for row in range(features.shape[0]):
        for col in range(features.shape[1]):
            coarse_row, coarse_col, ground = row // factor, col // factor, fine.ground[row, col]
            n, steep = manning_at(fine.manning, row, col), max(float(fine.steepness[row, col]), NORMAL_FLOW_STEEPNESS)
            flow, smooth = float(fine.flow[row, col]), fine.smooth[row, col] - ground
            cell, routed = features[row, col], normal_depth(flow, n, width, steep)
            for index in range(common.shape[0]):
                cell[index] = common[index]
            cell[DEPTH] = _scale_depth(float(fine.depth[row, col]))
            cell[POOL] = _scale_depth(coarse.level[coarse_row, coarse_col] - ground)
            cell[SMOOTH_POOL] = _scale_depth(smooth)
            cell[LEVEL] = np.arcsinh(min(max(smooth, -50.0), 50.0) / 0.1) / 2.0
            cell[RUNNING] = _scale_depth(routed * coarse.deeper[coarse_row, coarse_col])
            cell[ROUTED] = _scale_depth(routed)
            cell[FLOW] = np.log1p(coarse.through[coarse_row, coarse_col] / (width * factor) / 1e-4) / 2.0
            cell[ROUTED_FLOW] = np.log1p(flow / width / 1e-4) / 2.0
            arrival = float(fine.arrival[row, col])
            cell[ARRIVAL] = 0.0 if np.isnan(arrival) else 1.0 / (1.0 + arrival / 1800.0)


@compiled
def _elevation_at(ground: np.ndarray, row: int, col: int, own: float) -> float:
    """The elevation of a neighbour [m]; the cell's own where that has no data or lies off the grid."""
    if row < 0 or col < 0 or row == ground.shape[0] or col == ground.shape[1] or np.isnan(ground[row, col]):
        return own
    return float(ground[row, col])


@compiled
def fill_ground(fine: FineFields, factor: int, dx: float, dy: float, features: np.ndarray) -> None:
    """Set the features that say what the ground is like; falls are half the drop between the neighbours on both sides.

    factor: fine cells along a side of a coarse one.
    dx, dy: cell size [m].
    """
    ground = fine.ground
    for row in range(features.shape[0]):
        for col in range(features.shape[1]):
            cell, own = features[row, col], ground[row, col]
            fall_east = 0.5 * (_elevation_at(ground, row, col - 1, own) - _elevation_at(ground, row, col + 1, own))
            fall_south = 0.5 * (_elevation_at(ground, row - 1, col, own) - _elevation_at(ground, row + 1, col, own))
            cell[FALL_EAST] = np.arcsinh(fall_east / dx / 0.005) / 2.0
            cell[FALL_SOUTH] = np.arcsinh(fall_south / dy / 0.005) / 2.0
            cell[STEEPNESS] = np.log1p(float(fine.steepness[row, col]) / 0.01)
            cell[HOLLOW] = _scale_depth(float(fine.below[row, col]))
            cell[EDGE] = fine.edge[row, col]
            cell[MANNING] = np.log(max(manning_at(fine.manning, row, col), 0.005) / 0.05)
            cell[ROW] = (row % factor + 0.5) / factor - 0.5
            cell[COLUMN] = (col % factor + 0.5) / factor - 0.5


@compiled
def _add_row(ground: np.ndarray, base: float, row: int, sign: float, sums: np.ndarray, counts: np.ndarray) -> None:
    """Add a row's heights above base, and how many there are, to those of each column, or take them away.

    sign: 1.0 to add, -1.0 to take away.
    sums, counts: of each column, shape (cols,) [m]; changed in place.
    """
    for col in range(sums.shape[0] if 0 <= row < ground.shape[0] else 0):
        if not np.isnan(ground[row, col]):
            sums[col] += sign * (ground[row, col] - base)
            counts[col] += sign


@compiled
def fill_relative_height(
    ground: np.ndarray, base: float, side: int, sums: np.ndarray, counts: np.ndarray, features: np.ndarray, index: int
) -> None:
    """Set the height above the mean of the cells with data in a square about each cell, by running sums.

    ground: elevation, shape (rows, cols) [m].
    base: an elevation like all others, so that sums stay small [m].
    side: of the square [cells].
    sums, counts: scratch, shape (cols,): what the square's rows hold in each column.
    index: of the feature.
    """
    rows, cols = ground.shape
    half = side // 2
    for col in range(cols):
        sums[col], counts[col] = 0.0, 0.0
    for row in range(half):
        _add_row(ground, base, row, 1.0, sums, counts)
    for row in range(rows):
        _add_row(ground, base, row + half, 1.0, sums, counts)
        _add_row(ground, base, row - half - 1, -1.0, sums, counts)
        total, count = 0.0, 0.0
        for col in range(-half, cols):
            if col + half < cols:
                total += sums[col + half]
                count += counts[col + half]
            if col - half > 0:
                total -= sums[col - half - 1]
                count -= counts[col - half - 1]
            if col >= 0:
                above = ground[row, col] - base - total / max(count, 1.0)
                features[row, col, index] = np.arcsinh(above / (0.02 * side)) / 1.5


@compiled
def limit(ground: np.ndarray, bound: np.float32, features: np.ndarray) -> None:
    """Limit all features to -bound to bound, and set them to zero where there is no data."""
    for row in range(features.shape[0]):
        for col in range(features.shape[1]):
            cell, valid = features[row, col], not np.isnan(ground[row, col])
            for index in range(cell.shape[0]):
                cell[index] = min(max(cell[index], -bound), bound) if valid else np.float32(0.0)
