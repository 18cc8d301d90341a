"""What the compiled loops of the local inertial scheme work on: terrain, water, scheme parameters and steps.

Arrays of the grid have a rim of wall, one cell wide, so that no loop needs to know an edge: shape (rows + 2, cols + 2).
A row is cut into segments of SEGMENT cells, which are activated together: shape (rows + 2, segments + 2), rim included.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SEGMENT = 32  # cells
MAX_BLOCK_STEPS = 6  # steps of one length that go down the grid behind each other
MAX_RUN_SEGMENTS = 8  # what a step touches of so much of a row stays in the processor's nearest cache


class GridTerrain(NamedTuple):
    """Terrain that no step changes, with its outlets and inlets; arrays of cells have a rim.

    elevation: ground above the grid's datum, WALL where there is no data, shape (rows + 2, cols + 2) [m], float64.
    friction: g n2 / 2, of the same shape, float32: the sum over both sides of a face is that of the mean n2.
    dx: cell size to the east [m].
    dy: cell size to the south [m].
    outlets: row and column of each cell that lets water out, ordered by row, shape (outlets, 2).
    first_outlet: index of the first outlet in a row or below it, shape (rows + 3,).
    outlet_normal: normal flow: depth ** (5/3) times it leaves the cell [m/s], shape (outlets,).
    outlet_critical: critical flow: depth ** (3/2) times it leaves the cell [m/s]; the lesser of both counts.
    inlets: row, column and number of the series of each cell that takes water in, ordered by row, shape (inlets, 3).
    first_inlet: index of the first inlet in a row or below it, shape (rows + 3,).
    inlet_share: the cell's share of the series' volume, by the cell's area, shape (inlets,) [m-2].
    """

    elevation: np.ndarray
    friction: np.ndarray
    dx: float
    dy: float
    outlets: np.ndarray
    first_outlet: np.ndarray
    outlet_normal: np.ndarray
    outlet_critical: np.ndarray
    inlets: np.ndarray
    first_inlet: np.ndarray
    inlet_share: np.ndarray


class FlowState(NamedTuple):
    """What a step changes: the water, the active cells, and scratch arrays; arrays of cells have a rim.

    depth: water depth above ground, shape (rows + 2, cols + 2) [m], float64: water is neither lost nor made.
    flow_x: unit discharge through the left faces, positive to the east [m2/s], float32.
    flow_y: unit discharge through the upper faces, positive to the south [m2/s], float32.
    max_depth: greatest depth so far [m], float32.
    arrival: first time of the arrival depth, infinite for never [s], float32.
    max_speed: greatest speed so far [m/s], float32.
    segment_depth: greatest depth in each segment, shape (rows + 2, segments + 2) [m].
    segment_rain: rain that was added to each segment so far; inactive ones lag behind the clock's [m].
    active: see `active_cells`, uint8.
    wet: water that can flow in the segment, uint8; then, whether it is needed by a block's steps.
    wet_nearby: the same in the segment or near enough beside it, uint8.
    runs: first column of each run of active segments and one after its last, shape (runs, 2).
    first_run: index of each row's first run, shape (rows + 3,).
    old_flow_y: for each step of a block, flow_y of two rows before the step, shape (MAX_BLOCK_STEPS, 2, cols + 2).
    old_flow_x: flow_x of a row before the step, shape (cols + 2,).
    scratch: for two runs of float32, shape (2, MAX_RUN_SEGMENTS * SEGMENT).
    step_volumes: what each series brings in each step of a block, shape (MAX_BLOCK_STEPS, series) [m for rain, m3].
    planned_outflow: depth that each outlet lets out in a step, shape (outlets,) [m].
    previous_block: of the block before: greatest depth [m], fastest rise by an inlet [m/s], number of steps.
    clock: simulated time and balance, see `constants`.
    """

    depth: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    max_depth: np.ndarray
    arrival: np.ndarray
    max_speed: np.ndarray
    segment_depth: np.ndarray
    segment_rain: np.ndarray
    active: np.ndarray
    wet: np.ndarray
    wet_nearby: np.ndarray
    runs: np.ndarray
    first_run: np.ndarray
    old_flow_y: np.ndarray
    old_flow_x: np.ndarray
    scratch: np.ndarray
    step_volumes: np.ndarray
    planned_outflow: np.ndarray
    previous_block: np.ndarray
    clock: np.ndarray


class SchemeParameters(NamedTuple):
    """`SolverOptions` as the compiled loops take them; names and units are the same."""

    theta: float
    courant: float
    depth_threshold: float
    arrival_depth: float
    longest_step: float
    steps_per_record: int
    wet_only: bool


class BlockStep(NamedTuple):
    """One step of a block.

    number: its position in the block, from 0.
    seconds: its length [s].
    end: simulated time when it ends [s].
    rain: rain that falls in it [m].
    records: whether maxima and arrival are taken at its end.
    last: whether it is the last of its block.
    """

    number: int
    seconds: float
    end: float
    rain: float
    records: bool
    last: bool
