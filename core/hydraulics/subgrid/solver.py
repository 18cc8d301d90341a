"""A sub-grid solve: water steps over cells of f x f fine ones, whose terrain it still feels.

A coarse cell stores water by its storage curve, its fine cells' elevations from the lowest up; a coarse face conveys it
over each of its f sub-faces. So a channel one fine cell wide still conveys, and a bank still holds, at 1 / f3 of the
fine solver's cost. Levels and flows go to `downscaling`, which brings them onto the fine grid.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.boundaries import forcing_series
from core.hydraulics.constants import INFLOW, OUTFLOW, RAIN, STEPS, TIME
from core.hydraulics.domain import Domain, Hydrograph, Inflow, stop_times
from core.hydraulics.results import Balance
from core.hydraulics.subgrid import worker_sync
from core.hydraulics.subgrid.results import ARRIVAL_DEPTH, SubgridOptions, SubgridSimulation, SubgridSnapshot
from core.hydraulics.subgrid.state import SubgridModel, SubgridParameters, SubgridState, SubgridTerrain
from core.hydraulics.subgrid.terrain import FACTORS, build_terrain, new_state
from core.hydraulics.subgrid.time_levels import new_schedule
from core.hydraulics.subgrid.worker_sync import WorkerSync
from core.hydraulics.thread_tuner import ThreadTuner
from core.progress import Progress, ProgressListener, Stage

CELLS_PER_CALL = 10_000_000  # coarse cells that are stepped between two calls of progress: a fraction of a second
MIN_SHARED_CELLS = 20_000  # coarse cells, from which on a second thread is worth its while


def solve_subgrid(
    domain: Domain,
    duration: float,
    rain: Hydrograph | None = None,
    inflows: Sequence[Inflow] = (),
    lead_times: Sequence[float] = (),
    factor: int = 2,
    options: SubgridOptions | None = None,
    progress: ProgressListener | None = None,
    thin_storage: tuple[np.ndarray, np.ndarray] | None = None,
    directed: Collection[float] = (),
    threads: int = 1,
) -> SubgridSimulation:
    """Step the water over cells of factor x factor fine ones, from dry ground.

    domain: fine terrain of shape (rows, cols); coarse cells are as many as cover it.
    duration: of the event [s].
    rain: on all cells with data [m/s]; None for none.
    inflows: water that enters at cells [m3/s].
    lead_times: when the water is kept, from 0 to the duration [s].
    factor: one of FACTORS.
    options: how the scheme is steered; None for the defaults.
    progress: called with what was done so far; what it raises ends the solve.
    thin_storage: what of the water runs thin on slopes: the share of a volume that stands, at the least, and the most
        volume that does not [m], each of shape (coarse rows, coarse cols); None for none.
    directed: the lead times at which the direction of the flow is kept too [s].
    threads: how many may share the work; the water is the same to the last bit.
    Raises InvalidInput where an argument makes no sense.
    """
    if factor not in FACTORS:
        raise InvalidInput(expected=f"a factor out of {FACTORS}", received=f"{factor}", advice="Choose one of them.")
    started = time.perf_counter()
    datum = float(np.floor(np.nanmin(domain.elevation)))
    model = new_model(domain, rain, inflows, factor, options or SubgridOptions(), datum, thin_storage)
    clock, grid_cells = model.state.clock, model.state.depth.size
    max_threads = threads if grid_cells >= MIN_SHARED_CELLS else 1
    sync, snapshots = worker_sync.new_sync(max_threads), []
    tuner = ThreadTuner(sync.workers)
    for seconds in stop_times(lead_times, duration):
        while clock[TIME] < seconds:
            tuner.advance(partial(_advance, model, sync, seconds), grid_cells, CELLS_PER_CALL)
            if progress is not None:
                now = clock[TIME]
                progress(Progress(min(now / duration, 1.0), Stage.SIMULATING, simulated_s=now, duration_s=duration))
        if seconds in lead_times:
            snapshots.append(_snapshot(model.terrain, model.state, seconds, datum, seconds in directed))
    return SubgridSimulation(
        factor=factor,
        highest=_maxima(model.terrain, model.state, duration, datum),
        arrival=model.state.arrival[1:-1, 1:-1].astype(np.float64),
        lowest=model.terrain.lowest[1:-1, 1:-1] + datum,
        snapshots=tuple(snapshots),
        balance=_balance(model.terrain, model.state),
        steps=math.ceil(clock[STEPS]),
        seconds=time.perf_counter() - started,
    )


def new_model(
    domain: Domain,
    rain: Hydrograph | None,
    inflows: Sequence[Inflow],
    factor: int,
    options: SubgridOptions,
    datum: float,
    thin_storage: tuple[np.ndarray, np.ndarray] | None,
) -> SubgridModel:
    """All that the compiled loops work on, before the first step.

    datum: elevation from which the terrain's are counted [m].
    Others: as for `solve_subgrid`.
    """
    parameters = _parameters(options)
    terrain, forcing = build_terrain(domain, inflows, factor, datum, thin_storage), forcing_series(rain, inflows)
    shape = terrain.valid_cells.shape
    return SubgridModel(
        terrain=terrain,
        forcing=forcing,
        state=new_state(shape, 2**parameters.levels, worker_sync.MAX_WORKERS),
        schedule=new_schedule(shape, len(terrain.outlets), parameters.levels),
        parameters=parameters,
    )


def _parameters(options: SubgridOptions) -> SubgridParameters:
    """The options as the compiled loops take them; InvalidInput where one makes no sense."""
    if not (0 < options.courant <= 32 and options.depth_threshold > 0 and options.residence_share > 0):
        raise InvalidInput(
            expected="courant above 0 and up to 32, a depth threshold above 0 m and a turnover above 0",
            received=f"{options.courant}, {options.depth_threshold}, {options.residence_share}",
            advice="Use the defaults.",
        )
    return SubgridParameters(
        courant=options.courant,
        threshold=options.depth_threshold,
        longest_step=options.longest_step,
        steps_per_record=options.steps_per_record,
        residence_share=options.residence_share,
        fast_flow_share=options.fast_flow_share,
        flux_relaxation=options.flux_relaxation,
        arrival_depth=ARRIVAL_DEPTH,
        levels=options.levels,
    )


def _advance(model: SubgridModel, sync: WorkerSync, until: float, threads: int, max_cells: int) -> float:
    """Step towards `until` [s] by some threads; returns the steps of the whole grid that were taken."""
    before = model.state.clock[STEPS]
    worker_sync.advance(model, sync._replace(workers=threads), until, max_cells)
    return float(model.state.clock[STEPS] - before)


def _balance(terrain: SubgridTerrain, state: SubgridState) -> Balance:
    """Where the water came from and went [m3]."""
    rain = float(state.clock[RAIN]) * (terrain.dx * terrain.dy) * float(terrain.valid_cells.sum())
    return Balance(rain, float(state.clock[INFLOW]), float(state.clock[OUTFLOW]), _stored(terrain, state))


def _stored(terrain: SubgridTerrain, state: SubgridState) -> float:
    """Volume of the water on the grid [m3]."""
    return float(state.volume.sum()) * (terrain.dx * terrain.dy)


def _maxima(terrain: SubgridTerrain, state: SubgridState, duration: float, datum: float) -> SubgridSnapshot:
    """Each cell's highest level and largest flow; duration: of the event [s]."""
    level = _without_rim(terrain, terrain.lowest + state.max_depth + datum)
    return SubgridSnapshot(duration, level, _without_rim(terrain, state.max_throughflow), _stored(terrain, state))


