"""How water runs thin down slopes: the ways that it takes, and what of the coarse water is a film on them.

On slopes water runs along ways that a coarse cell does not see: there the routed flow says how the coarse cell's flow
is shared among its fine cells, and Manning's formula how deep each runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.hydraulics import blocks, boundaries
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.drainage import flow_accumulation
from core.hydraulics.jit import compiled
from core.hydraulics.local_inertial.kernels import WALL

STEEP = 0.03  # sum over the lower neighbours of the root of the slope, from which on flow is normal: a slope of 1e-3
SLOPING = 1e-3  # the same, from which on there can be a film
LEVEL = 1e-6  # below its sill by no more, a cell lies in no hollow [m]
EXPONENT = 0.6  # of the discharge in Manning's formula for the depth of wide, normal flow
MOST_FILM = 0.95  # of what a coarse cell holds


@dataclass(frozen=True)
class Ways:
    """What the terrain alone, and the ratio of rain to inflow, say about thin flow; shape (rows, cols), fine.

    flow: routed through the cell at mean rain and half the inflows' peaks [m3/s]. steepness: see STEEP. below: how far
    it lies below the sill over which it spills [m]. crossing: routed flow through each coarse cell by its faces, coarse
    [m3/s].
    """

    factor: int
    flow: np.ndarray
    steepness: np.ndarray
    below: np.ndarray
    crossing: np.ndarray

    def single(self) -> Ways:
        """The same in float32, half as large."""
        fine = {name: getattr(self, name).astype(np.float32) for name in ("flow", "steepness", "below")}
        return replace(self, **fine)

    def part(self, rows: slice) -> Ways:
        """Some rows, of which the first starts a coarse row."""
        coarse = slice(rows.start // self.factor, -(-rows.stop // self.factor))
        return Ways(self.factor, self.flow[rows], self.steepness[rows], self.below[rows], self.crossing[coarse])


def find_ways(domain: Domain, rain: Hydrograph | None, inflows: Sequence[Inflow], factor: int) -> Ways:
    """Route the event's water over the fine terrain."""
    elevation = domain.elevation
    ways = flow_accumulation.find_ways(elevation, boundaries.find_outlets(domain)[0] - 1)
    source = np.zeros(elevation.shape)
    if rain is not None and rain.volumes[-1] > 0:
        mean = rain.volumes[-1] / (rain.times[-1] - rain.times[0])
        source[np.isfinite(elevation)] = mean * domain.dx * domain.dy
    for inflow in inflows:
        inflow.check(elevation)
        np.add.at(source, tuple(inflow.cells.T), 0.5 * inflow.series.rates.max() / len(inflow.cells))
    flow, out = flow_accumulation.route(ways, domain.dx, domain.dy, source)
    below = flow_accumulation.inner(ways, ways.filled) - elevation
    below[np.isnan(below)] = 0.0
    flow = np.ascontiguousarray(flow)
    del ways, source
    crossing = np.zeros(blocks.blocks_shape(elevation.shape, factor))
    _cross(out, factor, crossing)
    return Ways(factor, flow, _steepness(elevation, domain.dx, domain.dy), below, crossing)


def roughness(domain: Domain) -> np.ndarray:
    """Manning's n as compiled loops take it: float64, of shape (rows, cols), or (1, 1) where all cells have one."""
    return np.ascontiguousarray(np.atleast_2d(domain.manning), dtype=np.float64)


@compiled
def manning_at(rough: np.ndarray, row: int, col: int) -> float:
    """Of a cell, from what `roughness` made."""
    return float(rough[row, col]) if rough.size > 1 else float(rough[0, 0])


