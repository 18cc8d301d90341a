"""From coarse levels and flows to depth on the fine terrain, and what of the coarse water is a film on slopes.

Two kinds of water meet. In hollows and over flooded ground it stands at a level, which the coarse cells have. On slopes
it runs thin along ways that a coarse cell does not see: there the routed flow says how the coarse cell's flow is shared
among its fine cells, and Manning's formula how deep each runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.systems.flood import building, downhill
from core.systems.flood.coarse import CoarseMoment, blocks
from core.systems.flood.compiling import compiled
from core.systems.flood.domain import Domain, Hydrograph, Inflow
from core.systems.flood.kernels import WALL

STEEP = 0.03  # sum over the lower neighbours of the root of the slope, from which on flow is normal: a slope of 1e-3
SLOPING = 1e-3  # the same, from which on there can be a film
LEVEL = 1e-6  # below its sill by no more, a cell lies in no hollow [m]
MOST_FILM = 0.95  # of what a coarse cell holds
SIDES = ((0, -1), (0, 1), (-1, 0), (1, 0))  # west, east, north, south, as in downhill.route


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

    @cached_property
    def hollow(self) -> np.ndarray:
        """Whether the cell lies in a hollow."""
        return np.asarray(self.below > LEVEL)


def find_ways(domain: Domain, rain: Hydrograph | None, inflows: Sequence[Inflow], factor: int) -> Ways:
    """Route the event's water over the fine terrain."""
    elevation = domain.elevation
    outlets = building.ground(domain, inflows).outlets - 1
    ways = downhill.find_ways(elevation, outlets)
    source = np.zeros(elevation.shape)
    if rain is not None and rain.volumes[-1] > 0:
        mean = rain.volumes[-1] / (rain.times[-1] - rain.times[0])
        source[np.isfinite(elevation)] = mean * domain.dx * domain.dy
    for inflow in inflows:
        np.add.at(source, tuple(inflow.cells.T), 0.5 * inflow.series.rates.max() / len(inflow.cells))
    flow, out = downhill.route(ways, domain.dx, domain.dy, source)
    return Ways(
        factor,
        flow,
        _steepness(np.where(np.isfinite(elevation), elevation, WALL), domain.dx, domain.dy),
        np.nan_to_num(downhill.inner(ways, ways.filled) - elevation),
        _crossing(out, factor),
    )


