"""What a simulation found: its water balance, and the water on the terrain's own grid at single times and at its most.

The results of the sub-grid solver, whose cells are coarse, stand with it in `subgrid`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Balance:
    """Where the water of a simulation came from and went.

    rain: volume that fell [m3].
    inflow: volume that entered at inflow cells [m3].
    outflow: volume that left over open edges [m3].
    stored: volume on the grid at the end, less that at the start [m3].
    """

    rain: float
    inflow: float
    outflow: float
    stored: float

    @property
    def error(self) -> float:
        """Volume that is unaccounted for, as a share of all that came in or went out; [m3] where nothing did."""
        turned_over = self.rain + self.inflow + self.outflow
        missing = self.rain + self.inflow - self.outflow - self.stored
        return missing / turned_over if turned_over else missing


@dataclass(frozen=True)
class Snapshot:
    """The water at one simulated time; rasters of shape (rows, cols), float32.

    seconds: simulated time [s].
    depth: water depth, NaN where the terrain has no data [m].
    east: unit discharge to the east, mean of the cell's two faces [m2/s].
    south: unit discharge to the south [m2/s].
    """

    seconds: float
    depth: np.ndarray
    east: np.ndarray
    south: np.ndarray


@dataclass(frozen=True)
class Simulation:
    """Result of the local inertial solver; rasters of shape (rows, cols), NaN where the terrain has no data.

    max_depth: greatest depth [m].
    depth: depth at the end [m].
    arrival: first time of `SolverOptions.arrival_depth`, NaN where the water never came [s].
    max_speed: greatest speed while at least that deep [m/s].
    snapshots: the water at the lead times, ascending.
    balance: water balance of the whole run.
    steps: number of time steps.
    seconds: what the run took [s].
    """

    max_depth: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray
    max_speed: np.ndarray
    snapshots: tuple[Snapshot, ...]
    balance: Balance
    steps: int
    seconds: float = field(compare=False)
