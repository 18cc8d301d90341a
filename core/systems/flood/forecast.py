"""What is said about a flood, whoever computed it: depth, arrival, speed and discharge on the terrain's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.hazard import hazard_rating
from core.hydraulics.results import Balance, Simulation
from core.systems.flood.correction.arrival_interval import ArrivalSpread
from core.systems.flood.request import Mode
from core.systems.flood.terrain.terrain import Terrain


@dataclass(frozen=True, eq=False)
class FloodForecast:
    """A flood on the terrain's grid; rasters are float32 of shape (rows, cols), NaN where the terrain has no data.

    terrain: on which the water lies.
    lead_times: ascending [s].
    depth: at the lead times, shape (times, rows, cols) [m].
    east, south: unit discharge at each lead time [m2/s]; a raster may be computed when it is asked for: look at one
        after the other.
    max_depth: greatest depth of the whole event [m].
    arrival: first time of 0.05 m [s], NaN where it never came.
    max_speed: greatest speed while at least that deep [m/s].
    balance: where the water came from and went.
    engine: what computed the forecast; "physics" is a version of the model without a network.
    mode: of the model; None for the solver.
    version: of the model; None for the solver.
    seconds: processing time [s].
    low, high: max_depth lies between them in 80 % of the cells [m]; None where no interval is known.
    arrival_spread: how far arrivals may be off; None where it is not known.
    """

    terrain: Terrain
    lead_times: tuple[float, ...]
    depth: np.ndarray
    east: Sequence[np.ndarray]
    south: Sequence[np.ndarray]
    max_depth: np.ndarray
    arrival: np.ndarray
    max_speed: np.ndarray
    balance: Balance
    engine: Literal["network", "physics", "solver"]
    mode: Mode | None
    version: str | None
    seconds: float
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    arrival_spread: ArrivalSpread | None = None

    def __post_init__(self) -> None:
        if not self.lead_times or any(np.diff(self.lead_times) <= 0):
            raise InvalidInput(
                expected="at least one lead time, ascending [s]",
                received=f"{list(self.lead_times)!s:.80}",
                advice="Name the times at which the depth is wanted.",
            )
        shape = self.terrain.elevation.shape
        for name, raster in self._rasters().items():
            expected = (len(self.lead_times), *shape) if name == "depth" else shape
            if raster.shape != expected:
                raise ValueError(f"{name} has shape {raster.shape} in place of {expected}")
        if not len(self.east) == len(self.south) == len(self.lead_times):
            raise ValueError(f"{len(self.east)} and {len(self.south)} times in place of {len(self.lead_times)}")

    def _rasters(self) -> dict[str, np.ndarray]:
        names = ("depth", "max_depth", "arrival", "max_speed", "low", "high")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @cached_property
    def hazard(self) -> np.ndarray:
        """Hazard rating of the greatest depth and speed; see `hazard.hazard_rating`."""
        return hazard_rating(self.max_depth, self.max_speed)


def of_simulation(terrain: Terrain, run: Simulation) -> FloodForecast:
    """A solver's run on `terrain` as a forecast; the run needs at least one lead time."""
    snapshots = run.snapshots
    shape = (len(snapshots), *terrain.elevation.shape)
    return FloodForecast(
        terrain=terrain,
        lead_times=tuple(snapshot.seconds for snapshot in snapshots),
        depth=np.stack([snapshot.depth for snapshot in snapshots]) if snapshots else np.empty(shape, np.float32),
        east=tuple(snapshot.east for snapshot in snapshots),
        south=tuple(snapshot.south for snapshot in snapshots),
        max_depth=run.max_depth.astype(np.float32),
        arrival=run.arrival.astype(np.float32),
        max_speed=run.max_speed.astype(np.float32),
        balance=run.balance,
        engine="solver",
        mode=None,
        version=None,
        seconds=run.seconds,
    )
