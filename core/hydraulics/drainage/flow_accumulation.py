"""Where water would run on the fine terrain if it only ran downhill: filled ground, an order, and routed flow.

Water goes to lower neighbours east, west, north and south, as the solver's does, split by the square root of the slope
(normal flow of one depth towards each); where none is lower, over the sill by which the hollow fills and spills.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from core.hydraulics.jit import compiled, compiled_allocating

NOWHERE = -1


class Ways(NamedTuple):
    """Ways down over a raster with a rim of no data; arrays are flat, of (rows + 2) * (cols + 2) cells.

    order: cells from the outlets upwards; parent: the cell over which a hollow spills, else NOWHERE;
    filled: ground with its hollows filled [m]; rank: place in order, the number of cells for no data. width: cols + 2.
    """

    order: np.ndarray
    parent: np.ndarray
    filled: np.ndarray
    rank: np.ndarray
    width: int


def find_ways(elevation: np.ndarray, outlets: np.ndarray) -> Ways:
    """Fill from the outlets (places of shape (n, 2); none: from the lowest cell); NaN has no data."""
    padded = np.pad(elevation, 1, constant_values=np.nan)
    width, flat = padded.shape[1], padded.ravel()
    seeds = (outlets[:, 0] + 1) * width + outlets[:, 1] + 1 if len(outlets) else np.array([int(np.nanargmin(flat))])
    ways = Ways(
        order=np.full(flat.size, NOWHERE, np.int32),
        parent=np.full(flat.size, NOWHERE, np.int32),
        filled=flat.copy(),
        rank=np.full(flat.size, flat.size, np.int32),
        width=width,
    )
    count, cells = _flood(ways, np.unique(seeds).astype(np.int64), 0), int(np.isfinite(flat).sum())
    while count < cells:  # an island of data that no outlet drains
        left = np.where(ways.rank == flat.size, flat, np.nan)
        count = _flood(ways, np.array([int(np.nanargmin(left))]), count)
    return ways._replace(order=ways.order[:count])


def inner(ways: Ways, flat: np.ndarray) -> np.ndarray:
    """A raster without its rim, shape (rows, cols)."""
    return flat.reshape(-1, ways.width)[1:-1, 1:-1]


@compiled_allocating
def _flood(ways: Ways, seeds: np.ndarray, count: int) -> int:
    """Barnes, Lehman and Mulla (2014): from the lowest cell on the water's edge to the next; returns the new count."""
    rank, filled, waiting = ways.rank, ways.filled, ways.rank.shape[0] + 1
    queue = [(filled[seeds[0]], seeds[0])]
    for place in range(seeds.shape[0]):
        rank[seeds[place]] = waiting
        if place > 0:
            heapq.heappush(queue, (filled[seeds[place]], seeds[place]))
    while len(queue) > 0:
        level, cell = heapq.heappop(queue)
        ways.order[count] = cell
        rank[cell] = count
        count += 1
        for near in (cell - 1, cell + 1, cell - ways.width, cell + ways.width):
            if rank[near] == waiting - 1 and np.isfinite(filled[near]):
                rank[near] = waiting
                ways.parent[near] = cell
                filled[near] = max(filled[near], level)
                heapq.heappush(queue, (filled[near], near))
    return count


@compiled
def _weigh(ways: Ways, place: int, dx: float, dy: float, weight: np.ndarray) -> float:
    """How a cell's flow is split to the west, east, north and south, and the sum of these weights."""
    cell, total = ways.order[place], 0.0
    for side in range(4):
        near = cell + (2 * side - 1 if side < 2 else (2 * side - 5) * ways.width)
        fall = ways.filled[cell] - ways.filled[near] if ways.rank[near] < place else 0.0
        along, across = (dx, dy) if side < 2 else (dy, dx)
        weight[side] = across * np.sqrt(max(fall, 0.0) / along)
        total += weight[side]
    if total == 0.0 and ways.parent[cell] >= 0:
        step = ways.parent[cell] - cell
        side = (0 if step < 0 else 1) if abs(step) == 1 else (2 if step < 0 else 3)
        weight[side] = total = 1.0
    return total


@compiled_allocating
def _route(ways: Ways, dx: float, dy: float, flow: np.ndarray, out: np.ndarray) -> None:
    weight = np.zeros(4)
    for place in range(ways.order.shape[0] - 1, -1, -1):
        cell, total = ways.order[place], _weigh(ways, place, dx, dy, weight)
        for side in range(4):
            if weight[side] > 0.0:
                part = flow[cell] * weight[side] / total
                out[side, cell] = part
                flow[cell + (2 * side - 1 if side < 2 else (2 * side - 5) * ways.width)] += part


def route(ways: Ways, dx: float, dy: float, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Route what each cell adds, of shape (rows, cols), at cells of dx x dy.

    Returns what runs through each cell, its own included, of the same shape and unit; and what leaves it to the west,
    east, north and south, shape (4, rows, cols).
    """
    flow = np.pad(source, 1).ravel()
    out = np.zeros((4, flow.size))
    _route(ways, dx, dy, flow, out)
    return inner(ways, flow), out.reshape(4, -1, ways.width)[:, 1:-1, 1:-1]
