"""The local inertial solver: shallow water over terrain, from rain and inflow to depth, arrival and speed.

The method is that of Bates et al. (2010) with the q-centred discharge of de Almeida et al. (2012) (`momentum`,
`continuity`), stepped over active cells alone (`sweep`, `active_cells`). It has no advection: where water is fast and
deep (a dam-break front, a hydraulic jump) it is off by what the tests state.

Edges: closed, or open. Over an open edge each column's (row's) outermost cell with data lets out the lesser of normal
and of critical flow (`boundaries.find_outlets`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from core.hydraulics.boundaries import forcing_series
from core.hydraulics.constants import INFLOW, OUTFLOW, RAIN, STEPS, TIME
from core.hydraulics.domain import Domain, Hydrograph, Inflow, stop_times
from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.local_inertial import arrays
from core.hydraulics.local_inertial.options import SolverOptions, scheme_parameters
from core.hydraulics.local_inertial.state import SEGMENT, FlowState, GridTerrain, SchemeParameters
from core.hydraulics.results import Balance, Simulation, Snapshot
from core.progress import Progress, ProgressListener, Stage

CELLS_PER_CALL = 20_000_000  # cells that are stepped between two calls of progress: a fraction of a second


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
    """Solve the local inertial equations over a domain.

    domain: terrain, Manning's n and open edges, shape (rows, cols).
    duration: simulated time, above 0 [s].
    rain: rain on every cell with data [m/s]; None for none.
    inflows: water that enters at cells [m3/s].
    lead_times: simulated times, 0 to the duration, at which snapshots are taken [s].
    start_depth: depth at the start, shape (rows, cols) [m]; None for dry ground.
    options: numbers that steer the scheme; None for the defaults.
    progress: called several times a second; stops the run by raising `errors.Cancelled`.

    Raises InvalidInput where an argument makes no sense; its text says which.
    """
    started = time.perf_counter()
    terrain, forcing = arrays.new_terrain(domain, inflows), forcing_series(rain, inflows)
    state = arrays.new_state(domain, start_depth, terrain, 1 + len(inflows))
    parameters = scheme_parameters(options or SolverOptions())
    stored_before = arrays.stored_volume(terrain, state)
    snapshots = []
    for stop_time in stop_times(lead_times, duration):
        _run_until(terrain, forcing, state, parameters, stop_time, duration, progress)
        arrays.add_pending_rain(terrain, state)
        if stop_time in lead_times:
            snapshots.append(_snapshot(domain, state, stop_time))
    clock = state.clock
    area, cells = terrain.dx * terrain.dy, int(np.isfinite(domain.elevation).sum())
    stored = arrays.stored_volume(terrain, state) - stored_before
    return Simulation(
        max_depth=_inner(domain, state.max_depth),
        depth=_inner(domain, state.depth),
        arrival=_inner(domain, np.where(np.isfinite(state.arrival), state.arrival, np.nan)),
        max_speed=_inner(domain, state.max_speed),
        snapshots=tuple(snapshots),
        balance=Balance(float(clock[RAIN]) * area * cells, float(clock[INFLOW]), float(clock[OUTFLOW]), stored),
        steps=int(clock[STEPS]),
        seconds=time.perf_counter() - started,
    )


def _run_until(
    terrain: GridTerrain,
    forcing: ForcingSeries,
    state: FlowState,
    parameters: SchemeParameters,
    until: float,
    duration: float,
    progress: ProgressListener | None,
) -> None:
    """Step to `until` [s], in calls short enough to report progress and to be stopped between them."""
    from core.hydraulics.local_inertial.sweep import advance  # brings Numba, which takes a second to import

    clock, cells = state.clock, state.depth.size
    while clock[TIME] < until:
        active_cells = int(np.count_nonzero(state.active)) * SEGMENT + cells // SEGMENT + 1
        advance(terrain, forcing, state, parameters, until, max(1, CELLS_PER_CALL // active_cells))
        if progress is not None:
            now = float(clock[TIME])
            progress(Progress(min(now / duration, 1.0), Stage.SIMULATING, simulated_s=now, duration_s=duration))


def _inner(domain: Domain, padded: np.ndarray) -> np.ndarray:
    """A raster without its rim, NaN where there is no data."""
    return np.where(np.isfinite(domain.elevation), padded[1:-1, 1:-1], np.nan)


def _snapshot(domain: Domain, state: FlowState, seconds: float) -> Snapshot:
    """The water now, at the simulated time `seconds`; discharge is the mean of opposite faces."""
    east = 0.5 * (state.flow_x[1:-1, 1:-1] + state.flow_x[1:-1, 2:])
    south = 0.5 * (state.flow_y[1:-1, 1:-1] + state.flow_y[2:, 1:-1])
    depth = _inner(domain, state.depth)
    return Snapshot(seconds, *(raster.astype(np.float32) for raster in (depth, east, south)))
