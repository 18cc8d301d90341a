"""Where water would run on terrain if it only ran downhill: filled ground, an order of the cells, and routed flow.

Water goes to the lower neighbours east, west, north and south, as the solvers' does, split by the square root of the
slope (normal flow of one depth towards each); where none is lower, over the sill by which the hollow fills and spills.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from core.hydraulics.jit import compiled, compiled_allocating

NO_CELL = -1


class DrainageOrder(NamedTuple):
    """The cells of a raster in the order in which they drain; flat arrays of (rows + 2) * (cols + 2), rim included.

    order: cells from the outlets upwards, shape (cells with data,), int32.
    parent: the cell over which each cell's hollow spills, NO_CELL for none, int32.
    filled: ground with its hollows filled, NaN for no data [m], float64.
    rank: position in `order`, the number of all cells for no data, int32.
    width: cols + 2, by which a cell's index differs from that of the cell below.
    """

    order: np.ndarray
    parent: np.ndarray
    filled: np.ndarray
    rank: np.ndarray
    width: int


def find_drainage_order(elevation: np.ndarray, outlets: np.ndarray) -> DrainageOrder:
    """Fill the hollows of terrain from its outlets upwards: the priority flood of Barnes, Lehman and Mulla (2014).

    Computers & Geosciences 62, 117-127. Islands of data that no outlet drains fill from their lowest cell.

    elevation: ground, shape (rows, cols), NaN where there is no data [m].
    outlets: row and column of each cell where water leaves, shape (outlets, 2); none: the lowest cell.
    """
    padded = np.pad(elevation, 1, constant_values=np.nan)
    width, flat = padded.shape[1], padded.ravel()
    seeds = (outlets[:, 0] + 1) * width + outlets[:, 1] + 1 if len(outlets) else np.array([int(np.nanargmin(flat))])
    drainage = DrainageOrder(
        order=np.full(flat.size, NO_CELL, np.int32),
        parent=np.full(flat.size, NO_CELL, np.int32),
        filled=flat.copy(),
        rank=np.full(flat.size, flat.size, np.int32),
        width=width,
    )
    count, cells = _flood(drainage, np.unique(seeds).astype(np.int64), 0), int(np.isfinite(flat).sum())
    while count < cells:  # an island of data that no outlet drains
        left = np.where(drainage.rank == flat.size, flat, np.nan)
        count = _flood(drainage, np.array([int(np.nanargmin(left))]), count)
    return drainage._replace(order=drainage.order[:count])


def without_rim(drainage: DrainageOrder, flat: np.ndarray) -> np.ndarray:
    """A flat array of the drainage order as a raster without its rim, shape (rows, cols)."""
    return flat.reshape(-1, drainage.width)[1:-1, 1:-1]


@compiled_allocating
def _flood(drainage: DrainageOrder, seeds: np.ndarray, count: int) -> int:
    """Fill from seeds, always from the lowest cell on the water's edge to its neighbours.

    seeds: cells to start from, ascending.
    count: cells that are in the order already; returns how many there are then.
    """
    rank, filled, queued = drainage.rank, drainage.filled, drainage.rank.shape[0] + 1
    queue = [(filled[seeds[0]], seeds[0])]
    for index in range(seeds.shape[0]):
        rank[seeds[index]] = queued
        if index > 0:
            heapq.heappush(queue, (filled[seeds[index]], seeds[index]))
    while len(queue) > 0:
        level, cell = heapq.heappop(queue)
        drainage.order[count] = cell
        rank[cell] = count
        count += 1
        for neighbour in (cell - 1, cell + 1, cell - drainage.width, cell + drainage.width):
            if rank[neighbour] == queued - 1 and np.isfinite(filled[neighbour]):
                rank[neighbour] = queued
                drainage.parent[neighbour] = cell
                filled[neighbour] = max(filled[neighbour], level)
                heapq.heappush(queue, (filled[neighbour], neighbour))
    return count


def route_flow(drainage: DrainageOrder, dx: float, dy: float, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Route what each cell adds downhill to the outlets: flow accumulation over many directions.

    A cell passes its flow on to all lower neighbours, in proportion to width * sqrt(slope): normal flow of one depth.

    drainage: order of the cells, from `find_drainage_order`.
    dx: cell size to the east [m].
    dy: cell size to the south [m].
    source: what each cell adds, shape (rows, cols) [m3/s, or any unit].

    Returns what runs through each cell, its own included, of the same shape and unit; and what leaves it to the west,
    east, north and south, shape (4, rows, cols). In outlets and the lowest cells of islands the flow ends.
    """
    flow = np.pad(source, 1).ravel()
    out = np.zeros((4, flow.size))
    _route(drainage, dx, dy, flow, out)
    return without_rim(drainage, flow), out.reshape(4, -1, drainage.width)[:, 1:-1, 1:-1]


@compiled_allocating
def _route(drainage: DrainageOrder, dx: float, dy: float, flow: np.ndarray, out: np.ndarray) -> None:
    """Pass on each cell's flow, headwaters first, so that what comes from upstream is complete."""
    weight = np.zeros(4)
    for rank in range(drainage.order.shape[0] - 1, -1, -1):
        cell, total = drainage.order[rank], _find_weights(drainage, rank, dx, dy, weight)
        for side in range(4):
            if weight[side] > 0.0:
                part = flow[cell] * weight[side] / total
                out[side, cell] = part
                flow[cell + (2 * side - 1 if side < 2 else (2 * side - 5) * drainage.width)] += part


@compiled
def _find_weights(drainage: DrainageOrder, rank: int, dx: float, dy: float, weight: np.ndarray) -> float:
    """Set how a cell's flow is split to the west, east, north and south; returns the sum of these weights."""
    cell, total = drainage.order[rank], 0.0
    for side in range(4):
        neighbour = cell + (2 * side - 1 if side < 2 else (2 * side - 5) * drainage.width)
        drop = drainage.filled[cell] - drainage.filled[neighbour] if drainage.rank[neighbour] < rank else 0.0
        along, across = (dx, dy) if side < 2 else (dy, dx)
        weight[side] = across * np.sqrt(max(drop, 0.0) / along)
        total += weight[side]
    if total == 0.0 and drainage.parent[cell] >= 0:
        offset = drainage.parent[cell] - cell
        side = (0 if offset < 0 else 1) if abs(offset) == 1 else (2 if offset < 0 else 3)
        weight[side] = total = 1.0
    return total
