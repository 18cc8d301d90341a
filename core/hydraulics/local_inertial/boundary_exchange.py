"""What enters and leaves the grid in a step, row by row: inflow from series, outflow over open edges; compiled."""

from __future__ import annotations

import numpy as np

from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.forcing_volume import volume_between
from core.hydraulics.jit import compiled, compiled_forceinline
from core.hydraulics.local_inertial.state import FlowState, GridTerrain, SchemeParameters


@compiled_forceinline
def plan_outflow(
    terrain: GridTerrain, state: FlowState, parameters: SchemeParameters, seconds: float, row: int
) -> None:
    """Set what each outlet of a row lets out in a step of `seconds` [s], from the depth before it as other faces do."""
    for outlet in range(terrain.first_outlet[row], terrain.first_outlet[row + 1]):
        depth = state.depth[row, terrain.outlets[outlet, 1]]
        normal = terrain.outlet_normal[outlet] * depth ** (5.0 / 3.0)
        critical = terrain.outlet_critical[outlet] * depth * np.sqrt(depth)
        flows = depth > parameters.depth_threshold
        state.planned_outflow[outlet] = seconds * min(normal, critical) if flows else 0.0


@compiled_forceinline
def discharge_outlets(terrain: GridTerrain, state: FlowState, row: int) -> float:
    """Take the planned outflow from a row's outlets, at most what the cells hold; returns its volume [m3]."""
    total = 0.0
    for outlet in range(terrain.first_outlet[row], terrain.first_outlet[row + 1]):
        col = terrain.outlets[outlet, 1]
        out = min(state.planned_outflow[outlet], state.depth[row, col])
        state.depth[row, col] -= out
        total += out
    return total * terrain.dx * terrain.dy


@compiled_forceinline
def discharge_inlets(terrain: GridTerrain, state: FlowState, step: int, row: int) -> float:
    """Add to a row's inlets what the series bring in a step of the block; returns its volume [m3]."""
    total = 0.0
    for inlet in range(terrain.first_inlet[row], terrain.first_inlet[row + 1]):
        _, col, number = terrain.inlets[inlet]
        added = state.step_volumes[step, number] * terrain.inlet_share[inlet]
        state.depth[row, col] += added
        total += added
    return total * terrain.dx * terrain.dy


@compiled
def fastest_rise(terrain: GridTerrain, forcing: ForcingSeries, start: float, end: float) -> float:
    """How fast the water would rise between two times in the inlet with the most inflow, if none flowed on [m/s]."""
    largest = volume = 0.0
    last_number = -1
    for inlet in range(terrain.inlets.shape[0]):
        number = terrain.inlets[inlet, 2]
        if number != last_number:
            volume, last_number = volume_between(forcing, number, start, end), number
        largest = max(largest, volume * terrain.inlet_share[inlet])
    return largest / (end - start)
