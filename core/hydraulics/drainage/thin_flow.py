"""Thin flow on slopes: where it runs, and how much of a coarse cell's water it is.

On slopes water runs along lines that a coarse cell does not see: there the routed flow says how the coarse cell's flow
is shared among its fine cells, and Manning's formula how deep each runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.hydraulics import blocks, boundaries
from core.hydraulics.constants import WALL
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.drainage import flow_accumulation
from core.hydraulics.drainage.manning import EXPONENT, manning_array, manning_at, normal_depth
from core.hydraulics.jit import compiled

NORMAL_FLOW_STEEPNESS = 0.03  # from which on flow is taken to be normal: a slope of 1e-3 to one neighbour
MIN_STEEPNESS = 1e-3  # from which on there can be thin flow
LEVEL = 1e-6  # a cell that lies below its sill by no more lies in no hollow [m]
MAX_THIN_SHARE = 0.95  # of what a coarse cell holds


class ThinFlow(NamedTuple):
    """What the terrain alone, and the ratio of rain to inflow, say about thin flow; shape (rows, cols), fine.

    factor: fine cells along a coarse cell's side.
    flow: discharge routed through the cell, at mean rain and half the inflows' peaks [m3/s].
    steepness: sum over the lower neighbours of the root of the slope.
    hollow_depth: how far the cell lies below the sill over which it spills [m].
    coarse_flow: discharge routed through each coarse cell by its faces, shape (coarse rows, coarse cols) [m3/s].
    """

    factor: int
    flow: np.ndarray
    steepness: np.ndarray
    hollow_depth: np.ndarray
    coarse_flow: np.ndarray

    def single(self) -> ThinFlow:
        """A copy with fine rasters in float32, half as large."""
        flow, steepness, hollow_depth = (
            raster.astype(np.float32) for raster in (self.flow, self.steepness, self.hollow_depth)
        )
        return self._replace(flow=flow, steepness=steepness, hollow_depth=hollow_depth)

    def part(self, rows: slice) -> ThinFlow:
        """The fine rows of a slice, of which the first starts a coarse row."""
        coarse = slice(rows.start // self.factor, -(-rows.stop // self.factor))
        return ThinFlow(
            self.factor, self.flow[rows], self.steepness[rows], self.hollow_depth[rows], self.coarse_flow[coarse]
        )


def find_thin_flow(domain: Domain, rain: Hydrograph | None, inflows: Sequence[Inflow], factor: int) -> ThinFlow:
    """Route an event's water over the fine terrain.

    domain: fine terrain, shape (rows, cols).
    rain: rain on every cell with data [m/s]; its mean counts.
    inflows: water that enters at cells [m3/s]; half of each peak counts.
    factor: fine cells along a coarse cell's side.

    Raises InvalidInput where an inflow cell cannot take water.
    """
    elevation = domain.elevation
    drainage = flow_accumulation.find_drainage_order(elevation, boundaries.find_outlets(domain).cells - 1)
    source = np.zeros(elevation.shape)
    if rain is not None and rain.volumes[-1] > 0:
        mean = rain.volumes[-1] / (rain.times[-1] - rain.times[0])
        source[np.isfinite(elevation)] = mean * domain.dx * domain.dy
    for inflow in inflows:
        inflow.check(elevation)
        np.add.at(source, tuple(inflow.cells.T), 0.5 * inflow.series.rates.max() / len(inflow.cells))
    flow, out = flow_accumulation.route_flow(drainage, domain.dx, domain.dy, source)
    hollow_depth = flow_accumulation.without_rim(drainage, drainage.filled) - elevation
    hollow_depth[np.isnan(hollow_depth)] = 0.0
    flow = np.ascontiguousarray(flow)
    del drainage, source  # as large as the terrain
    coarse_flow = np.zeros(blocks.blocks_shape(elevation.shape, factor))
    _sum_face_flows(out, factor, coarse_flow)
    return ThinFlow(factor, flow, _steepness(elevation, domain.dx, domain.dy), hollow_depth, coarse_flow)


def _steepness(elevation: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Sum over the lower neighbours of the root of the slope; walls (NaN or WALL) are no neighbours and have none."""
    steepness = np.zeros(elevation.shape)
    _find_steepness(np.ascontiguousarray(elevation), dx, dy, steepness)
    return steepness


@compiled
def _drop(elevation: np.ndarray, row: int, col: int, own: float) -> float:
    """Drop from ground at `own` [m] to a cell [m]; zero off the grid and where that is higher or a wall."""
    if row < 0 or col < 0 or row == elevation.shape[0] or col == elevation.shape[1]:
        return 0.0
    return max(own - elevation[row, col], 0.0) if elevation[row, col] < WALL else 0.0


