"""Which segments of the grid take part in a block of steps, and as which runs of columns; compiled.

A segment is active if water that can flow, or could before the block's last step begins, lies within as many cells of
it as the block has steps: in a step, water moves by one cell. Rain on the others is only counted, and added when they
are activated. What is left out could not flow: the result is that of a sweep over all cells.
"""

from __future__ import annotations

from core.hydraulics import row_kernels
from core.hydraulics.constants import RAIN
from core.hydraulics.jit import compiled
from core.hydraulics.local_inertial import continuity
from core.hydraulics.local_inertial.state import (
    MAX_BLOCK_STEPS,
    MAX_RUN_SEGMENTS,
    SEGMENT,
    FlowState,
    GridTerrain,
    SchemeParameters,
)

EXPIRING, ACTIVE = 1, 2
"""States of a segment beside 0, inactive. EXPIRING: one more block, after which its discharges are zero."""


@compiled
def greatest_depth(state: FlowState) -> float:
    """Greatest depth on the grid, with the rain that inactive segments have not been given yet [m]."""
    greatest = 0.0
    for row in range(1, state.active.shape[0] - 1):
        for segment in range(1, state.active.shape[1] - 1):
            greatest = max(greatest, state.segment_depth[row, segment] + _pending_rain(state, row, segment))
    return greatest


@compiled
def activate(
    terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, steps: int, expected_rain: float
) -> None:
    """Find the active segments and their runs of columns for a block.

    terrain, state, parameters: see `state`; `active`, `runs`, `first_run` and the marks are replaced.
    steps: number of steps in the block.
    expected_rain: rain before the last of them begins [m].
    """
    rows, segments = state.wet.shape[0] - 2, state.wet.shape[1] - 2
    for row in range(1, rows + 1):
        for segment in range(1, segments + 1):
            depth = state.segment_depth[row, segment] + _pending_rain(state, row, segment) + expected_rain
            state.wet[row, segment] = depth > parameters.depth_threshold
    for row in range(1, rows + 1):
        for segment in range(1, segments + 1):
            state.wet_nearby[row, segment] = state.wet[row, segment] or _wet_beside(
                state, parameters, expected_rain, row, segment
            )
    for inlet in range(terrain.inlets.shape[0]):  # water may come in within the block
        row, col, _ = terrain.inlets[inlet]
        for reached in (col - MAX_BLOCK_STEPS, col, col + MAX_BLOCK_STEPS):
            state.wet_nearby[row, min(max((reached - 1) // SEGMENT + 1, 1), segments)] = True
    runs = 0
    for row in range(1, rows + 1):
        state.first_run[row] = runs
        runs = _find_runs(terrain, state, parameters, steps, row, runs)
    state.first_run[rows + 1] = state.first_run[rows + 2] = runs


@compiled
def _pending_rain(state: FlowState, row: int, segment: int) -> float:
    """Rain that was only counted for an inactive segment [m]; zero for an active one."""
    return 0.0 if state.active[row, segment] else float(state.clock[RAIN] - state.segment_rain[row, segment])


@compiled
def _wet_beside(state: FlowState, parameters: SchemeParameters, expected_rain: float, row: int, segment: int) -> bool:
    """Whether a block's steps could bring water from the segment to the left or to the right."""
    reaches = False
    if state.wet[row, segment - 1]:
        _, end = segment_columns(state, segment - 1)
        deepest = row_kernels.largest(state.depth[row, max(end - MAX_BLOCK_STEPS, 1) : end])
        reaches = deepest + _pending_rain(state, row, segment - 1) + expected_rain > parameters.depth_threshold
    if state.wet[row, segment + 1] and not reaches:
        first, end = segment_columns(state, segment + 1)
        deepest = row_kernels.largest(state.depth[row, first : min(first + MAX_BLOCK_STEPS, end)])
        reaches = deepest + _pending_rain(state, row, segment + 1) + expected_rain > parameters.depth_threshold
    return reaches


@compiled
def _find_runs(
    terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, steps: int, row: int, runs: int
) -> int:
    """Activate a row's segments or deactivate them, and append its runs to the first `runs`; returns the new number.

    `wet` of this row is overwritten: whether water is near in this row or in one of the `steps` rows above and below.
    """
    rows, run_is_open, needed = state.wet.shape[0] - 2, False, state.wet[row]
    row_kernels.fill(needed, 0)
    for other in range(max(row - steps, 1), min(row + steps, rows) + 1):
        row_kernels.merge_marks(needed, state.wet_nearby[other])
    for segment in range(1, state.wet.shape[1] - 1):
        before = state.active[row, segment]
        active = ACTIVE if needed[segment] or not parameters.wet_only else max(before, EXPIRING) - EXPIRING
        if bool(active) != bool(before):
            _switch(terrain, state, row, segment, bool(active))
        state.active[row, segment] = active
        if active:
            first, end = segment_columns(state, segment)
            if not run_is_open or end - state.runs[runs - 1, 0] > MAX_RUN_SEGMENTS * SEGMENT:
                state.runs[runs, 0] = first
                runs += 1
            state.runs[runs - 1, 1] = end
        run_is_open = bool(active)
    return runs


@compiled
def _switch(terrain: GridTerrain, state: FlowState, row: int, segment: int, active: bool) -> None:
    """Give a segment that becomes active its pending rain, or note how much it had got when it becomes inactive."""
    first, end = segment_columns(state, segment)
    if active:
        pending = state.clock[RAIN] - state.segment_rain[row, segment]
        if pending > 0.0:
            continuity.add_rain(state.depth[row, first:end], terrain.elevation[row, first:end], pending)
            state.segment_depth[row, segment] += pending
    else:
        state.segment_rain[row, segment] = state.clock[RAIN]


@compiled
def segment_columns(state: FlowState, segment: int) -> tuple[int, int]:
    """The first column of a segment, and the one after its last."""
    first = 1 + (segment - 1) * SEGMENT
    return first, min(first + SEGMENT, state.depth.shape[1] - 1)
