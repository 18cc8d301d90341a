"""What enters and leaves the grid in a step: rain and inflow from series, outflow over open edges; row by row."""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import compiled, compiled_within
from core.hydraulics.local_inertial.state import FlowState, ForcingSeries, GridTerrain, SchemeParameters


@compiled
def volume_between(series: ForcingSeries, number: int, start: float, end: float) -> float:
    """The integral of a series over time, exact for rates that are linear between rows."""
    return _volume_until(series, number, end) - _volume_until(series, number, start)


@compiled
def _volume_until(series: ForcingSeries, number: int, now: float) -> float:
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


@compiled_within
def plan_outflow(ground: GridTerrain, water: FlowState, scheme: SchemeParameters, seconds: float, row: int) -> None:
    """What each outlet of a row will let out, from the depth at the step's start, as the other faces do [m]."""
    for outlet in range(ground.outlets_from[row], ground.outlets_from[row + 1]):
        depth = water.depth[row, ground.outlets[outlet, 1]]
        normal = ground.outlet_normal[outlet] * depth ** (5.0 / 3.0)
        critical = ground.outlet_critical[outlet] * depth * np.sqrt(depth)
        flows = depth > scheme.threshold
        water.leaving[outlet] = seconds * min(normal, critical) if flows else 0.0


@compiled_within
def let_out(ground: GridTerrain, water: FlowState, row: int) -> float:
    """Take away what was planned for a row, at most what is there; returns its volume [m3]."""
    gone = 0.0
    for outlet in range(ground.outlets_from[row], ground.outlets_from[row + 1]):
        col = ground.outlets[outlet, 1]
        out = min(water.leaving[outlet], water.depth[row, col])
        water.depth[row, col] -= out
        gone += out
    return gone * ground.dx * ground.dy


@compiled_within
def let_in(ground: GridTerrain, water: FlowState, number: int, row: int) -> float:
    """Water enters at a row's inlets in a step of a block; returns its volume [m3]."""
    come = 0.0
    for inlet in range(ground.inlets_from[row], ground.inlets_from[row + 1]):
        _, col, series = ground.inlets[inlet]
        added = water.coming[number, series] * ground.inlet_share[inlet]
        water.depth[row, col] += added
        come += added
    return come * ground.dx * ground.dy


@compiled
def quickest_rise(ground: GridTerrain, series: ForcingSeries, start: float, end: float) -> float:
    """How quickly the water would rise in the inlet that is given most, if none flowed on [m/s]."""
    most = volume = 0.0
    at = -1
    for inlet in range(ground.inlets.shape[0]):
        number = ground.inlets[inlet, 2]
        if number != at:
            volume, at = volume_between(series, number, start, end), number
        most = max(most, volume * ground.inlet_share[inlet])
    return most / (end - start)
