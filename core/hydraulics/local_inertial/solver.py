"""The flood solver: local inertial shallow water over terrain, from rain and inflow to depth, arrival and speed.

The method is that of Bates et al. (2010) with the q-centred discharge of de Almeida et al. (2012) (`kernels`), stepped
over wet cells alone (`sweep`). It has no advection: where water is fast and deep (a dam-break front, a hydraulic jump)
it is off by what the tests state.

Edges: closed, or open. Over an open edge each column's (row's) outermost cell with data lets out the normal flow of its
own Manning's n on the ground's slope from its inner neighbour, at least LEAST_SLOPE, and never more than critical flow.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.local_inertial.state import INFLOW, OUTFLOW, RAIN, STEPS, TIME, UNIT
from core.progress import Progress, ProgressListener, Stage

if TYPE_CHECKING:
    from core.hydraulics.local_inertial.state import FlowState, ForcingSeries, GridTerrain, SchemeParameters

CELLS_PER_CALL = 20_000_000  # cells that are stepped between two calls of progress: a fraction of a second


@dataclass(frozen=True)
class SolverOptions:
    """How the scheme is steered; the defaults are for floods on real terrain.

    theta: weight of a face's own discharge against its neighbours', in (0, 1]. courant: share of the time in which a
    shallow wave crosses a cell; the scheme is stable up to sqrt(theta / 2). depth_threshold: no flow below it, all of
    it from twice that [m]. arrival_depth: the water has arrived [m]. longest_step [s]. steps_per_record: maxima and
    arrival are taken every so many steps, and at lead times. wet_only: False steps all cells, for comparison.
    """

    theta: float = 0.8
    courant: float = 0.6
    depth_threshold: float = 0.001
    arrival_depth: float = 0.05
    longest_step: float = 60.0
    steps_per_record: int = 4
    wet_only: bool = True


@dataclass(frozen=True)
class Balance:
    """Where the water came from and went [m3]; `stored` is what the grid gained from start to end."""

    rain: float
    inflow: float
    outflow: float
    stored: float

    @property
    def error(self) -> float:
        """What is unaccounted for, as a share of all that came in or was let out."""
        turned_over = self.rain + self.inflow + self.outflow
        missing = self.rain + self.inflow - self.outflow - self.stored
        return missing / turned_over if turned_over else missing


@dataclass(frozen=True)
class Snapshot:
    """The water at one time: depth [m], and unit discharge to the east and to the south [m2/s]; shape (rows, cols)."""

    seconds: float
    depth: np.ndarray
    east: np.ndarray
    south: np.ndarray


@dataclass(frozen=True)
class Simulation:
    """What a run found; rasters of shape (rows, cols), NaN where the terrain has no data.

    max_depth, depth (at the end) [m]; arrival: first time of `Options.arrival_depth` [s], NaN where it never came;
    max_speed [m/s] while that deep. moments: at the lead times, float32.
    """

    max_depth: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray
    max_speed: np.ndarray
    moments: tuple[Snapshot, ...]
    balance: Balance
    steps: int
    seconds: float = field(compare=False)


def solve(
    domain: Domain,
    duration: float,
    rain: Hydrograph | None = None,
    inflows: Sequence[Inflow] = (),
    lead_times: Sequence[float] = (),
    start_depth: np.ndarray | None = None,
    options: SolverOptions | None = None,
    progress: ProgressListener | None = None,
) -> Simulation:
    """Step the water over `domain` for `duration` [s].

    rain [m/s] falls on every cell with data. start_depth [m], shape (rows, cols), is dry if not given. progress is
    called several times a second and stops the run by raising `errors.Cancelled`. Raises InvalidInput.
    """
    from core.hydraulics import boundaries

    chosen = options or SolverOptions()
    started = time.perf_counter()
    ground, series = boundaries.ground(domain, inflows), boundaries.series(rain, inflows)
    water, scheme = boundaries.water(domain, start_depth, ground, 1 + len(inflows)), boundaries.scheme(chosen)
    before = boundaries.stored(water, ground)
    moments = []
    for seconds in boundaries.stops(lead_times, duration):
        _run_until(ground, series, water, scheme, seconds, duration, progress)
        boundaries.settle(ground, water)
        if seconds in lead_times:
            moments.append(_moment(domain, water, seconds))
    clock = water.clock
    area, cells = ground.dx * ground.dy, int(np.isfinite(domain.elevation).sum())
    stored = boundaries.stored(water, ground) - before
    balance = Balance(float(clock[RAIN]) * area * cells, float(clock[INFLOW]), float(clock[OUTFLOW]), stored)
    return Simulation(
        max_depth=_inner(domain, water.deepest),
        depth=_inner(domain, water.depth),
        arrival=_inner(domain, np.where(np.isfinite(water.arrival), water.arrival, np.nan)),
        max_speed=_inner(domain, water.fastest),
        moments=tuple(moments),
        balance=balance,
        steps=int(clock[STEPS]),
        seconds=time.perf_counter() - started,
    )


def _run_until(
    ground: GridTerrain,
    series: ForcingSeries,
    water: FlowState,
    scheme: SchemeParameters,
    until: float,
    duration: float,
    progress: ProgressListener | None,
) -> None:
    """Step to `until` [s], in calls short enough to tell how far it is and to be stopped."""
    from core.hydraulics.local_inertial.sweep import advance

    clock, cells = water.clock, water.depth.size
    while clock[TIME] < until:
        awake = int(np.count_nonzero(water.awake)) * UNIT + cells // UNIT + 1
        advance(ground, series, water, scheme, until, max(1, CELLS_PER_CALL // awake))
        if progress is not None:
            now = float(clock[TIME])
            progress(Progress(min(now / duration, 1.0), Stage.SIMULATING, simulated_s=now, duration_s=duration))


def _inner(domain: Domain, padded: np.ndarray) -> np.ndarray:
    """A raster without its rim, NaN where there is no data."""
    return np.where(np.isfinite(domain.elevation), padded[1:-1, 1:-1], np.nan)


def _moment(domain: Domain, water: FlowState, seconds: float) -> Snapshot:
    east = 0.5 * (water.flow_x[1:-1, 1:-1] + water.flow_x[1:-1, 2:])
    south = 0.5 * (water.flow_y[1:-1, 1:-1] + water.flow_y[2:, 1:-1])
    depth = _inner(domain, water.depth)
    return Snapshot(seconds, *(one.astype(np.float32) for one in (depth, east, south)))
