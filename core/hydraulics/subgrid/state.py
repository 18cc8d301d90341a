"""The arrays and numbers that the compiled loops of the sub-grid scheme work on.

Arrays of the coarse grid have a rim of wall, one cell wide, so that no loop knows an edge: shape (rows + 2, cols + 2),
written (rim) below. Arrays of tiles have a rim of inactive tiles: shape (tile rows + 2, tile cols + 2). A coarse cell
holds f x f cells of the terrain, and a coarse face f sub-faces. Water in a coarse cell is counted as the depth that it
would have on one fine cell: volume / (dx dy) [m].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.forcing import ForcingSeries

INACTIVE = 100  # level of a tile without water in or beside it: no step is ever due there
START, END, MAX_LEVEL, RELAXATION, SPLIT = range(5)  # entries of StepSchedule.timing
INNER_ROW, FIRST_ROW, LAST_ROW, UPPER_FACES = range(4)  # kinds of runs, see StepSchedule.runs


class SubgridTerrain(NamedTuple):
    """Coarse terrain with the storage and the conveyance of the fine terrain within it; float32 unless said otherwise.

    lowest: lowest ground of each cell, (rim), float64 [m].
    storage_curve: mean elevation of the k lowest fine cells above the lowest, shape (rows + 2, terms, cols + 2) [m].
    storage_slopes: rise of the level per volume where k fine cells are wet, 1 / k, shape (terms,).
    standing_share: share of the volume that stands in the cell; the rest is thin flow on its slopes, (rim).
    thin_flow_limit: the most volume that is thin flow, (rim) [m].
    bed_drop_x, bed_drop_y: lowest ground of the cell before the left (upper) face above that of the cell itself, (rim)
        [m].
    sills_x, sills_y: higher ground beside each sub-face of the left (upper) face above the lowest ground of the cell
        itself, shape (rows + 2, f, cols + 2) [m].
    friction_x, friction_y: g n2 of the left (upper) face, (rim) [m/s2 s2 m-2/3].
    valid_cells: number of fine cells with data, (rim).
    dx, dy: size of a fine cell to the east and to the south, float [m].
    outlets: row and column of the coarse cell of each fine cell that lets water out, ordered by row, shape (n, 2),
        int64.
    first_outlet: number of the first outlet in each row or below it, shape (rows + 3,), int64.
    outlet_bed: ground of that fine cell above the lowest of its coarse cell, shape (n,), float64 [m].
    outlet_normal, outlet_critical: capacities as in GridTerrain, shape (n,), float64.
    inlets: row, column and series of each cell where water comes in, ordered by row, shape (n, 3), int64.
    first_inlet: number of the first inlet in each row or below it, shape (rows + 3,), int64.
    inlet_share: share of the series' volume by the area of a fine cell, shape (n,), float64 [m-2].
    """

    lowest: np.ndarray
    storage_curve: np.ndarray
    storage_slopes: np.ndarray
    standing_share: np.ndarray
    thin_flow_limit: np.ndarray
    bed_drop_x: np.ndarray
    bed_drop_y: np.ndarray
    sills_x: np.ndarray
    sills_y: np.ndarray
    friction_x: np.ndarray
    friction_y: np.ndarray
    valid_cells: np.ndarray
    dx: float
    dy: float
    outlets: np.ndarray
    first_outlet: np.ndarray
    outlet_bed: np.ndarray
    outlet_normal: np.ndarray
    outlet_critical: np.ndarray
    inlets: np.ndarray
    first_inlet: np.ndarray
    inlet_share: np.ndarray


class SubgridState(NamedTuple):
    """What a step changes; float32 of shape (rim) unless said otherwise.

    volume: water in each cell, float64 [m].
    depth, max_depth: of the water above the cell's lowest ground, now and at most so far [m].
    storage_slope: rise of the level per volume, see SubgridTerrain.storage_slopes.
    flow_x, flow_y: discharge through the left (upper) face, positive to the east (south): sum of the unit discharges of
        its sub-faces [m2/s].
    max_throughflow: largest flow through the cell so far [m3/s].
    arrival: first time of a depth of SubgridParameters.arrival_depth, infinite for never [s].
    row_buffers: scratch rows of each worker, shape (workers, 3, cols + 2).
    interface_volumes: volumes of the cells beside level interfaces in a row, for each worker, shape
        (workers, cols + 2), float64 [m].
    old_flow_y: flow_y of two rows before a step changed it, for each step of a schedule, shape (steps, 2, cols + 2).
    clock: time [s], rain [m], inflow and outflow [m3] and steps so far; entries TIME to STEPS, float64.
    """

    volume: np.ndarray
    depth: np.ndarray
    max_depth: np.ndarray
    storage_slope: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    max_throughflow: np.ndarray
    arrival: np.ndarray
    row_buffers: np.ndarray
    interface_volumes: np.ndarray
    old_flow_y: np.ndarray
    clock: np.ndarray


class StepSchedule(NamedTuple):
    """Which part of the grid steps when, until all of it has come to one time: 2 ** MAX_LEVEL of the shortest steps.

    allowed_step: the longest step that each tile's water allows, shape (tile rows + 2, tile cols + 2), float64 [s].
    level: a tile of level k steps once in 2 ** k shortest steps; INACTIVE for those without water, int64.
    wet: 1 for tiles with water that can flow, else 0, int64.
    runs: neighbouring tiles of one level, shape (kinds, tile rows + 2, tile cols, 6), int64: first column, the one
        after the last, level at which the run steps, level of its tiles, and the first column and the one after the
        last whose depths it finds. Kinds: of a tile's inner rows, of its first row, of its last, of its upper faces.
    run_counts: how many runs there are, shape (kinds, tile rows + 2), int64.
    min_run_level: lowest level of these, INACTIVE for none, shape (kinds, tile rows + 2), int64.
    interfaces: level interfaces, shape (tile rows + 2, tile cols, 3), int64: column of a face between tiles of two
        levels, column of the cell of the slower one beside it, the lower level; INACTIVE for a face that stays shut.
    interface_counts: how many there are, shape (tile rows + 2,), int64.
    rain: what falls in each step of each level, shape (steps, levels + 1), float64 [m].
    outlet_level: level at which the cell of each outlet steps, shape (outlets,), int64.
    timing: start and end of the schedule [s], highest level, rate of flux relaxation [1/s], and the first step that
        the second worker takes; entries START to SPLIT, float64. All zero before the first schedule.
    """

    allowed_step: np.ndarray
    level: np.ndarray
    wet: np.ndarray
    runs: np.ndarray
    run_counts: np.ndarray
    min_run_level: np.ndarray
    interfaces: np.ndarray
    interface_counts: np.ndarray
    rain: np.ndarray
    outlet_level: np.ndarray
    timing: np.ndarray


class SubgridParameters(NamedTuple):
    """The numbers that steer the scheme; explained in `results.SubgridOptions`.

    courant, residence_share, fast_flow_share, flux_relaxation: without unit.
    threshold: no flow below this depth [m].
    longest_step: no step is longer [s].
    steps_per_record: maxima are taken every so many steps.
    arrival_depth: the water has arrived [m].
    levels: how many levels there are above 0.
    """

    courant: float
    threshold: float
    longest_step: float
    steps_per_record: int
    residence_share: float
    fast_flow_share: float
    flux_relaxation: float
    arrival_depth: float
    levels: int


class SubgridStep(NamedTuple):
    """One of the shortest steps of a schedule.

    number: its position in the schedule, from 0.
    due: the highest level that steps now; all lower ones do, too.
    start: when it begins [s].
    seconds: its length; a tile of level k steps 2 ** k times as long [s].
    relaxation: rate at which discharges approach those of their neighbours [1/s].
    worker: number of the thread that takes it.
    """

    number: int
    due: int
    start: float
    seconds: float
    relaxation: float
    worker: int


class SubgridModel(NamedTuple):
    """All that a run of the sub-grid scheme works on."""

    terrain: SubgridTerrain
    forcing: ForcingSeries
    state: SubgridState
    schedule: StepSchedule
    parameters: SubgridParameters
