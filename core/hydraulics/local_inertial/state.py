"""What the compiled loops work on: ground, series of rates, water, and the numbers that steer the scheme.

Arrays of the grid have a rim of wall, one cell wide, so that no loop knows an edge: shape (rows + 2, cols + 2). A row
is cut into units of UNIT cells, which wake and sleep: shape (rows + 2, units + 2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

UNIT = 32  # cells
TIME, RAIN, INFLOW, OUTFLOW, STEPS = range(5)  # places in Water.clock


class GridTerrain(NamedTuple):
    """What does not change; arrays with a rim, shape (rows + 2, cols + 2).

    elevation [m], WALL where there is no data. friction: g n2 / 2, float32. dx, dy: cell size [m]. Outlets: place, and
    what leaves the cell [m/s] is the lesser of normal * depth ** (5/3) and critical * depth ** (3/2). Inlets: place,
    series, and share of the series' volume by the cell's area [m-2]. Both are ordered by row: outlets_from and
    inlets_from, shape (rows + 3,), say which is the first of a row or of one below it.
    """

    elevation: np.ndarray
    friction: np.ndarray
    dx: float
    dy: float
    outlets: np.ndarray  # (n, 2) row, col
    outlets_from: np.ndarray
    outlet_normal: np.ndarray
    outlet_critical: np.ndarray
    inlets: np.ndarray  # (n, 3) row, col, series
    inlets_from: np.ndarray
    inlet_share: np.ndarray


class ForcingSeries(NamedTuple):
    """Rates that are linear between rows and zero outside, one after the other; number 0 is the rain [m/s].

    Number k fills the places starts[k] to starts[k + 1]; volume is the integral of rate up to the row.
    """

    starts: np.ndarray
    time: np.ndarray
    rate: np.ndarray
    volume: np.ndarray


class FlowState(NamedTuple):
    """What a step changes; arrays with a rim. Units: shape (rows + 2, units + 2).

    depth [m], float64: water is neither lost nor made; float32: flow_x, flow_y, unit discharge through the left and the
    upper face [m2/s], deepest [m], arrival [s], fastest [m/s]. unit_depth: the largest depth [m], unit_rain: how much
    of the rain has been added [m], awake, wet, near: see waking. runs: awake columns from, to; those of a row are
    first_run[row] to first_run[row + 1]. before: old flows through the upper faces of two rows, for each step of a
    block, shape (TOGETHER, 2, cols + 2); aside: through the left faces of a row. room: for two runs of float32. coming:
    what each series brings in each step of a block, shape (TOGETHER, series). leaving: what each outlet lets out [m].
    eve: greatest depth [m], quickest rise by an inlet [m/s] and number of steps of the block before. clock: see TIME
    and so on.
    """

    depth: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    deepest: np.ndarray
    arrival: np.ndarray
    fastest: np.ndarray
    unit_depth: np.ndarray
    unit_rain: np.ndarray
    awake: np.ndarray
    wet: np.ndarray
    near: np.ndarray
    runs: np.ndarray
    first_run: np.ndarray
    before: np.ndarray
    aside: np.ndarray
    room: np.ndarray
    coming: np.ndarray
    leaving: np.ndarray
    eve: np.ndarray
    clock: np.ndarray


class SchemeParameters(NamedTuple):
    """The numbers that the scheme is steered by; see `solver.SolverOptions`."""

    theta: float
    courant: float
    threshold: float
    arrived_at: float
    longest_step: float
    steps_per_record: int
    wet_only: bool


class BlockStep(NamedTuple):
    """One step of a block: its place there, its length, when it ends [s] and the rain that falls in it [m].

    records: maxima and arrival are taken at its end; last: of its block.
    """

    number: int
    seconds: float
    end: float
    rain: float
    records: bool
    last: bool
