"""Terrain and water of the local inertial scheme as arrays: made from a domain, completed, and summed up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.boundaries import find_inlets, find_outlets, first_of_row
from core.hydraulics.constants import GRAVITY, RAIN, WALL
from core.hydraulics.domain import Domain, Inflow
from core.hydraulics.local_inertial.state import MAX_BLOCK_STEPS, MAX_RUN_SEGMENTS, SEGMENT, FlowState, GridTerrain

PAGE = 4096  # bytes of memory


def new_terrain(domain: Domain, inflows: Sequence[Inflow]) -> GridTerrain:
    """The domain with a rim of wall; elevations are counted from the lowest, to keep digits for the water."""
    valid = np.isfinite(domain.elevation)
    lowest = np.floor(domain.elevation[valid].min())
    elevation = np.pad(np.where(valid, domain.elevation - lowest, WALL), 1, constant_values=WALL)
    friction = np.pad(0.5 * GRAVITY * np.broadcast_to(np.square(domain.manning), domain.elevation.shape), 1)
    elevation, friction = _staggered(elevation, 0), _staggered(friction.astype(np.float32), 1)
    outlets, inlets = find_outlets(domain), find_inlets(domain, inflows)
    rows = elevation.shape[0] + 1
    return GridTerrain(
        elevation=elevation,
        friction=friction,
        dx=domain.dx,
        dy=domain.dy,
        outlets=outlets.cells,
        first_outlet=first_of_row(outlets.cells, rows),
        outlet_normal=outlets.normal,
        outlet_critical=outlets.critical,
        inlets=inlets.cells,
        first_inlet=first_of_row(inlets.cells, rows),
        inlet_share=inlets.share,
    )


def new_state(domain: Domain, start_depth: np.ndarray | None, terrain: GridTerrain, series: int) -> FlowState:
    """The water at the start, at rest, with room for all that a step changes.

    domain: where there is data.
    start_depth: depth at the start, shape (rows, cols) [m]; None for dry ground.
    terrain: the arrays of that domain.
    series: number of forcing series, the rain included.

    Raises InvalidInput where a depth is negative or missing.
    """
    rows, cols = domain.elevation.shape
    valid = np.isfinite(domain.elevation)
    start = np.zeros((rows, cols)) if start_depth is None else np.where(valid, start_depth, 0.0)
    if start.shape != (rows, cols) or not (np.isfinite(start) & (start >= 0)).all():
        raise InvalidInput(
            expected=f"a start depth of 0 m or more in each of {rows} x {cols} cells",
            received=f"shape {start.shape}, {np.nanmin(start):g} m at the least",
            advice="Correct it.",
        )
    shape, segments = (rows + 2, cols + 2), -(-cols // SEGMENT)
    per_segment = (rows + 2, segments + 2)
    segment_depth = np.full(per_segment, -np.inf)
    padded = np.pad(np.where(valid, start, -np.inf), ((0, 0), (0, segments * SEGMENT - cols)), constant_values=-np.inf)
    segment_depth[1:-1, 1:-1] = padded.reshape(rows, segments, SEGMENT).max(axis=2)
    return FlowState(
        depth=_staggered(np.pad(start, 1), 2),
        flow_x=_staggered(np.zeros(shape, np.float32), 3),
        flow_y=_staggered(np.zeros(shape, np.float32), 4),
        max_depth=_staggered(np.pad(start, 1).astype(np.float32), 5),
        arrival=_staggered(np.full(shape, np.inf, np.float32), 6),
        max_speed=_staggered(np.zeros(shape, np.float32), 7),
        segment_depth=segment_depth,
        segment_rain=np.zeros(per_segment),
        active=np.zeros(per_segment, np.uint8),
        wet=np.zeros(per_segment, np.uint8),
        wet_nearby=np.zeros(per_segment, np.uint8),
        runs=np.zeros(((rows + 2) * (segments // 2 + 1), 2), np.int64),
        first_run=np.zeros(rows + 3, np.int64),
        old_flow_y=np.zeros((MAX_BLOCK_STEPS, 2, cols + 2), np.float32),
        old_flow_x=np.zeros(cols + 2, np.float32),
        scratch=np.zeros((2, MAX_RUN_SEGMENTS * SEGMENT), np.float32),
        step_volumes=np.zeros((MAX_BLOCK_STEPS, series)),
        planned_outflow=np.zeros(len(terrain.outlets)),
        previous_block=np.zeros(3),
        clock=np.zeros(5),
    )


def _staggered(numbers: np.ndarray, eighths: int) -> np.ndarray:
    """A copy whose first element lies so many eighths into a page of memory.

    Large arrays all start with a page. The same cell of each would then fall on the same line of the processor's cache,
    and a row of the sweep needs more of them than a line has ways.
    """
    buffer = np.empty(numbers.nbytes + 2 * PAGE, np.uint8)
    start = -buffer.ctypes.data % PAGE + eighths * PAGE // 8
    staggered: np.ndarray = buffer[start : start + numbers.nbytes].view(numbers.dtype).reshape(numbers.shape)
    staggered[:] = numbers
    return staggered


def add_pending_rain(terrain: GridTerrain, state: FlowState) -> None:
    """Give inactive segments the rain that was only counted for them: `depth` and `max_depth` are complete then."""
    pending = np.where(state.active > 0, 0.0, state.clock[RAIN] - state.segment_rain)
    cols = state.depth.shape[1] - 2
    per_cell = np.repeat(pending[1:-1, 1:-1], SEGMENT, axis=1)[:, :cols]
    inner = state.depth[1:-1, 1:-1]
    inner += np.where(terrain.elevation[1:-1, 1:-1] < WALL, per_cell, 0.0)
    state.segment_depth[:] += pending
    state.segment_rain[:] = state.clock[RAIN]
    np.maximum(state.max_depth, state.depth, out=state.max_depth)


def stored_volume(terrain: GridTerrain, state: FlowState) -> float:
    """Volume of the water on the grid [m3]."""
    return float(state.depth.sum()) * terrain.dx * terrain.dy
