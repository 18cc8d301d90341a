"""The forecast before the network: a sub-grid solve, brought onto the fine terrain."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from core.hydraulics import parallel
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.downscaling.water_depth import downscale_depth, fine_terrain
from core.hydraulics.drainage.thin_flow import ThinFlow, find_thin_flow, thin_storage
from core.hydraulics.jit import compiled
from core.hydraulics.results import Balance
from core.hydraulics.subgrid.results import ARRIVAL_DEPTH, SubgridOptions, SubgridSimulation, SubgridSnapshot
from core.hydraulics.subgrid.solver import solve_subgrid
from core.progress import ProgressListener

FRAMES = 12  # at least so many times, between which the arrival is interpolated
STRIP = 96  # fine rows, of any mode's coarse cells, that are brought onto the fine grid at a time


@dataclass(frozen=True)
class Mode:
    """How coarse the sub-grid solve is, and how long its steps.

    factor: fine cells along a coarse cell's side.
    courant: see `SubgridOptions`.
    """

    factor: int
    courant: float


MODES = {"accurate": Mode(2, 3.0), "fast": Mode(3, 4.0)}


@dataclass(frozen=True)
class Physics:
    """The flood on the fine grid as the sub-grid solve has it; rasters of shape (rows, cols), float32.

    max_depth: greatest depth, NaN for no data [m].
    arrival: first time of a depth of ARRIVAL_DEPTH, NaN for never and for no data [s].
    moments: depth at each lead time, ascending, shape (times, rows, cols) [m].
    misplaced: for each lead time, volume that the fine depth has more than the coarse cells, as a share of theirs.
    flows: for each lead time, discharge to the east and to the south through each coarse cell [m3/s].
    balance: water balance of the sub-grid solve.
    coarse: result of the sub-grid solve, without its snapshots.
    thin_flow: what the terrain says about thin flow.
    seconds: what it took [s].
    """

    max_depth: np.ndarray
    arrival: np.ndarray
    moments: np.ndarray
    misplaced: tuple[float, ...]
    flows: tuple[tuple[np.ndarray, np.ndarray], ...]
    balance: Balance
    coarse: SubgridSimulation
    thin_flow: ThinFlow
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class _Rasters:
    """Results on the fine grid, filled strip by strip: `max_depth`, `arrival` and `moments` of `Physics`."""

    max_depth: np.ndarray
    arrival: np.ndarray
    moments: np.ndarray


@dataclass(frozen=True)
class _Strip:
    """Fine rows whose results are found, and those with one more coarse row around them, as far as there is one."""

    inner: slice
    outer: slice


class _StripTerrain(NamedTuple):
    """What a strip's frames are compared with; shape (rows, cols) of the strip, or of its coarse cells.

    max_depth: greatest depth [m].
    elevation: ground, NaN for no data [m].
    coarse_arrival: arrival in each coarse cell, infinite for never [s].
    coarse_lowest: lowest ground of each coarse cell [m].
    factor: fine cells along a coarse cell's side.
    """

    max_depth: np.ndarray
    elevation: np.ndarray
    coarse_arrival: np.ndarray
    coarse_lowest: np.ndarray
    factor: int


class _Tracked(NamedTuple):
    """What is tracked from frame to frame, changed in place; shape (rows, cols) of a strip.

    deepest: greatest depth of all frames so far [m].
    deepest_time: time of that frame [s].
    arrival: first time of a depth of ARRIVAL_DEPTH so far, infinite for never [s].
    """

    deepest: np.ndarray
    deepest_time: np.ndarray
    arrival: np.ndarray


def forecast(
    domain: Domain,
    duration: float,
    rain: Hydrograph | None = None,
    inflows: Sequence[Inflow] = (),
    lead_times: Sequence[float] = (),
    mode: Mode = MODES["accurate"],
    progress: ProgressListener | None = None,
    threads: int = 1,
) -> Physics:
    """Solve on coarse cells, and downscale the water to the fine terrain.

    domain: fine terrain, Manning's n and open edges, shape (rows, cols).
    duration: simulated time [s].
    rain: rain on every cell with data [m/s]; None for none.
    inflows: water that enters at cells [m3/s].
    lead_times: simulated times at which the depth is kept, within the duration [s].
    mode: how coarse, and how long the steps.
    progress: called now and then; stops the run by raising `errors.Cancelled`.
    threads: how many may share the work.

    Raises InvalidInput where an argument makes no sense.
    """
    started = time.perf_counter()
    thin_flow = find_thin_flow(domain, rain, inflows, mode.factor)
    kept_times = {float(lead_time) for lead_time in lead_times}
    frames = sorted({*kept_times, *np.linspace(0.0, duration, FRAMES + 1)[1:].tolist()})
    options, storage = replace(SubgridOptions(), courant=mode.courant), thin_storage(domain, thin_flow)
    thin_flow = thin_flow.single()
    coarse = solve_subgrid(
        domain, duration, rain, inflows, frames, mode.factor, options, progress, storage, kept_times, threads
    )
    rasters, misplaced = _downscale(domain, thin_flow, coarse, kept_times, threads)
    flows = tuple(
        (snapshot.east, snapshot.south)
        for snapshot in coarse.snapshots
        if snapshot.east is not None and snapshot.south is not None
    )
    return Physics(
        max_depth=rasters.max_depth,
        arrival=rasters.arrival,
        moments=rasters.moments,
        misplaced=misplaced,
        flows=flows,
        balance=coarse.balance,
        coarse=replace(coarse, snapshots=()),
        thin_flow=thin_flow,
        seconds=time.perf_counter() - started,
    )


def _downscale(
    domain: Domain, thin_flow: ThinFlow, coarse: SubgridSimulation, kept_times: Collection[float], threads: int
) -> tuple[_Rasters, tuple[float, ...]]:
    """The rasters of all strips, and the misplaced share of the volume at each lead time."""
    shape = domain.elevation.shape
    max_depth, arrival = (np.full(shape, np.nan, np.float32) for _ in range(2))
    rasters = _Rasters(max_depth, arrival, np.empty((len(kept_times), *shape), np.float32))

    def fill(strip: _Strip) -> np.ndarray:
        if np.isfinite(domain.elevation[strip.outer]).any():
            return _fill_strip(domain, thin_flow, coarse, strip, rasters, kept_times)
        rasters.moments[:, strip.inner] = np.nan
        return np.zeros(len(kept_times))

    strips = _strips(shape[0], thin_flow.factor)
    depth_sums = np.sum(parallel.map_parts(fill, strips, threads), axis=0)
    stored = [snapshot.stored for snapshot in coarse.snapshots if snapshot.seconds in kept_times]
    volumes = (depth_sums * domain.dx * domain.dy).tolist()
    misplaced = tuple(
        (volume - reference) / reference if reference > 0 else volume
        for volume, reference in zip(volumes, stored, strict=True)
    )
    return rasters, misplaced


def _strips(rows: int, factor: int) -> Iterator[_Strip]:
    """Strips of STRIP rows that cover a grid."""
    for start in range(0, rows, STRIP):
        inner = slice(start, min(start + STRIP, rows))
        yield _Strip(inner, slice(max(start - factor, 0), min(start + STRIP + factor, rows)))


def _fill_strip(
    domain: Domain,
    thin_flow: ThinFlow,
    coarse: SubgridSimulation,
    strip: _Strip,
    rasters: _Rasters,
    kept_times: Collection[float],
) -> np.ndarray:
    """Fill a strip of the rasters, one frame after the other; returns the sum of its depths at each lead time [m].

    Between two frames depth rises from what it was, or if water came to the coarse cell after the first, from then on.
    A cell that is wet at its highest but in no frame is taken to be reached at the frame where it is deepest, and if it
    is dry in all, at the fullest.
    """
    inner, outer, factor = strip.inner, strip.outer, thin_flow.factor
    within_outer = slice(inner.start - outer.start, inner.stop - outer.start)
    manning = domain.manning if np.ndim(domain.manning) == 0 else np.asarray(domain.manning)[outer]
    terrain = fine_terrain(Domain(domain.elevation[outer], domain.dx, domain.dy, manning), thin_flow.part(outer))
    coarse_outer = slice(outer.start // factor, -(-outer.stop // factor))
    coarse_inner = slice(inner.start // factor, -(-inner.stop // factor))
    max_depth = downscale_depth(terrain, _part(coarse.highest, coarse_outer))[within_outer]
    strip_terrain = _StripTerrain(
        max_depth,
        np.ascontiguousarray(domain.elevation[inner]),
        coarse.arrival[coarse_inner],
        coarse.lowest[coarse_inner],
        factor,
    )
    tracked = _Tracked(*(np.full(max_depth.shape, start) for start in (0.0, 0.0, np.inf)))
    previous, previous_time, index, depth_sums = np.zeros(max_depth.shape), 0.0, 0, np.zeros(len(kept_times))
    for snapshot in coarse.snapshots:
        depth = downscale_depth(terrain, _part(snapshot, coarse_outer))[within_outer]
        depth_sum = _follow_frame(depth, snapshot.seconds, previous, previous_time, strip_terrain, tracked)
        previous, previous_time = depth, snapshot.seconds
        if snapshot.seconds in kept_times:
            rasters.moments[index, inner] = depth
            depth_sums[index] = depth_sum
            index += 1
    fullest_time = max(coarse.snapshots, key=lambda snapshot: snapshot.stored).seconds
    unseen = np.isinf(tracked.arrival) & (max_depth >= ARRIVAL_DEPTH)
    deepest_time = np.where(tracked.deepest > 0, tracked.deepest_time, fullest_time)
    arrival = np.where(unseen, deepest_time, tracked.arrival)
    rasters.max_depth[inner], rasters.arrival[inner] = max_depth, np.where(np.isfinite(arrival), arrival, np.nan)
    return depth_sums


def _part(water: SubgridSnapshot, rows: slice) -> SubgridSnapshot:
    """Some coarse rows of a snapshot."""
    return replace(water, level=water.level[rows], through=water.through[rows])


@compiled
def _follow_frame(
    depth: np.ndarray,
    seconds: float,
    previous: np.ndarray,
    previous_time: float,
    terrain: _StripTerrain,
    tracked: _Tracked,
) -> float:
    """Cap the depth of one frame by the greatest, and update what is tracked.

    depth: depth at this frame, shape (rows, cols) [m], capped in place.
    seconds: time of this frame [s].
    previous: depth at the frame before [m].
    previous_time: time of the frame before [s].
    terrain: greatest depth, ground and coarse cells of the strip.
    tracked: changed in place.

    Returns the sum of the depth over all cells [m].
    """
    depth_sum = 0.0
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            capped = min(depth[row, col], terrain.max_depth[row, col])
            depth[row, col] = capped
            start, since = previous[row, col], previous_time
            coarse_row, coarse_col = row // terrain.factor, col // terrain.factor
            reached = terrain.coarse_arrival[coarse_row, coarse_col]
            if reached > previous_time and reached <= seconds:
                above_lowest = terrain.elevation[row, col] - terrain.coarse_lowest[coarse_row, coarse_col]
                since, start = reached, max(start, ARRIVAL_DEPTH - above_lowest)
            if capped >= ARRIVAL_DEPTH and np.isinf(tracked.arrival[row, col]):
                rise = max(capped - start, 1e-9)
                share = min(max((ARRIVAL_DEPTH - start) / rise, 0.0), 1.0)
                tracked.arrival[row, col] = since + (seconds - since) * share
            if capped > tracked.deepest[row, col]:
                tracked.deepest[row, col], tracked.deepest_time[row, col] = capped, seconds
            if capped > 0.0:  # which NaN is not
                depth_sum += capped
    return depth_sum
