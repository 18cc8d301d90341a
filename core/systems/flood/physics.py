"""The forecast before the network: a coarse solve, brought onto the fine terrain."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.hydraulics import parallel
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.downscaling import pooling
from core.hydraulics.drainage import thin_flow
from core.hydraulics.jit import compiled
from core.hydraulics.local_inertial.solver import Balance
from core.hydraulics.subgrid.results import ARRIVAL_DEPTH, SubgridOptions, SubgridSimulation, SubgridSnapshot
from core.hydraulics.subgrid.solver import solve_subgrid
from core.progress import ProgressListener

FRAMES = 12  # at least so many times, between which the arrival is interpolated
STRIP = 96  # fine rows, of any mode's coarse cells, that are brought onto the fine grid at a time


@dataclass(frozen=True)
class Mode:
    """How coarse, and how long the steps; see coarse.Options."""

    factor: int
    courant: float


MODES = {"accurate": Mode(2, 3.0), "fast": Mode(3, 4.0)}


@dataclass(frozen=True)
class Physics:
    """Depth on the fine grid [m] and arrival [s], NaN for never and for no data; float32 of shape (rows, cols).

    moments: depth at each lead time, ascending, shape (times, rows, cols). misplaced: of each lead time's stored
    volume, what the fine depth has more or less. flows: at each lead time, to the east and to the south through each
    coarse cell [m3/s]. coarse, ways: what they came from, without the coarse water at single times.
    """

    max_depth: np.ndarray
    arrival: np.ndarray
    moments: np.ndarray
    misplaced: tuple[float, ...]
    flows: tuple[tuple[np.ndarray, np.ndarray], ...]
    balance: Balance
    coarse: SubgridSimulation
    ways: thin_flow.Ways
    seconds: float = field(compare=False)


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
    """Solve coarsely and pool; the arguments are those of `solver.solve` and `coarse_solve`. Raises InvalidInput."""
    started = time.perf_counter()
    ways = thin_flow.find_ways(domain, rain, inflows, mode.factor)
    kept_at = {float(one) for one in lead_times}
    frames = sorted({*kept_at, *np.linspace(0.0, duration, FRAMES + 1)[1:].tolist()})
    options, film = replace(SubgridOptions(), courant=mode.courant), thin_flow.film(domain, ways)
    ways = ways.single()
    coarse = solve_subgrid(
        domain, duration, rain, inflows, frames, mode.factor, options, progress, film, kept_at, threads
    )
    rasters, misplaced = _over_time(domain, ways, coarse, kept_at, threads)
    flows = tuple((one.east, one.south) for one in coarse.snapshots if one.east is not None and one.south is not None)
    coarse = replace(coarse, snapshots=())
    return Physics(*rasters, misplaced, flows, coarse.balance, coarse, ways, time.perf_counter() - started)


def _over_time(
    domain: Domain, ways: thin_flow.Ways, coarse: SubgridSimulation, kept_at: Collection[float], threads: int
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], tuple[float, ...]]:
    """Greatest depth, arrival, and depth at lead times; and the misplaced share of these. Strip by strip."""
    shape = domain.elevation.shape
    highest, arrival = (np.full(shape, np.nan, np.float32) for _ in range(2))
    kept = np.empty((len(kept_at), *shape), np.float32)

    def fill(strip: tuple[slice, slice]) -> np.ndarray:
        inner, outer = strip
        if np.isfinite(domain.elevation[outer]).any():
            return _strip(domain, ways, coarse, inner, outer, highest, arrival, kept, kept_at)
        kept[:, inner] = np.nan
        return np.zeros(len(kept_at))

    there = np.sum(parallel.each(fill, _strips(shape[0], ways.factor), threads), axis=0)
    stored = [one.stored for one in coarse.snapshots if one.seconds in kept_at]
    volumes = (there * domain.dx * domain.dy).tolist()
    misplaced = tuple((a - b) / b if b > 0 else a for a, b in zip(volumes, stored, strict=True))
    return (highest, arrival, kept), misplaced


def _strips(rows: int, factor: int) -> Iterator[tuple[slice, slice]]:
    """Rows to find, and those with one more coarse row around them, as far as there is one."""
    for start in range(0, rows, STRIP):
        yield slice(start, min(start + STRIP, rows)), slice(max(start - factor, 0), min(start + STRIP + factor, rows))


def _strip(
    domain: Domain,
    ways: thin_flow.Ways,
    coarse: SubgridSimulation,
    inner: slice,
    outer: slice,
    highest: np.ndarray,
    arrival: np.ndarray,
    kept: np.ndarray,
    kept_at: Collection[float],
) -> np.ndarray:
    """Fill some rows of the rasters, one frame after the other; returns what they hold at each lead time [m].

    Between two frames depth rises from what it was, or if water came to the coarse cell after the first, from then on.
    A cell that is wet at its highest but in no frame is taken to be reached at the frame where it is deepest, and if it
    is dry in all, at the fullest.
    """
    factor, cut = ways.factor, slice(inner.start - outer.start, inner.stop - outer.start)
    rough = domain.manning if np.ndim(domain.manning) == 0 else np.asarray(domain.manning)[outer]
    bed = pooling.bed(Domain(domain.elevation[outer], domain.dx, domain.dy, rough), ways.part(outer))
    wide = slice(outer.start // factor, -(-outer.stop // factor))
    own = slice(inner.start // factor, -(-inner.stop // factor))
    most = pooling.depths(bed, _part(coarse.highest, wide))[cut]
    before, deepest, when, at = (np.full(most.shape, first) for first in (0.0, 0.0, 0.0, np.inf))
    ground, clock, place, there = np.ascontiguousarray(domain.elevation[inner]), 0.0, 0, np.zeros(len(kept_at))
    for snapshot in coarse.snapshots:
        depth = pooling.depths(bed, _part(snapshot, wide))[cut]
        held = _follow(
            depth, most, ground, coarse.arrival[own], coarse.lowest[own], factor, clock, snapshot.seconds, before,
            deepest, when, at,
        )  # fmt: skip
        before, clock = depth, snapshot.seconds
        if snapshot.seconds in kept_at:
            kept[place, inner] = depth
            there[place] = held
            place += 1
    fullest = max(coarse.snapshots, key=lambda one: one.stored).seconds
    at = np.where(np.isinf(at) & (most >= ARRIVAL_DEPTH), np.where(deepest > 0, when, fullest), at)
    highest[inner], arrival[inner] = most, np.where(np.isfinite(at), at, np.nan)
    return there


def _part(water: SubgridSnapshot, rows: slice) -> SubgridSnapshot:
    return replace(water, level=water.level[rows], through=water.through[rows])


@compiled
def _follow(
    depth: np.ndarray,
    most: np.ndarray,
    ground: np.ndarray,
    came: np.ndarray,
    lowest: np.ndarray,
    factor: int,
    clock: float,
    seconds: float,
    before: np.ndarray,
    deepest: np.ndarray,
    when: np.ndarray,
    arrival: np.ndarray,
) -> float:
    """One frame, at `seconds` after the one at `clock` [s]: cap its depth by the greatest, note arrival and `when`.

    Returns the depth summed over all cells [m].
    """
    held = 0.0
    for row in range(depth.shape[0]):
        for col in range(depth.shape[1]):
            deep = min(depth[row, col], most[row, col])
            depth[row, col] = deep
            start, since = before[row, col], clock
            first = came[row // factor, col // factor]
            if first > clock and first <= seconds:
                since, start = (
                    first,
                    max(start, ARRIVAL_DEPTH - (ground[row, col] - lowest[row // factor, col // factor])),
                )
            if deep >= ARRIVAL_DEPTH and np.isinf(arrival[row, col]):
                rise = max(deep - start, 1e-9)
                arrival[row, col] = since + (seconds - since) * min(max((ARRIVAL_DEPTH - start) / rise, 0.0), 1.0)
            if deep > deepest[row, col]:
                deepest[row, col], when[row, col] = deep, seconds
            if deep > 0.0:  # which NaN is not
                held += deep
    return held
