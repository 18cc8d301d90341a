"""What steers a sub-grid solve, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.hydraulics.hazard import WET
from core.hydraulics.results import Balance

ARRIVAL_DEPTH = WET  # from which on the water has arrived in a cell [m]


@dataclass(frozen=True)
class SubgridOptions:
    """How the scheme is steered; each tile of the grid has its own step (`time_levels`).

    courant: share of the time in which a shallow wave crosses a coarse cell that a tile's step may last; above 0.7
        waves on deep water lag, which floods hardly notice up to 4.
    residence_share: share of the residence time of a tile's fast flow that its step may last; above one half, levels
        rise where flow is fast.
    fast_flow_share: share of a tile's flow that may stay in its cells for a shorter time than that.
    flux_relaxation: how much discharges approach those of their neighbours while a wave crosses a fine cell at the
        greatest depth, as in the solver, whose steps are about as long.
    levels: how many times a tile's step may be twice the shortest.
    depth_threshold: no flow below it, all of it from twice that [m].
    longest_step: [s].
    steps_per_record: maxima are taken every so many steps, and at lead times.
    """

    courant: float = 4.0
    residence_share: float = 0.5
    fast_flow_share: float = 0.02
    flux_relaxation: float = 0.1
    levels: int = 5
    depth_threshold: float = 0.001
    longest_step: float = 60.0
    steps_per_record: int = 4


@dataclass(frozen=True)
class SubgridSnapshot:
    """The water at one time, on coarse cells.

    seconds: since the start [s].
    level: of the water above datum, shape (rows, cols), float64, NaN where no fine cell has data [m].
    through: flow through the cell, half of all that crosses its faces, shape (rows, cols), NaN likewise [m3/s].
    stored: volume of all water [m3].
    east, south: net discharge through the cell, shape (rows, cols), float32 [m3/s]; None where they were not asked for.
    """

    seconds: float
    level: np.ndarray
    through: np.ndarray
    stored: float
    east: np.ndarray | None = None
    south: np.ndarray | None = None


@dataclass(frozen=True)
class SubgridSimulation:
    """What a sub-grid solve found.

    factor: a coarse cell has factor x factor fine ones.
    highest: each cell's highest level and largest flow, which need not have come at one time.
    arrival: first time of a depth of ARRIVAL_DEPTH above a cell's lowest ground, shape (rows, cols), float64, infinite
        for never [s].
    lowest: lowest ground of each cell above datum, shape (rows, cols), float64 [m].
    snapshots: the water at the lead times, ascending.
    balance: where the water came from and went.
    steps: of the whole grid, as many as all its parts took together.
    seconds: that the solve took [s].
    """

    factor: int
    highest: SubgridSnapshot
    arrival: np.ndarray
    lowest: np.ndarray
    snapshots: tuple[SubgridSnapshot, ...]
    balance: Balance
    steps: int
    seconds: float = field(compare=False)
