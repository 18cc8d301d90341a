"""What enters and leaves the grid in a step: rain and inflow from series, outflow over open edges."""

from __future__ import annotations

import numpy as np

from core.systems.flood import kernels
from core.systems.flood.compiling import compiled
from core.systems.flood.state import UNIT, Ground, Scheme, Series, Water


@compiled
def volume_between(series: Series, number: int, start: float, end: float) -> float:
    """The integral of a series over time, exact for rates that are linear between rows."""
    return _volume_until(series, number, end) - _volume_until(series, number, start)


@compiled
def _volume_until(series: Series, number: int, now: float) -> float:
    first, last = series.starts[number], series.starts[number + 1] - 1
    if last < first or now <= series.time[first]:
        return 0.0
    if now >= series.time[last]:
        return float(series.volume[last])
    row, end = first, last
    while end - row > 1:
        middle = (row + end) // 2
        if series.time[middle] <= now:
            row = middle
        else:
            end = middle
    into = now - series.time[row]
    slope = (series.rate[row + 1] - series.rate[row]) / (series.time[row + 1] - series.time[row])
    return float(series.volume[row] + into * (series.rate[row] + 0.5 * into * slope))


@compiled
def columns(water: Water, unit: int) -> tuple[int, int]:
    """The first column of a unit, and the one after its last."""
    first = 1 + (unit - 1) * UNIT
    return first, min(first + UNIT, water.depth.shape[1] - 1)


@compiled
def plan_outflow(ground: Ground, water: Water, scheme: Scheme, seconds: float) -> None:
    """What each outlet will let out in this step, from the depth at its start, as the other faces are computed [m]."""
    for outlet in range(ground.outlets.shape[0]):
        depth = water.depth[ground.outlets[outlet, 0], ground.outlets[outlet, 1]]
        normal = ground.outlet_normal[outlet] * depth ** (5.0 / 3.0)
        critical = ground.outlet_critical[outlet] * depth * np.sqrt(depth)
        flows = depth > scheme.threshold
        water.leaving[outlet] = seconds * min(normal, critical) if flows else 0.0


@compiled
def let_out(ground: Ground, water: Water) -> float:
    """Take away what was planned, at most what is there; returns its volume [m3]."""
    gone = 0.0
    for outlet in range(ground.outlets.shape[0]):
        if water.leaving[outlet] > 0.0:
            row, col = ground.outlets[outlet]
            depth = water.depth[row, col]
            out = min(water.leaving[outlet], depth)
            water.depth[row, col] = depth - out
            gone += out
            unit = (col - 1) // UNIT + 1
            if depth == water.unit_depth[row, unit]:
                first, end = columns(water, unit)
                water.unit_depth[row, unit] = kernels.largest(water.depth[row, first:end])
    return gone * ground.dx * ground.dy


@compiled
def let_in(ground: Ground, series: Series, water: Water, start: float, end: float) -> float:
    """Water enters at the inlets; returns its volume [m3]."""
    area = ground.dx * ground.dy
    come = volume = 0.0
    at = -1
    for inlet in range(ground.inlets.shape[0]):
        row, col, number = ground.inlets[inlet]
        if number != at:
            volume, at = volume_between(series, number, start, end), number
        added = volume * ground.inlet_share[inlet]
        water.depth[row, col] += added
        unit = (col - 1) // UNIT + 1
        water.unit_depth[row, unit] = max(water.unit_depth[row, unit], water.depth[row, col])
        come += added * area
    return come
