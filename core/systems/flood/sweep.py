"""A step of the scheme over the wet part of a grid, and as many steps as are asked for, without leaving machine code.

The grid has a rim of wall, one cell wide, so that no loop knows an edge. A row is cut into units of UNIT cells; a unit
takes part in a step if it holds water that can flow, or borders on such a cell. Rain on the others is only counted, and
added when they wake. What is skipped could not flow: the result is that of a sweep over all cells.

Rows are taken from top to bottom in one go: the faces of a row, then the limiter one row above, then the depths two
rows above, while all of it is still in the processor's cache.
"""

from __future__ import annotations

import numpy as np

from core.systems.flood import kernels
from core.systems.flood.compiling import compiled
from core.systems.flood.exchange import columns, let_in, let_out, plan_outflow, volume_between
from core.systems.flood.kernels import GRAVITY
from core.systems.flood.state import INFLOW, OUTFLOW, RAIN, STEPS, TIME, UNIT, Ground, Scheme, Series, Water

LEAST_DEPTH = 0.05  # sets the longest step: thin water on a slope outruns the wave that the step is made for [m]
ASLEEP, DROWSY, AWAKE = 0, 1, 2  # drowsy: one more step, after which its flows are zero and no neighbour needs them
WET, WET_FIRST, WET_LAST = 1, 2, 4  # what a unit tells its neighbours


@compiled
def advance(ground: Ground, series: Series, water: Water, scheme: Scheme, until: float, most_steps: int) -> None:
    """Step until the clock shows `until` [s], or `most_steps` were taken."""
    clock = water.clock
    narrowest = min(ground.dx, ground.dy)
    for _ in range(most_steps):
        if clock[TIME] >= until:
            break
        depth = max(_wake(ground, water, scheme), LEAST_DEPTH)
        seconds = min(scheme.courant * narrowest / np.sqrt(GRAVITY * depth), scheme.longest_step)
        end = until if clock[TIME] + 1.0001 * seconds >= until else clock[TIME] + seconds
        seconds = end - clock[TIME]
        rain = volume_between(series, 0, clock[TIME], end)
        plan_outflow(ground, water, scheme, seconds)
        _sweep(ground, water, scheme, seconds, rain)
        clock[RAIN] += rain
        clock[OUTFLOW] += let_out(ground, water)
        clock[INFLOW] += let_in(ground, series, water, clock[TIME], end)
        clock[TIME] = end
        clock[STEPS] += 1
        if clock[STEPS] % scheme.steps_per_record == 0 or end == until:
            _record(water, scheme)  # not within the sweep: at inlets and outlets the depth is complete only now


@compiled
def _wake(ground: Ground, water: Water, scheme: Scheme) -> float:
    """Find the units that take part in the next step, and their runs of columns; returns the largest depth [m]."""
    rows, units = water.wet.shape[0] - 2, water.wet.shape[1] - 2
    deepest = 0.0
    for row in range(1, rows + 1):
        for unit in range(1, units + 1):
            waiting = 0.0 if water.awake[row, unit] else water.clock[RAIN] - water.unit_rain[row, unit]
            depth = water.unit_depth[row, unit] + waiting
            deepest = max(deepest, depth)
            told = 0
            if depth > scheme.threshold:
                first, end = columns(water, unit)
                told = WET
                told |= WET_FIRST if water.depth[row, first] + waiting > scheme.threshold else 0
                told |= WET_LAST if water.depth[row, end - 1] + waiting > scheme.threshold else 0
            water.wet[row, unit] = told
    runs = 0
    for row in range(1, rows + 1):
        water.first_run[row] = runs
        open_run = False
        for unit in range(1, units + 1):
            beside = (water.wet[row, unit - 1] & WET_LAST) | (water.wet[row, unit + 1] & WET_FIRST)
            over = water.wet[row - 1, unit] | water.wet[row, unit] | water.wet[row + 1, unit]
            needed = bool(over | beside) or not scheme.wet_only
            awake = AWAKE if needed else max(water.awake[row, unit], DROWSY) - DROWSY
            if bool(awake) != bool(water.awake[row, unit]):
                _turn(ground, water, row, unit, bool(awake))
            water.awake[row, unit] = awake
            if awake:
                first, end = columns(water, unit)
                if not open_run:
                    water.runs[runs, 0] = first
                    runs += 1
                water.runs[runs - 1, 1] = end
            open_run = bool(awake)
    water.first_run[rows + 1] = water.first_run[rows + 2] = runs
    return deepest


