"""Which units of the grid take part in a block of steps, and as which runs of columns.

A unit takes part if water that can flow, or could before the block's last step begins, lies within as many cells of it
as the block has steps: in a step it moves by one. Rain on the others is only counted, and added when they wake. What
is skipped could not flow: the result is that of a sweep over all cells.
"""

from __future__ import annotations

from core.hydraulics.jit import compiled
from core.hydraulics.local_inertial import kernels
from core.hydraulics.local_inertial.state import RAIN, UNIT, FlowState, GridTerrain, SchemeParameters

TOGETHER = 6  # steps of a block, at most
LONGEST_RUN = 8  # units: what a step touches of so much of a row stays in the processor's nearest cache
DROWSY, AWAKE = 1, 2  # drowsy: one more block, after which its flows are zero and no neighbour needs them; 0: asleep


@compiled
def greatest_depth(water: FlowState) -> float:
    """On the grid, with the rain that sleeping units wait for [m]."""
    deepest = 0.0
    for row in range(1, water.awake.shape[0] - 1):
        for unit in range(1, water.awake.shape[1] - 1):
            deepest = max(deepest, water.unit_depth[row, unit] + _waiting(water, row, unit))
    return deepest


@compiled
def wake(ground: GridTerrain, water: FlowState, scheme: SchemeParameters, steps: int, falling: float) -> None:
    """Find the runs of columns for a block of `steps`; falling: rain before the last of them begins [m]."""
    rows, units = water.wet.shape[0] - 2, water.wet.shape[1] - 2
    for row in range(1, rows + 1):
        for unit in range(1, units + 1):
            depth = water.unit_depth[row, unit] + _waiting(water, row, unit) + falling
            water.wet[row, unit] = depth > scheme.threshold
    for row in range(1, rows + 1):
        for unit in range(1, units + 1):
            water.near[row, unit] = water.wet[row, unit] or _beside(water, scheme, falling, row, unit)
    for inlet in range(ground.inlets.shape[0]):  # where water may come in within the block
        row, col, _ = ground.inlets[inlet]
        for place in (col - TOGETHER, col, col + TOGETHER):
            water.near[row, min(max((place - 1) // UNIT + 1, 1), units)] = True
    runs = 0
    for row in range(1, rows + 1):
        water.first_run[row] = runs
        runs = _find_runs(ground, water, scheme, steps, row, runs)
    water.first_run[rows + 1] = water.first_run[rows + 2] = runs


@compiled
def _waiting(water: FlowState, row: int, unit: int) -> float:
    """Rain that was only counted for a unit [m]."""
    return 0.0 if water.awake[row, unit] else float(water.clock[RAIN] - water.unit_rain[row, unit])


@compiled
def _beside(water: FlowState, scheme: SchemeParameters, falling: float, row: int, unit: int) -> bool:
    """Whether water lies near enough in the units to the left or to the right."""
    found = False
    if water.wet[row, unit - 1]:
        _, end = columns(water, unit - 1)
        deepest = kernels.largest(water.depth[row, max(end - TOGETHER, 1) : end])
        found = deepest + _waiting(water, row, unit - 1) + falling > scheme.threshold
    if water.wet[row, unit + 1] and not found:
        first, end = columns(water, unit + 1)
        deepest = kernels.largest(water.depth[row, first : min(first + TOGETHER, end)])
        found = deepest + _waiting(water, row, unit + 1) + falling > scheme.threshold
    return found


@compiled
def _find_runs(ground: GridTerrain, water: FlowState, scheme: SchemeParameters, steps: int, row: int, runs: int) -> int:
    """Wake a row's units or send them to sleep, and note its runs after the first `runs`; how many there are then.

    From here on, `wet` says whether water is near in this row or in one of the `steps` rows above and below.
    """
    rows, open_run, needed = water.wet.shape[0] - 2, False, water.wet[row]
    kernels.fill(needed, 0)
    for other in range(max(row - steps, 1), min(row + steps, rows) + 1):
        kernels.join(needed, water.near[other])
    for unit in range(1, water.wet.shape[1] - 1):
        before = water.awake[row, unit]
        awake = AWAKE if needed[unit] or not scheme.wet_only else max(before, DROWSY) - DROWSY
        if bool(awake) != bool(before):
            _turn(ground, water, row, unit, bool(awake))
        water.awake[row, unit] = awake
        if awake:
            first, end = columns(water, unit)
            if not open_run or end - water.runs[runs - 1, 0] > LONGEST_RUN * UNIT:
                water.runs[runs, 0] = first
                runs += 1
            water.runs[runs - 1, 1] = end
        open_run = bool(awake)
    return runs


@compiled
def _turn(ground: GridTerrain, water: FlowState, row: int, unit: int, awake: bool) -> None:
    """Wake a unit with the rain that it missed, or note how much had fallen when it went to sleep."""
    first, end = columns(water, unit)
    if awake:
        missed = water.clock[RAIN] - water.unit_rain[row, unit]
        if missed > 0.0:
            kernels.add_rain(water.depth[row, first:end], ground.elevation[row, first:end], missed)
            water.unit_depth[row, unit] += missed
    else:
        water.unit_rain[row, unit] = water.clock[RAIN]


@compiled
def columns(water: FlowState, unit: int) -> tuple[int, int]:
    """The first column of a unit, and the one after its last."""
    first = 1 + (unit - 1) * UNIT
    return first, min(first + UNIT, water.depth.shape[1] - 1)