def _steepness(elevation: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Sum over the lower neighbours of the root of the slope; walls are no neighbours and have none."""
    padded, total = np.pad(elevation, 1, constant_values=WALL), np.zeros(elevation.shape)
    rows, cols = elevation.shape
    for (down, right), width in zip(SIDES, (dx, dx, dy, dy), strict=True):
        beside = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + cols]
        total += np.sqrt(np.maximum(elevation - beside, 0.0) / width)
    return np.where(elevation < WALL, total, 0.0)


def _crossing(out: np.ndarray, factor: int) -> np.ndarray:
    """Half of what crosses each coarse cell's faces, either way; out: to each of SIDES, shape (4, rows, cols)."""
    west, east, north, south = (blocks(side, factor, 0.0) for side in out)
    through = np.zeros(west.shape[:2])
    across = east[:, :-1, :, -1].sum(axis=2) + west[:, 1:, :, 0].sum(axis=2)
    down = south[:-1, :, -1, :].sum(axis=2) + north[1:, :, 0, :].sum(axis=2)
    through[:, :-1] += across
    through[:, 1:] += across
    through[:-1] += down
    through[1:] += down
    return 0.5 * through


def film(domain: Domain, ways: Ways) -> tuple[np.ndarray, np.ndarray]:
    """The share of a coarse cell's water that its pool keeps, and the most that runs as a film beside it [m].

    In steady flow the fine cells of a slope hold more than the one pool through which the coarse cell conveys the same:
    without that film, coarse hillsides drain too fast. Both of shape (coarse rows, cols), for `coarse_solve`.
    """
    manning, factor = np.broadcast_to(domain.manning, domain.elevation.shape), ways.factor
    thin = (ways.steepness > SLOPING) & ~ways.hollow
    held = blocks(np.where(thin, normal_depth(domain, ways.flow, ways.steepness, SLOPING), 0.0), factor, 0.0)
    held = held.sum(axis=(2, 3))
    lowest = blocks(np.where(np.isfinite(domain.elevation), domain.elevation, WALL), factor, WALL).min(axis=(2, 3))
    steep = _steepness(lowest, factor * domain.dx, factor * domain.dy)
    rough = blocks(manning, factor, 0.0).max(axis=(2, 3))
    width = np.sqrt(domain.dx * domain.dy)
    pool = (ways.crossing * rough / (width * np.maximum(steep, SLOPING))) ** 0.6
    sloping = (steep > SLOPING) & (held > 0)
    share = np.where(sloping, np.clip(1.0 - pool / np.maximum(held, 1e-12), 0.0, MOST_FILM), 0.0)
    return 1.0 - share, share * held


def normal_depth(domain: Domain, flow: np.ndarray, steepness: np.ndarray, least: float) -> np.ndarray:
    """Depth of a flow [m3/s] down to all lower neighbours at once [m]; no less steep than `least`."""
    width = np.sqrt(domain.dx * domain.dy)
    depth = (np.maximum(flow, 0.0) * domain.manning / (width * np.maximum(steepness, least))) ** 0.6
    return np.asarray(depth)


def spread(coarse: np.ndarray, factor: int, shape: tuple[int, ...]) -> np.ndarray:
    """Each coarse number on its fine cells."""
    return np.repeat(np.repeat(coarse, factor, axis=0), factor, axis=1)[: shape[0], : shape[1]]


def depths(domain: Domain, ways: Ways, water: CoarseMoment) -> np.ndarray:
    """Depth on the fine grid [m], NaN where there is no data.

    Where only a corner of a coarse cell is wet on a free slope, its pool stands for running water: half of it counts,
    and the whole of what the routed flow gives. Elsewhere the deeper of the two.
    """
    elevation, factor = domain.elevation, ways.factor
    level = np.where(np.isfinite(water.level), water.level, -WALL)
    ratio = np.where(ways.crossing > 0, np.nan_to_num(water.through) / np.maximum(ways.crossing, 1e-12), 0.0)
    rough = np.ascontiguousarray(np.broadcast_to(domain.manning, elevation.shape), dtype=np.float64)
    made, width = np.empty(elevation.shape), float(np.sqrt(domain.dx * domain.dy))
    smooth = between(domain, level, factor)
    _pour(elevation, level, smooth, ratio, ways.flow, ways.steepness, ways.below, rough, width, factor, made)
    return made


@compiled
def _pour(
    elevation: np.ndarray,
    level: np.ndarray,
    smooth: np.ndarray,
    ratio: np.ndarray,
    flow: np.ndarray,
    steepness: np.ndarray,
    below: np.ndarray,
    rough: np.ndarray,
    width: float,
    factor: int,
    made: np.ndarray,
) -> None:
    """Depth of each fine cell, see `depths`; level and ratio (of the flow to the routed one) are coarse."""
    for block_row in range(level.shape[0]):
        top, bottom = block_row * factor, min((block_row + 1) * factor, elevation.shape[0])
        for block_col in range(level.shape[1]):
            left, right = block_col * factor, min((block_col + 1) * factor, elevation.shape[1])
            stands, wet = level[block_row, block_col], 0
            for row in range(top, bottom):
                for col in range(left, right):
                    wet += stands > elevation[row, col]
            for row in range(top, bottom):
                for col in range(left, right):
                    ground = elevation[row, col]
                    runs = steepness[row, col] > STEEP and below[row, col] <= LEVEL
                    pool, thin = max(stands - ground, 0.0), 0.0
                    running = max(flow[row, col] * ratio[block_row, block_col], 0.0)
                    if runs and running > 0.0:
                        thin = (running * rough[row, col] / (width * steepness[row, col])) ** 0.6
                    if np.isnan(ground):
                        made[row, col] = np.nan
                    elif runs and wet <= factor / 2:
                        made[row, col] = 0.5 * (thin + max(pool, thin))
                    else:
                        made[row, col] = max(0.5 * (max(smooth[row, col] - ground, 0.0) + pool), thin)


def between(domain: Domain, level: np.ndarray, factor: int) -> np.ndarray:
    """The level at each fine cell's centre, linear between coarse centres whose water is one; else the cell's own."""
    made: np.ndarray = np.empty(domain.elevation.shape)
    side_rows, by_rows = _neighbour(np.arange(made.shape[0]), factor, level.shape[0])
    side_cols, by_cols = _neighbour(np.arange(made.shape[1]), factor, level.shape[1])
    joined_x, joined_y = _joined(domain, level, factor)
    _interpolate(level, joined_x, joined_y, factor, side_rows, side_cols, by_rows, by_cols, made)
    return made


@compiled
def _interpolate(
    level: np.ndarray,
    joined_x: np.ndarray,
    joined_y: np.ndarray,
    factor: int,
    side_rows: np.ndarray,
    side_cols: np.ndarray,
    by_rows: np.ndarray,
    by_cols: np.ndarray,
    made: np.ndarray,
) -> None:
    """See `between`; sides and weights are those of `_neighbour`, of all rows and all columns."""
    for row in range(made.shape[0]):
        here, side_row, by_row = row // factor, side_rows[row], by_rows[row]
        for col in range(made.shape[1]):
            place, side_col, by_col = col // factor, side_cols[col], by_cols[col]
            own = level[here, place]
            along_x = joined_x[here, max(place, side_col)]
            along_y = joined_y[max(here, side_row), place]
            found = own
            if along_x:
                found += by_col * (1 - by_row) * (level[here, side_col] - own)
            if along_y:
                found += by_row * (1 - by_col) * (level[side_row, place] - own)
            if along_x and along_y and joined_x[side_row, max(place, side_col)]:
                found += by_row * by_col * (level[side_row, side_col] - own)
            made[row, col] = found


def _neighbour(cells: np.ndarray, factor: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The coarse neighbour on a fine cell's side, and the weight of it in place of the cell's own centre."""
    offset = (cells + 0.5) / factor - (cells // factor + 0.5)
    beside = np.clip(cells // factor + np.where(offset < 0, -1, 1), 0, count - 1)
    return beside, np.abs(offset)


def _joined(domain: Domain, level: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether the water on both sides of the left (upper) face stands above its lowest sill; a cell joins itself."""
    cells = blocks(np.where(np.isfinite(domain.elevation), domain.elevation, WALL), factor, WALL)
    joined_x, joined_y = np.ones(level.shape, dtype=bool), np.ones(level.shape, dtype=bool)
    sill_x = np.maximum(cells[:, :-1, :, -1], cells[:, 1:, :, 0]).min(axis=2)
    sill_y = np.maximum(cells[:-1, :, -1, :], cells[1:, :, 0, :]).min(axis=2)
    joined_x[:, 1:] = np.minimum(level[:, :-1], level[:, 1:]) > sill_x
    joined_y[1:] = np.minimum(level[:-1], level[1:]) > sill_y
    return joined_x, joined_y
