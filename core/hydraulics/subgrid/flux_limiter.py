"""What leaves and enters coarse cells: never more than they hold, also while faces' steps are under way."""

from __future__ import annotations

import numpy as np

from core.hydraulics import row_kernels
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.row_kernels import ZERO
from core.hydraulics.subgrid import kernels as coarse_kernels
from core.hydraulics.subgrid import time_levels
from core.hydraulics.subgrid.state import SubgridState, SubgridStep, SubgridTerrain
from core.hydraulics.subgrid.time_levels import StepSchedule, SubgridParameters

MOST_SAFE = 0.999  # of what a cell holds: where less leaves it, nothing needs to be limited, however it is rounded


@compiled_forceinline
def limit_row(ground: SubgridTerrain, pools: SubgridState, plan: StepSchedule, turn: SubgridStep, row: int) -> None:
    """No cell loses more in its faces' steps than it holds."""
    rows = pools.volume.shape[0] - 2
    tile, kind = time_levels.tile_row(row), time_levels.kind_of(row, rows)
    for place in range(plan.many[kind, tile]):
        a, b, level, own, _, _ = plan.runs[kind, tile, place]
        if level <= turn.due:
            seconds = turn.seconds * (1 << own)
            across, down = np.float32(seconds / ground.dx), np.float32(seconds / ground.dy)
            overdrawn = coarse_kernels.count_overdrawn(
                pools.volume[row, a:b], pools.flow_x[row, a:b], pools.flow_x[row, a + 1 : b + 1],
                pools.flow_y[row, a:b], pools.flow_y[row + 1, a:b], across, down, pools.rooms[turn.hand, 0],
            )  # fmt: skip
            for col in range(a, b if overdrawn else a):
                _limit_cell(ground, pools, plan, turn, row, col)
    for seam in range(plan.seams_many[tile]):
        if time_levels.steps_alone(plan, turn.due, row, rows, seam):
            _limit_cell(ground, pools, plan, turn, row, plan.seams[tile, seam, 1])


@compiled
def _limit_cell(
    ground: SubgridTerrain, pools: SubgridState, plan: StepSchedule, turn: SubgridStep, row: int, col: int
) -> None:
    """Scale the flows out of a cell whose step begins, so that with those under way they leave what it holds."""
    x, y, seconds = pools.flow_x, pools.flow_y, turn.seconds * (1 << time_levels.level_at(plan, row, col))
    across, down = np.float32(seconds / ground.dx), np.float32(seconds / ground.dy)
    lost = coarse_kernels.leaving(x[row, col], x[row, col + 1], y[row, col], y[row + 1, col], across, down)
    if lost <= MOST_SAFE * pools.volume[row, col]:
        return
    held, begun = _leaving(ground, pools, plan, turn.number, turn.seconds, row, col)
    left = coarse_kernels.NEARLY * pools.volume[row, col] - held
    if begun > left:
        share, number = np.float32(max(left, 0.0) / begun), turn.number
        if x[row, col] < ZERO and number % time_levels.steps_of_face(plan, row, col, row, col - 1) == 0:
            x[row, col] *= share
        if x[row, col + 1] > ZERO and number % time_levels.steps_of_face(plan, row, col, row, col + 1) == 0:
            x[row, col + 1] *= share
        if y[row, col] < ZERO and number % time_levels.steps_of_face(plan, row, col, row - 1, col) == 0:
            y[row, col] *= share
        if y[row + 1, col] > ZERO and number % time_levels.steps_of_face(plan, row, col, row + 1, col) == 0:
            y[row + 1, col] *= share


@compiled
def _leaving(
    ground: SubgridTerrain, pools: SubgridState, plan: StepSchedule, number: int, seconds: float, row: int, col: int
) -> tuple[float, float]:
    """What is still to leave a cell through faces whose step is under way, and through those whose step begins [m]."""
    held, begun = 0.0, 0.0
    for side in range(4):
        forward = side % 2
        if side < 2:
            flow, width = pools.flow_x[row, col + forward], ground.dx
            steps = time_levels.steps_of_face(plan, row, col, row, col - 1 + 2 * forward)
        else:
            flow, width = pools.flow_y[row + forward, col], ground.dy
            steps = time_levels.steps_of_face(plan, row, col, row - 1 + 2 * forward, col)
        out = flow if forward == 1 else -flow
        if out > ZERO:
            under_way = number % steps
            gone = np.float64(out) * seconds * (steps - under_way) / width
            held += gone if under_way > 0 else 0.0
            begun += gone if under_way == 0 else 0.0
    return held, begun


@compiled
def pace_outlets(ground: SubgridTerrain, plan: StepSchedule) -> None:
    """The level at which each outlet's cell steps."""
    for outlet in range(ground.outlets.shape[0]):
        plan.outlets[outlet] = time_levels.level_of_cell(plan, ground.outlets[outlet, 0], ground.outlets[outlet, 1])


@compiled_forceinline
def let_out(
    ground: SubgridTerrain,
    pools: SubgridState,
    plan: StepSchedule,
    pace: SubgridParameters,
    turn: SubgridStep,
    row: int,
) -> float:
    """Let out of a row's outlets, fine cells, by the depth at the start of their step, what is there [m3]."""
    gone = 0.0
    for outlet in range(ground.outlets_from[row], ground.outlets_from[row + 1]):
        level = plan.outlets[outlet]
        if level <= turn.due:
            col = ground.outlets[outlet, 1]
            depth = pools.depth[row, col] - ground.outlet_bed[outlet]
            if depth > pace.threshold:
                normal = ground.outlet_normal[outlet] * depth * depth * row_kernels.inverse_cube_root(np.float32(depth))
                critical = ground.outlet_critical[outlet] * depth * np.sqrt(depth)
                held, _ = _leaving(ground, pools, plan, turn.number + (1 << level), turn.seconds, row, col)
                left = max(pools.volume[row, col] - held, 0.0)
                out = min(turn.seconds * (1 << level) * min(normal, critical), left)
                pools.volume[row, col] -= out
                gone += out
    return gone * ground.dx * ground.dy


@compiled_forceinline
def let_in(
    ground: SubgridTerrain, series: ForcingSeries, pools: SubgridState, row: int, start: float, end: float
) -> float:
    """Water enters at a row's inlets; returns its volume [m3]."""
    come = 0.0
    for inlet in range(ground.inlets_from[row], ground.inlets_from[row + 1]):
        _, col, number = ground.inlets[inlet]
        added = volume_between(series, number, start, end) * ground.inlet_share[inlet]
        pools.volume[row, col] += added
        come += added * ground.dx * ground.dy
    return come
