"""What the water allows before a plan of steps is made: each tile's longest step, and which tiles have none."""

from __future__ import annotations

import numpy as np

from core.systems.flood import coarse_paces, coarse_stays, coarse_storage, kernels
from core.systems.flood.coarse_paces import ASLEEP, TALL, WIDE, Pace, Plan
from core.systems.flood.coarse_state import Basins, Pools
from core.systems.flood.compiling import compiled, compiled_within
from core.systems.flood.exchange import volume_between
from core.systems.flood.state import TIME, Series

FILLED = 0.2  # depth to which an inlet's cell is taken to be filled at least, to find its step [m]


@compiled_within
def find_depths(ground: Basins, pools: Pools, row: int, a: int, b: int) -> None:
    """Of some columns of a row, from their volumes."""
    coarse_storage.depths(
        pools.volume[row, a:b], ground.kept[row, a:b], ground.film[row, a:b], ground.curve[row], a, ground.shares,
        pools.depth[row, a:b], pools.share[row, a:b],
    )  # fmt: skip


@compiled
def look_around(ground: Basins, series: Series, pools: Pools, plan: Plan, pace: Pace) -> tuple[float, float]:
    """What step each tile's water allows; returns a step that is always short enough [s], and the greatest depth [m].

    A tile with an inlet is taken to be wet, and while something comes in, to step as shortly as any.
    """
    rows, cols = pools.depth.shape
    narrowest, quickest, deepest = min(ground.dx, ground.dy) * ground.beds_x.shape[1], pace.longest_step, 0.0
    for tile in range(1, plan.level.shape[0] - 1):
        top, end = 1 + (tile - 1) * TALL, min(1 + tile * TALL, rows - 1)
        for row in range(top, end):
            find_depths(ground, pools, row, 1, cols - 1)
        for col in range(1, plan.level.shape[1] - 1):
            a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
            depth = 0.0
            for row in range(top, end):
                depth = max(depth, float(kernels.largest(pools.depth[row, a:b])))
            kernels.fill(plan.tally, 0.0)
            for row in range(top, end if depth > 0.0 else top):
                coarse_stays.find_stays(
                    pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
                    pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], np.float32(ground.dx),
                    np.float32(ground.dy), pools.rooms[0, 0, a:b], pools.rooms[0, 1, a:b],
                )  # fmt: skip
                coarse_stays.tally_stays(pools.rooms[0, 0, a:b], pools.rooms[0, 1, a:b], plan.tally)
            coarse_paces.look(plan, pace, narrowest, tile, col, depth)
            quickest, deepest = min(quickest, plan.longest[tile, col]), max(deepest, depth)
    least = coarse_paces.SAFE * coarse_paces.crossing(narrowest, deepest)
    for inlet in range(ground.inlets.shape[0]):
        row, col, _ = ground.inlets[inlet]
        tile, at = coarse_paces.tile_row(row), coarse_paces.tile_col(col)
        plan.wet[tile, at] = 1
        filling = _filling(ground, series, pools, pace, inlet)
        if filling > 0.0:
            least = min(least, filling)
            plan.longest[tile, at] = min(quickest, least)
    return least, deepest


@compiled
def _filling(ground: Basins, series: Series, pools: Pools, pace: Pace, inlet: int) -> float:
    """The step [s] in which an inlet, now or soon, brings no more than `turnover` allows of what its cell holds.

    Zero if it brings nothing.
    """
    row, col, number = ground.inlets[inlet]
    now, soon = pools.clock[TIME], pools.clock[TIME] + pace.longest_step
    rate = volume_between(series, number, now, soon) / pace.longest_step * ground.inlet_share[inlet]
    held = max(pools.volume[row, col], FILLED * ground.caught[row, col])
    return float(pace.turnover * held / rate) if rate > 0.0 else 0.0


@compiled
def quiet(pools: Pools, plan: Plan) -> None:
    """Nothing runs through the faces of tiles that are asleep."""
    rows, cols = pools.depth.shape
    for row in range(1, rows - 1):
        tile = coarse_paces.tile_row(row)
        for col in range(1, plan.level.shape[1] - 1):
            if plan.level[tile, col] == ASLEEP:
                a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
                kernels.fill(pools.flow_x[row, a : b + 1], 0.0)
                kernels.fill(pools.flow_y[row, a:b], 0.0)
                kernels.fill(pools.flow_y[row + 1, a:b], 0.0)
