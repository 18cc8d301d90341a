"""The forecast before the network: a coarse solve, brought onto the fine terrain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.contract import Progress
from core.systems.flood import pooling
from core.systems.flood.coarse import ARRIVED, CoarseSimulation, Options, coarse_solve
from core.systems.flood.domain import Domain, Hydrograph, Inflow
from core.systems.flood.solver import Balance

FRAMES = 12  # at least so many times, between which the arrival is interpolated


@dataclass(frozen=True)
class Mode:
    """How coarse, and how long the steps; see coarse.Options."""

    factor: int
    courant: float


MODES = {"accurate": Mode(2, 3.0), "fast": Mode(3, 4.0)}


@dataclass(frozen=True)
class Physics:
    """Depth on the fine grid [m] and arrival [s], NaN for never and for no data; shape (rows, cols).

    moments: depth at each lead time. misplaced: of each lead time's stored volume, what the fine depth has more or
    less. coarse, ways: what they came from.
    """

    max_depth: np.ndarray
    arrival: np.ndarray
    moments: tuple[np.ndarray, ...]
    misplaced: tuple[float, ...]
    balance: Balance
    coarse: CoarseSimulation
    ways: pooling.Ways
    seconds: float = field(compare=False)


def forecast(
    domain: Domain,
    duration: float,
    rain: Hydrograph | None = None,
    inflows: Sequence[Inflow] = (),
    lead_times: Sequence[float] = (),
    mode: Mode = MODES["accurate"],
    progress: Progress | None = None,
) -> Physics:
    """Solve coarsely and pool; the arguments are those of `solver.solve`. Raises InvalidInput."""
    started = time.perf_counter()
    ways = pooling.find_ways(domain, rain, inflows, mode.factor)
    frames = sorted({*map(float, lead_times), *np.linspace(0.0, duration, FRAMES + 1)[1:].tolist()})
    options = replace(Options(), courant=mode.courant)
    film, kept_at = pooling.film(domain, ways), [float(one) for one in lead_times]
    coarse = coarse_solve(domain, duration, rain, inflows, frames, mode.factor, options, progress, film, kept_at)
    highest = pooling.depths(domain, ways, coarse.highest)
    arrival, kept, misplaced = _over_time(domain, ways, coarse, highest, kept_at)
    return Physics(highest, arrival, kept, misplaced, coarse.balance, coarse, ways, time.perf_counter() - started)


def _over_time(
    domain: Domain,
    ways: pooling.Ways,
    coarse: CoarseSimulation,
    highest: np.ndarray,
    lead_times: Sequence[float],
) -> tuple[np.ndarray, tuple[np.ndarray, ...], tuple[float, ...]]:
    """Arrival, depth at lead times and its misplaced share, one frame after the other.

    Between two frames depth rises from what it was, or if water came to the coarse cell after the first, from then on.
    A cell that is wet at its highest but in no frame is taken to be reached at the frame where it is deepest, and if it
    is dry in all, at the fullest.
    """
    arrival, before, clock = np.full(highest.shape, np.inf), np.zeros(highest.shape), 0.0
    deepest, when = np.zeros(highest.shape), np.zeros(highest.shape)
    kept, misplaced = [], []
    came = pooling.spread(coarse.arrival, coarse.factor, highest.shape)
    standing = ARRIVED - (domain.elevation - pooling.spread(coarse.lowest, coarse.factor, highest.shape))
    for moment in coarse.moments:
        depth = np.fmin(pooling.depths(domain, ways, moment), highest)
        later = (came > clock) & (came <= moment.seconds)
        start, since = np.where(later, np.fmax(before, standing), before), np.where(later, came, clock)
        rise = np.maximum(depth - start, 1e-9)
        at = since + (moment.seconds - since) * np.clip((ARRIVED - start) / rise, 0.0, 1.0)
        arrival = np.where((depth >= ARRIVED) & np.isinf(arrival), at, arrival)
        when = np.where(depth > deepest, moment.seconds, when)
        deepest = np.fmax(deepest, depth)
        before, clock = depth, moment.seconds
        if moment.seconds in lead_times:
            kept.append(depth.astype(np.float32))
            misplaced.append(_misplaced(domain, depth, moment.stored))
    fullest = max(coarse.moments, key=lambda one: one.stored).seconds
    arrival = np.where(np.isinf(arrival) & (highest >= ARRIVED), np.where(deepest > 0, when, fullest), arrival)
    return np.where(np.isfinite(arrival), arrival, np.nan), tuple(kept), tuple(misplaced)


def _misplaced(domain: Domain, depth: np.ndarray, stored: float) -> float:
    there = float(np.nansum(depth)) * domain.dx * domain.dy
    return (there - stored) / stored if stored > 0 else there