def _snapshot(
    terrain: SubgridTerrain, state: SubgridState, seconds: float, datum: float, directed: bool
) -> SubgridSnapshot:
    """The water at this time; directed: whether with the direction of the flow."""
    across = np.abs(state.flow_x[:, :-1]) + np.abs(state.flow_x[:, 1:])
    down = np.abs(state.flow_y[:-1]) + np.abs(state.flow_y[1:])
    through = np.zeros_like(state.max_throughflow)
    through[:, :-1] += 0.5 * terrain.dy * across
    through[:-1] += 0.5 * terrain.dx * down
    stored = float(state.volume.sum()) * terrain.dx * terrain.dy
    level = _without_rim(terrain, terrain.lowest + state.depth + datum)
    snapshot = SubgridSnapshot(seconds, level, _without_rim(terrain, through), stored)
    return replace(snapshot, east=_east(terrain, state), south=_south(terrain, state)) if directed else snapshot


def _without_rim(terrain: SubgridTerrain, padded: np.ndarray) -> np.ndarray:
    """A raster without its rim, NaN where no fine cell has data."""
    return np.where(terrain.valid_cells > 0, padded, np.nan)[1:-1, 1:-1]


def _east(terrain: SubgridTerrain, state: SubgridState) -> np.ndarray:
    """Net discharge to the east through each cell, the mean of its left and its right face, float32 [m3/s]."""
    mean: np.ndarray = 0.5 * terrain.dy * (state.flow_x[1:-1, 1:-1] + state.flow_x[1:-1, 2:])
    return mean.astype(np.float32)


def _south(terrain: SubgridTerrain, state: SubgridState) -> np.ndarray:
    """Net discharge to the south through each cell, the mean of its upper and its lower face, float32 [m3/s]."""
    mean: np.ndarray = 0.5 * terrain.dx * (state.flow_y[1:-1, 1:-1] + state.flow_y[2:, 1:-1])
    return mean.astype(np.float32)