def _steepness(elevation: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Sum over the lower neighbours of the root of the slope; walls (NaN or WALL) are no neighbours and have none."""
    made = np.zeros(elevation.shape)
    _steepen(np.ascontiguousarray(elevation), dx, dy, made)
    return made


@compiled
def normal_depth(flow: float, manning: float, width: float, steepness: float) -> float:
    """Depth of a flow [m3/s] down to all lower neighbours at once [m], of a cell of that width [m]."""
    return float((max(flow, 0.0) * manning / (width * steepness)) ** EXPONENT)


@compiled
def _drop(elevation: np.ndarray, row: int, col: int, own: float) -> float:
    """From a cell down to its neighbour, zero off the grid and where that is higher or no ground."""
    if row < 0 or col < 0 or row == elevation.shape[0] or col == elevation.shape[1]:
        return 0.0
    return max(own - elevation[row, col], 0.0) if elevation[row, col] < WALL else 0.0


@compiled
def _steepen(elevation: np.ndarray, dx: float, dy: float, made: np.ndarray) -> None:
    """See `_steepness`."""
    for row in range(elevation.shape[0]):
        for col in range(elevation.shape[1]):
            own = elevation[row, col]
            if own < WALL:  # which NaN is not
                total = np.sqrt(_drop(elevation, row, col - 1, own) / dx)
                total += np.sqrt(_drop(elevation, row, col + 1, own) / dx)
                total += np.sqrt(_drop(elevation, row - 1, col, own) / dy)
                made[row, col] = total + np.sqrt(_drop(elevation, row + 1, col, own) / dy)


@compiled
def _cross(out: np.ndarray, factor: int, through: np.ndarray) -> None:
    """Add half of what crosses each coarse cell's faces, either way; out: as `downhill.route` returns it."""
    for row in range(out.shape[1]):
        for col in range(out.shape[2]):
            here, place = row // factor, col // factor
            for side in range(4):
                near = (col - 1 if side == 0 else col + 1) if side < 2 else col
                beside = (row - 1 if side == 2 else row + 1) if side > 1 else row
                part = 0.5 * out[side, row, col]
                if part > 0.0 and (near // factor != place or beside // factor != here):
                    through[here, place] += part
                    through[beside // factor, near // factor] += part


def film(domain: Domain, ways: Ways) -> tuple[np.ndarray, np.ndarray]:
    """The share of a coarse cell's water that its pool keeps, and the most that runs as a film beside it [m].

    In steady flow the fine cells of a slope hold more than the one pool through which the coarse cell conveys the same:
    without that film, coarse hillsides drain too fast. Both of shape (coarse rows, cols), for `coarse_solve`.
    """
    factor, width, size = ways.factor, float(np.sqrt(domain.dx * domain.dy)), ways.crossing.shape
    held, lowest, rough = np.zeros(size), np.full(size, WALL), np.zeros(size)
    ground = np.ascontiguousarray(domain.elevation)
    _hold(ground, ways.flow, ways.steepness, ways.below, roughness(domain), width, factor, held, lowest, rough)
    steep = _steepness(lowest, factor * domain.dx, factor * domain.dy)
    pool = (ways.crossing * rough / (width * np.maximum(steep, SLOPING))) ** EXPONENT
    sloping = (steep > SLOPING) & (held > 0)
    share = np.where(sloping, np.clip(1.0 - pool / np.maximum(held, 1e-12), 0.0, MOST_FILM), 0.0)
    return 1.0 - share, share * held


@compiled
def _hold(
    elevation: np.ndarray,
    flow: np.ndarray,
    steepness: np.ndarray,
    below: np.ndarray,
    manning: np.ndarray,
    width: float,
    factor: int,
    held: np.ndarray,
    lowest: np.ndarray,
    rough: np.ndarray,
) -> None:
    """Of each coarse cell: the depths of thin flow summed, the lowest ground, the greatest roughness."""
    for row in range(elevation.shape[0]):
        for col in range(elevation.shape[1]):
            here, place, n = row // factor, col // factor, manning_at(manning, row, col)
            rough[here, place] = max(rough[here, place], n)
            if elevation[row, col] < lowest[here, place]:  # which NaN is not
                lowest[here, place] = elevation[row, col]
            steep = steepness[row, col]
            if steep > SLOPING and below[row, col] <= LEVEL:
                held[here, place] += normal_depth(flow[row, col], n, width, steep)
