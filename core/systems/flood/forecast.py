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
from core.systems.flood.terrain.terrain import Terrain


@dataclass(frozen=True, eq=False)
class FloodForecast:
    """Rasters are float32 of the terrain's shape (rows, cols), NaN where it has no data; series have times first.

    lead_times: ascending [s]. depth: at them, shape (times, rows, cols) [m]. east, south: unit discharge at them
    [m2/s], a raster for each, which may be computed when it is asked for: look at one after the other. max_depth [m].
    arrival: first time of 0.05 m [s], NaN where it never came. max_speed [m/s] while that deep. low, high: between them
    lies max_depth in 80 % of cells; None where no interval is known [m]. balance: where the water came from and went.
    engine, mode: what computed it; "physics" is a version without a network, mode is None for the solver. version: of
    the model. seconds: what it took.
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
    mode: Literal["accurate", "fast"] | None
    version: str | None
    seconds: float
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not self.lead_times or any(np.diff(self.lead_times) <= 0):
            raise InvalidInput(
                f"Expected at least one lead time, ascending [s]. Received {list(self.lead_times)!s:.80}. Name the "
                "times at which the depth is wanted."
            )
        shape = self.terrain.elevation.shape
        for name, raster in self._rasters().items():
            wanted = (len(self.lead_times), *shape) if name == "depth" else shape
            if raster.shape != wanted:
                raise ValueError(f"{name} has shape {raster.shape} in place of {wanted}")
        if not len(self.east) == len(self.south) == len(self.lead_times):
            raise ValueError(f"{len(self.east)} and {len(self.south)} times in place of {len(self.lead_times)}")

    def _rasters(self) -> dict[str, np.ndarray]:
        names = ("depth", "max_depth", "arrival", "max_speed", "low", "high")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @cached_property
    def hazard(self) -> np.ndarray:
        """Hazard rating of the greatest depth and speed; see `depths.hazard_rating`."""
        return hazard_rating(self.max_depth, self.max_speed)


def of_simulation(terrain: Terrain, run: Simulation) -> FloodForecast:
    """A solver's run on `terrain` as a forecast; the run needs at least one lead time."""
    moments = run.snapshots
    shape = (len(moments), *terrain.elevation.shape)
    return FloodForecast(
        terrain=terrain,
        lead_times=tuple(one.seconds for one in moments),
        depth=np.stack([one.depth for one in moments]) if moments else np.empty(shape, np.float32),
        east=tuple(one.east for one in moments),
        south=tuple(one.south for one in moments),
        max_depth=run.max_depth.astype(np.float32),
        arrival=run.arrival.astype(np.float32),
        max_speed=run.max_speed.astype(np.float32),
        balance=run.balance,
        engine="solver",
        mode=None,
        version=None,
        seconds=run.seconds,
    )
