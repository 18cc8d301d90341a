"""What the water allows before a plan of steps is made: each tile's longest step, and which tiles have none."""

from __future__ import annotations

import numpy as np

from core.hydraulics import row_kernels
from core.hydraulics.constants import TIME
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.subgrid import residence_time, storage, time_levels
from core.hydraulics.subgrid.state import SubgridState, SubgridTerrain
from core.hydraulics.subgrid.time_levels import ASLEEP, TALL, WIDE, StepSchedule, SubgridParameters

FILLED = 0.2  # depth to which an inlet's cell is taken to be filled at least, to find its step [m]


@compiled_forceinline
def find_depths(ground: SubgridTerrain, pools: SubgridState, row: int, a: int, b: int) -> None:
    """Of some columns of a row, from their volumes."""
    storage.depths(
        pools.volume[row, a:b], ground.kept[row, a:b], ground.film[row, a:b], ground.curve[row], a, ground.shares,
        pools.depth[row, a:b], pools.share[row, a:b],
    )  # fmt: skip


@compiled
def look_around(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    room: np.ndarray,
    tally: np.ndarray,
    first: int,
    past: int,
) -> float:
    """What step the water allows to each tile of some rows of tiles; returns the greatest depth there.

    room, tally: to work in, of two rows of cells and of the bins of `coarse_stays`.
    """
    rows, cols = pools.depth.shape
    narrowest, deepest = _narrowest(ground), 0.0
    for tile in range(first, past):
        top, end = 1 + (tile - 1) * TALL, min(1 + tile * TALL, rows - 1)
        for row in range(top, end):
            find_depths(ground, pools, row, 1, cols - 1)
        for col in range(1, plan.level.shape[1] - 1):
            a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
            depth = 0.0
            for row in range(top, end):
                depth = max(depth, float(row_kernels.largest(pools.depth[row, a:b])))
            row_kernels.fill(tally, 0.0)
            for row in range(top, end if depth > 0.0 else top):
                residence_time.find_stays(
                    pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
                    pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], np.float32(ground.dx),
                    np.float32(ground.dy), room[0, a:b], room[1, a:b],
                )  # fmt: skip
                residence_time.tally_stays(room[0, a:b], room[1, a:b], tally)
            time_levels.look(plan, pace, tally, narrowest, tile, col, depth)
            deepest = max(deepest, depth)
    return deepest


@compiled
def least_step(
    ground: SubgridTerrain,
    series: ForcingSeries,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    deepest: float,
) -> float:
    """A step that is always short enough [s], from what looking around found.

    A tile with an inlet is taken to be wet, and while something comes in, to step as shortly as any.
    """
    quickest = pace.longest_step
    for row in range(1, plan.longest.shape[0] - 1):
        for col in range(1, plan.longest.shape[1] - 1):
            quickest = min(quickest, plan.longest[row, col])
    least = time_levels.SAFE * time_levels.crossing(_narrowest(ground), deepest)
    for inlet in range(ground.inlets.shape[0]):
        row, col, _ = ground.inlets[inlet]
        tile, at = time_levels.tile_row(row), time_levels.tile_col(col)
        plan.wet[tile, at] = 1
        filling = _filling(ground, series, pools, pace, inlet)
        if filling > 0.0:
            least = min(least, filling)
            plan.longest[tile, at] = min(quickest, least)
    return float(least)


@compiled
def _narrowest(ground: SubgridTerrain) -> float:
    """Width of a coarse cell [m]."""
    return float(min(ground.dx, ground.dy) * ground.beds_x.shape[1])


@compiled
def _filling(
    ground: SubgridTerrain, series: ForcingSeries, pools: SubgridState, pace: SubgridParameters, inlet: int
) -> float:
    """The step [s] in which an inlet, now or soon, brings no more than `turnover` allows of what its cell holds.

    Zero if it brings nothing.
    """
    row, col, number = ground.inlets[inlet]
    now, soon = pools.clock[TIME], pools.clock[TIME] + pace.longest_step
    rate = volume_between(series, number, now, soon) / pace.longest_step * ground.inlet_share[inlet]
    held = max(pools.volume[row, col], FILLED * ground.caught[row, col])
    return float(pace.turnover * held / rate) if rate > 0.0 else 0.0


@compiled
def quiet(pools: SubgridState, plan: StepSchedule) -> None:
    """Nothing runs through the faces of tiles that are asleep."""
    rows, cols = pools.depth.shape
    for row in range(1, rows - 1):
        tile = time_levels.tile_row(row)
        for col in range(1, plan.level.shape[1] - 1):
            if plan.level[tile, col] == ASLEEP:
                a, b = 1 + (col - 1) * WIDE, min(1 + col * WIDE, cols - 1)
                row_kernels.fill(pools.flow_x[row, a : b + 1], 0.0)
                row_kernels.fill(pools.flow_y[row, a:b], 0.0)
                row_kernels.fill(pools.flow_y[row + 1, a:b], 0.0)