@compiled
def _turn(ground: Ground, water: Water, row: int, unit: int, awake: bool) -> None:
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
def _sweep(ground: Ground, water: Water, scheme: Scheme, seconds: float, rain: float) -> None:
    """Move the water for `seconds`."""
    rows = water.depth.shape[0] - 2
    for line in range(water.before.shape[0]):
        kernels.fill(water.before[line], 0.0)
    for row in range(1, rows + 3):
        if row <= rows:
            _flow_in_row(ground, water, scheme, seconds, row)
        if 1 <= row - 1 <= rows:
            _limit_row(ground, water, seconds, row - 1)
        if row >= 3:
            _fill_row(ground, water, seconds, rain, row - 2)


@compiled
def _flow_in_row(ground: Ground, water: Water, scheme: Scheme, seconds: float, row: int) -> None:
    """The left and the upper faces of a row's cells. Old flows are set aside, for the faces that come after."""
    old, above, here = water.before[0], water.before[1 + row % 2], water.before[2 - row % 2]
    depth, elevation, friction = water.depth, ground.elevation, ground.friction
    flow_x, flow_y, share, held = water.flow_x, water.flow_y, water.room[0], water.room[1]
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        kernels.copy(flow_x[row, a - 1 : b + 1], old[a - 1 : b + 1])
        kernels.flow_through_faces(
            flow_x[row, a:b], old[a - 1 : b - 1], old[a + 1 : b + 1],
            depth[row, a - 1 : b - 1], depth[row, a:b], elevation[row, a - 1 : b - 1], elevation[row, a:b],
            friction[row, a - 1 : b - 1], friction[row, a:b], share[a:b], held[a:b],
            seconds, GRAVITY * seconds / ground.dx, scheme.theta, scheme.threshold,
        )  # fmt: skip
        kernels.copy(flow_y[row, a:b], here[a:b])
        kernels.flow_through_faces(
            flow_y[row, a:b], above[a:b], flow_y[row + 1, a:b],
            depth[row - 1, a:b], depth[row, a:b], elevation[row - 1, a:b], elevation[row, a:b],
            friction[row - 1, a:b], friction[row, a:b], share[a:b], held[a:b],
            seconds, GRAVITY * seconds / ground.dy, scheme.theta, scheme.threshold,
        )  # fmt: skip
    for run in range(water.first_run[row - 1], water.first_run[row]):  # zero again where the row after next may sleep
        kernels.fill(above[water.runs[run, 0] : water.runs[run, 1]], 0.0)


@compiled
def _limit_row(ground: Ground, water: Water, seconds: float, row: int) -> None:
    across, down = seconds / ground.dx, seconds / ground.dy
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        depth, left, right = water.depth[row, a:b], water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1]
        top, bottom = water.flow_y[row, a:b], water.flow_y[row + 1, a:b]
        if kernels.count_overdrawn(depth, left, right, top, bottom, across, down):
            kernels.limit_outflow(depth, left, right, top, bottom, across, down)


@compiled
def _fill_row(ground: Ground, water: Water, seconds: float, rain: float, row: int) -> None:
    across, down = seconds / ground.dx, seconds / ground.dy
    for run in range(water.first_run[row], water.first_run[row + 1]):
        a, b = water.runs[run, 0], water.runs[run, 1]
        kernels.fill_cells(
            water.depth[row, a:b], ground.elevation[row, a:b],
            water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1],
            water.flow_y[row, a:b], water.flow_y[row + 1, a:b], across, down, rain,
        )  # fmt: skip
        for unit in range((a - 1) // UNIT + 1, (b - 2) // UNIT + 2):
            first, end = columns(water, unit)
            water.unit_depth[row, unit] = kernels.largest(water.depth[row, first:end])


@compiled
def _record(water: Water, scheme: Scheme) -> None:
    """Keep maxima and arrival."""
    for row in range(1, water.depth.shape[0] - 1):
        for run in range(water.first_run[row], water.first_run[row + 1]):
            a, b = water.runs[run, 0], water.runs[run, 1]
            kernels.record(
                water.depth[row, a:b], water.flow_x[row, a:b], water.flow_x[row, a + 1 : b + 1],
                water.flow_y[row, a:b], water.flow_y[row + 1, a:b],
                water.deepest[row, a:b], water.arrival[row, a:b], water.fastest[row, a:b],
                np.float32(water.clock[TIME]), scheme.arrived_at,
            )  # fmt: skip
