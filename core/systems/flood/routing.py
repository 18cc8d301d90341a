"""Where water would run on the fine terrain if it only ran downhill: filled ground, an order, and routed flow.

Water goes to lower neighbours east, west, north and south, as the solver's does, split by the square root of the slope
(normal flow of one depth towards each); where none is lower, over the sill by which the hollow fills and spills.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from core.systems.flood.compiling import compiled

NOWHERE = -1


class Ways(NamedTuple):
    """Flat cells of a raster. order: from the outlets upwards; parent: the cell over which a hollow spills (NOWHERE for
    outlets and cells without data); filled: ground with its hollows filled [m]; rank: place in order.
    """

    order: np.ndarray
    parent: np.ndarray
    filled: np.ndarray
    rank: np.ndarray


def find_ways(elevation: np.ndarray, outlets: np.ndarray) -> Ways:
    """Fill from the outlets (places of shape (n, 2); none: from the lowest cell); NaN has no data."""
    cols = elevation.shape[1]
    flat = elevation.ravel()
    seeds = outlets[:, 0] * cols + outlets[:, 1] if len(outlets) else np.array([int(np.nanargmin(flat))])
    seeds = np.unique(seeds).astype(np.int64)
    order, parent, filled = np.empty(flat.size, np.int64), np.full(flat.size, -1, np.int64), flat.copy()
    rank = np.full(flat.size, flat.size, np.int64)
    count = _flood(flat, cols, seeds, order, parent, filled, rank)
    while count < np.isfinite(flat).sum():  # an island of data that no outlet drains
        left = np.where(rank == flat.size, flat, np.nan)
        count = _flood_more(flat, cols, np.array([int(np.nanargmin(left))]), order, parent, filled, rank, count)
    return Ways(order[:count], parent, filled, rank)


@compiled
def _flood(flat, cols, seeds, order, parent, filled, rank):  # type: ignore[no-untyped-def]
    return _flood_more(flat, cols, seeds, order, parent, filled, rank, 0)


@compiled
def _flood_more(flat, cols, seeds, order, parent, filled, rank, count):  # type: ignore[no-untyped-def]
    """Barnes, Lehman and Mulla (2014): from the lowest cell on the water's edge to the next."""
    size = flat.shape[0]
    queue = [(flat[seeds[0]], seeds[0])]
    seen = np.zeros(size, np.uint8)
    seen[seeds[0]] = 1
    for place in range(1, seeds.shape[0]):
        seen[seeds[place]] = 1
        heapq.heappush(queue, (flat[seeds[place]], seeds[place]))
    while len(queue) > 0:
        level, cell = heapq.heappop(queue)
        order[count] = cell
        rank[cell] = count
        count += 1
        col = cell % cols
        for side in range(4):
            if side == 0:
                if col == 0:
                    continue
                near = cell - 1
            elif side == 1:
                if col == cols - 1:
                    continue
                near = cell + 1
            elif side == 2:
                near = cell - cols
            else:
                near = cell + cols
            if near < 0 or near >= size or seen[near] or not np.isfinite(flat[near]) or rank[near] < size:
                continue
            seen[near] = 1
            parent[near] = cell
            filled[near] = max(flat[near], level)
            heapq.heappush(queue, (filled[near], near))
    return count


@compiled
def route(ways: Ways, cols: int, dx: float, dy: float, source: np.ndarray, flow: np.ndarray, out: np.ndarray) -> None:
    """Route what each cell adds. source, flow (through the cell, own source included): flat, in one unit.

    out: what leaves to the west, east, north and south, shape (4, cells).
    """
    filled, size = ways.filled, ways.filled.shape[0]
    weight = np.zeros(4)
    for place in range(ways.order.shape[0] - 1, -1, -1):
        cell = ways.order[place]
        flow[cell] += source[cell]
        total = 0.0
        col = cell % cols
        for side in range(4):
            weight[side] = 0.0
            if (side == 0 and col == 0) or (side == 1 and col == cols - 1):
                continue
            near = cell + (-1 if side == 0 else 1 if side == 1 else -cols if side == 2 else cols)
            if near < 0 or near >= size or ways.rank[near] >= place:
                continue
            fall = filled[cell] - filled[near]
            if fall > 0.0:
                weight[side] = dy * np.sqrt(fall / dx) if side < 2 else dx * np.sqrt(fall / dy)
                total += weight[side]
        if total == 0.0:
            to = ways.parent[cell]
            if to >= 0:
                side = 0 if to == cell - 1 else 1 if to == cell + 1 else 2 if to < cell else 3
                weight[side] = total = 1.0
        if total > 0.0:
            for side in range(4):
                if weight[side] > 0.0:
                    near = cell + (-1 if side == 0 else 1 if side == 1 else -cols if side == 2 else cols)
                    part = flow[cell] * weight[side] / total
                    out[side, cell] = part
                    flow[near] += part