@compiled
def _find_steepness(elevation: np.ndarray, dx: float, dy: float, steepness: np.ndarray) -> None:
    """Set the steepness of each cell that is no wall, see `_steepness`."""
    for row in range(elevation.shape[0]):
        for col in range(elevation.shape[1]):
            own = elevation[row, col]
            if own < WALL:  # which NaN is not
                total = np.sqrt(_drop(elevation, row, col - 1, own) / dx)
                total += np.sqrt(_drop(elevation, row, col + 1, own) / dx)
                total += np.sqrt(_drop(elevation, row - 1, col, own) / dy)
                steepness[row, col] = total + np.sqrt(_drop(elevation, row + 1, col, own) / dy)


@compiled
def _sum_face_flows(out: np.ndarray, factor: int, coarse_flow: np.ndarray) -> None:
    """Add to each coarse cell half of what crosses its faces, either way.

    out: flow out of each fine cell to the west, east, north and south, shape (4, rows, cols) [m3/s].
    factor: fine cells along a coarse cell's side.
    coarse_flow: sums, shape (coarse rows, coarse cols) [m3/s], changed in place.
    """
    for row in range(out.shape[1]):
        for col in range(out.shape[2]):
            coarse_row, coarse_col = row // factor, col // factor
            for side in range(4):
                next_col = (col - 1 if side == 0 else col + 1) if side < 2 else col
                next_row = (row - 1 if side == 2 else row + 1) if side > 1 else row
                part = 0.5 * out[side, row, col]
                if part > 0.0 and (next_col // factor != coarse_col or next_row // factor != coarse_row):
                    coarse_flow[coarse_row, coarse_col] += part
                    coarse_flow[next_row // factor, next_col // factor] += part


def thin_storage(domain: Domain, thin_flow: ThinFlow) -> tuple[np.ndarray, np.ndarray]:
    """How a coarse cell's water is shared between its pool and thin flow on the slopes beside it.

    In steady flow the fine cells of a slope hold more than the one pool through which the coarse cell conveys the same:
    without that thin flow, coarse hillsides drain too fast.

    domain: fine terrain.
    thin_flow: from `find_thin_flow` of that terrain.

    Returns the share of the water that the pool keeps, and the most that runs as thin flow, as a depth on one fine cell
    [m]; both of shape (coarse rows, coarse cols), for `solve_subgrid`.
    """
    factor, width, size = thin_flow.factor, float(np.sqrt(domain.dx * domain.dy)), thin_flow.coarse_flow.shape
    thin_sum, lowest, max_manning = np.zeros(size), np.full(size, WALL), np.zeros(size)
    elevation, manning = np.ascontiguousarray(domain.elevation), manning_array(domain)
    _sum_thin_depths(elevation, thin_flow, manning, width, thin_sum, lowest, max_manning)
    steepness = _steepness(lowest, factor * domain.dx, factor * domain.dy)
    pool = (thin_flow.coarse_flow * max_manning / (width * np.maximum(steepness, MIN_STEEPNESS))) ** EXPONENT
    sloping = (steepness > MIN_STEEPNESS) & (thin_sum > 0)
    share = np.where(sloping, np.clip(1.0 - pool / np.maximum(thin_sum, 1e-12), 0.0, MAX_THIN_SHARE), 0.0)
    return 1.0 - share, share * thin_sum


@compiled
def _sum_thin_depths(
    elevation: np.ndarray,
    thin_flow: ThinFlow,
    manning: np.ndarray,
    width: float,
    thin_sum: np.ndarray,
    lowest: np.ndarray,
    max_manning: np.ndarray,
) -> None:
    """Find three numbers of each coarse cell from its fine cells.

    elevation: ground, shape (rows, cols), NaN for no data [m].
    thin_flow: from `find_thin_flow` of that terrain.
    manning: from `manning_array` [s m-1/3].
    width: width of a fine cell [m].
    thin_sum: filled with the sum of thin flow's depths, shape (coarse rows, coarse cols) [m].
    lowest: filled with the lowest ground [m].
    max_manning: filled with the greatest Manning's n [s m-1/3].
    """
    factor, flow, steepness = thin_flow.factor, thin_flow.flow, thin_flow.steepness
    for row in range(elevation.shape[0]):
        for col in range(elevation.shape[1]):
            coarse_row, coarse_col, n = row // factor, col // factor, manning_at(manning, row, col)
            max_manning[coarse_row, coarse_col] = max(max_manning[coarse_row, coarse_col], n)
            if elevation[row, col] < lowest[coarse_row, coarse_col]:  # which NaN is not
                lowest[coarse_row, coarse_col] = elevation[row, col]
            steep = steepness[row, col]
            if steep > MIN_STEEPNESS and thin_flow.hollow_depth[row, col] <= LEVEL:
                thin_sum[coarse_row, coarse_col] += normal_depth(flow[row, col], n, width, steep)
