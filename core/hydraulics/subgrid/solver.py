"""A sub-grid solve: water steps over cells of f x f fine ones, whose terrain it still feels.

A coarse cell stores water by its fine cells' elevations, lowest first; a coarse face lets it through over each of its
f sub-faces. So a channel one fine cell wide still conveys, and a bank still holds, at 1 / f3 of the fine solver's cost.
Max level and flow go to `pooling`, which brings them onto the fine grid.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import InvalidInput
from core.hydraulics import blocks, boundaries
from core.hydraulics.constants import GRAVITY, INFLOW, OUTFLOW, RAIN, STEPS, TIME, WALL
from core.hydraulics.domain import Domain, Hydrograph, Inflow, stop_times
from core.hydraulics.forcing import forcing_series
from core.hydraulics.results import Balance
from core.hydraulics.subgrid import schedule, time_levels
from core.hydraulics.subgrid.state import SubgridState, SubgridTerrain
from core.hydraulics.subgrid.thread_tuner import ThreadTuner
from core.hydraulics.subgrid.time_levels import SubgridParameters
from core.progress import Progress, ProgressListener, Stage

FACTORS = (1, 2, 3, 4, 6, 8)
TERMS = (1, 2, 3, 4, 6, 8, 11, 16, 24, 36, 48)  # of the storage curve: exact up to four wet cells, then thinned out
CELLS_PER_CALL = 10_000_000
LEAST_SHARED = 20_000  # coarse cells, from which on a second thread is worth its while
ARRIVED = 0.05  # [m]


@dataclass(frozen=True)
class SubgridOptions:
    """How the scheme is steered; each tile of the grid has its own step (`coarse_paces`).

    courant: share of the time in which a shallow wave crosses a coarse cell; above 0.7 waves on deep water lag,
    which floods hardly notice up to 4. turnover: share of the time that water stays in the cells that it passes
    quickest, and hurried: share of a tile's flow that may stay shorter; above one half, levels rise where flow is fast.
    levels: how many times a tile's step may be twice the shortest. likeness: how much flows become like their
    neighbours' while a wave crosses a fine cell at the greatest depth, as in the solver, whose steps are about as
    long. depth_threshold: no flow below it, all of it from twice that [m]. longest_step [s]. steps_per_record: maxima
    are taken every so many steps, and at lead times.
    """

    courant: float = 4.0
    turnover: float = 0.5
    hurried: float = 0.02
    likeness: float = 0.1
    levels: int = 5
    depth_threshold: float = 0.001
    longest_step: float = 60.0
    steps_per_record: int = 4


@dataclass(frozen=True)
class SubgridSnapshot:
    """The water at one time, shape (rows, cols) of coarse cells.

    level above datum [m], NaN where no fine cell has data; through: flow through the cell [m3/s]; stored: volume of all
    water [m3]. east, south: net discharge through the cell, float32 [m3/s]; None where they were not asked for.
    """

    seconds: float
    level: np.ndarray
    through: np.ndarray
    stored: float
    east: np.ndarray | None = None
    south: np.ndarray | None = None


@dataclass(frozen=True)
class SubgridSimulation:
    """What a coarse run found; `highest` holds each cell's highest level and largest flow, not of one time.

    arrival: first time of a depth of ARRIVED above a cell's lowest ground [s], infinite for never; shape (rows, cols).
    lowest: that ground [m]. steps: of the whole grid, as many as all its parts took together.
    """

    factor: int
    highest: SubgridSnapshot
    arrival: np.ndarray
    lowest: np.ndarray
    snapshots: tuple[SubgridSnapshot, ...]
    balance: Balance
    steps: int
    seconds: float = field(compare=False)


def solve_subgrid(
    domain: Domain,
    duration: float,
    rain: Hydrograph | None = None,
    inflows: Sequence[Inflow] = (),
    lead_times: Sequence[float] = (),
    factor: int = 2,
    options: SubgridOptions | None = None,
    progress: ProgressListener | None = None,
    film: tuple[np.ndarray, np.ndarray] | None = None,
    directed: Collection[float] = (),
    threads: int = 1,
) -> SubgridSimulation:
    """Step the water over cells of factor x factor fine ones for `duration` [s], from dry ground.

    The arguments are those of `solver.solve`; film: as from `films.film`, None for none. directed: the lead times at
    which the flow's direction is kept too [s]. threads: how many may share the work. Raises InvalidInput.
    """
    if factor not in FACTORS:
        raise InvalidInput(f"Expected a factor out of {FACTORS}. Received {factor}. Choose one of them.")
    started = time.perf_counter()
    pace = _pace(options or SubgridOptions())
    lowest = float(np.floor(np.nanmin(domain.elevation)))
    ground, series = _basins(domain, inflows, factor, lowest, film), forcing_series(rain, inflows)
    pools, plan = _pools(ground, pace), time_levels.new_schedule(ground.caught.shape, len(ground.outlets), pace.levels)
    moments, hands = [], ThreadTuner(threads if ground.caught.size >= LEAST_SHARED else 1)
    for seconds in stop_times(lead_times, duration):
        while pools.clock[TIME] < seconds:
            hands.advance(ground, series, pools, plan, pace, seconds, CELLS_PER_CALL)
            if progress is not None:
                now = pools.clock[TIME]
                progress(Progress(min(now / duration, 1.0), Stage.SIMULATING, simulated_s=now, duration_s=duration))
        if seconds in lead_times:
            moments.append(_moment(ground, pools, seconds, lowest, seconds in directed))
    clock, area = pools.clock, domain.dx * domain.dy
    level = _inner(ground, ground.lowest + pools.highest + lowest)
    through = _inner(ground, pools.strongest)
    stored = float(pools.volume.sum()) * area
    highest = SubgridSnapshot(duration, level, through, stored)
    fallen = float(clock[RAIN]) * area * float(ground.caught.sum())
    balance = Balance(fallen, float(clock[INFLOW]), float(clock[OUTFLOW]), stored)
    arrival, bottom = pools.arrival[1:-1, 1:-1].astype(np.float64), ground.lowest[1:-1, 1:-1] + lowest
    return SubgridSimulation(
        factor,
        highest,
        arrival,
        bottom,
        tuple(moments),
        balance,
        math.ceil(clock[STEPS]),
        time.perf_counter() - started,
    )


def _pace(options: SubgridOptions) -> SubgridParameters:
    if not (0 < options.courant <= 32 and options.depth_threshold > 0 and options.turnover > 0):
        raise InvalidInput(
            "Expected courant above 0 and up to 32, a depth threshold above 0 m and a turnover above 0. Received "
            f"{options.courant}, {options.depth_threshold}, {options.turnover}. Use the defaults."
        )
    return SubgridParameters(
        options.courant,
        options.depth_threshold,
        options.longest_step,
        options.steps_per_record,
        options.turnover,
        options.hurried,
        options.likeness,
        ARRIVED,
        options.levels,
    )


def cells_of_blocks(fine: np.ndarray, factor: int, fill: float) -> np.ndarray:
    """Cut into blocks, filled up at the south and east; shape (rows, cols, factor, factor)."""
    return blocks.in_blocks(fine, factor, fill).swapaxes(1, 2)


def _basins(
    domain: Domain, inflows: Sequence[Inflow], factor: int, lowest: float, film: tuple[np.ndarray, np.ndarray] | None
) -> SubgridTerrain:
    outlets, normal, critical = boundaries.find_outlets(domain)
    inlets, inlet_share = boundaries.find_inlets(domain, inflows)
    elevation = np.where(np.isfinite(domain.elevation), domain.elevation - lowest, WALL)
    cells = cells_of_blocks(elevation, factor, WALL)
    chosen = [*(k for k in TERMS if k < 0.85 * factor**2), factor**2]  # and exact where all are wet
    sums = np.sort(cells.reshape(*cells.shape[:2], -1), axis=2).cumsum(axis=2)
    curve = np.stack([sums[:, :, k - 1] / k for k in chosen], axis=1)
    bottom = curve[:, 0]
    rough = cells_of_blocks(np.broadcast_to(GRAVITY * np.square(domain.manning), elevation.shape), factor, 0.0)
    kept, cap = film or (np.ones(bottom.shape), np.zeros(bottom.shape))
    outlet, inlet = (np.argsort((one[:, 0] - 1) // factor, kind="stable") for one in (outlets, inlets))
    outlets, inlets = outlets[outlet], inlets[inlet]
    own = elevation[tuple((outlets - 1).T)]
    outlets, inlets[:, :2] = (outlets - 1) // factor + 1, (inlets[:, :2] - 1) // factor + 1
    rows = np.arange(bottom.shape[0] + 3)
    return SubgridTerrain(
        lowest=np.pad(bottom, 1, constant_values=WALL),
        curve=_single(np.pad(curve - bottom[:, None], ((1, 1), (0, 0), (1, 1)))),
        shares=_single(1.0 / np.array(chosen)),
        kept=_single(np.pad(kept, 1)),
        film=_single(np.pad(cap, 1)),
        **_faces(cells, rough, factor),
        caught=_single(np.pad((cells < WALL).sum(axis=(2, 3)), 1)),
        dx=domain.dx,
        dy=domain.dy,
        outlets=outlets,
        outlets_from=np.searchsorted(outlets[:, 0], rows),
        outlet_bed=own - bottom[tuple((outlets - 1).T)],
        outlet_normal=normal[outlet],
        outlet_critical=critical[outlet],
        inlets=inlets,
        inlets_from=np.searchsorted(inlets[:, 0], rows),
        inlet_share=inlet_share[inlet],
    )


def _single(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float32)


def _faces(cells: np.ndarray, rough: np.ndarray, factor: int) -> dict[str, np.ndarray]:
    """Rise, beds and friction of left and of upper faces; see Basins."""
    rows, cols = cells.shape[:2]
    lowest, whole = cells.min(axis=(2, 3)), (rows + 2, cols + 2)
    rise_x, rise_y, friction_x, friction_y = (np.zeros(whole) for _ in range(4))
    beds_x, beds_y = (np.full((rows + 2, factor, cols + 2), WALL) for _ in range(2))
    left, right = cells[:, :-1, :, -1], cells[:, 1:, :, 0]
    rise_x[1:-1, 2:-1] = lowest[:, :-1] - lowest[:, 1:]
    beds_x[1:-1, :, 2:-1] = (np.maximum(left, right) - lowest[:, 1:, None]).swapaxes(1, 2)
    friction_x[1:-1, 2:-1] = 0.5 * (rough[:, :-1, :, -1] + rough[:, 1:, :, 0]).mean(axis=2)
    top, bottom = cells[:-1, :, -1, :], cells[1:, :, 0, :]
    rise_y[2:-1, 1:-1] = lowest[:-1] - lowest[1:]
    beds_y[2:-1, :, 1:-1] = (np.maximum(top, bottom) - lowest[1:, :, None]).swapaxes(1, 2)
    friction_y[2:-1, 1:-1] = 0.5 * (rough[:-1, :, -1, :] + rough[1:, :, 0, :]).mean(axis=2)
    made = {"rise_x": rise_x, "rise_y": rise_y, "beds_x": beds_x, "beds_y": beds_y}
    return {name: _single(one) for name, one in (made | {"friction_x": friction_x, "friction_y": friction_y}).items()}


def _pools(ground: SubgridTerrain, pace: SubgridParameters) -> SubgridState:
    shape = ground.caught.shape
    singles = ("depth", "share", "flow_x", "flow_y", "highest", "strongest")
    return SubgridState(
        volume=np.zeros(shape),
        **{name: np.zeros(shape, np.float32) for name in singles},
        arrival=np.full(shape, np.inf, np.float32),
        rooms=np.zeros((schedule.MOST_HANDS, 3, shape[1]), np.float32),
        held=np.zeros((schedule.MOST_HANDS, shape[1])),
        before=np.zeros((2**pace.levels, 2, shape[1]), np.float32),
        clock=np.zeros(5),
    )


def _inner(ground: SubgridTerrain, padded: np.ndarray) -> np.ndarray:
    return np.where(ground.caught > 0, padded, np.nan)[1:-1, 1:-1]


def _moment(
    ground: SubgridTerrain, pools: SubgridState, seconds: float, lowest: float, directed: bool
) -> SubgridSnapshot:
    across = np.abs(pools.flow_x[:, :-1]) + np.abs(pools.flow_x[:, 1:])
    down = np.abs(pools.flow_y[:-1]) + np.abs(pools.flow_y[1:])
    through = np.zeros_like(pools.strongest)
    through[:, :-1] += 0.5 * ground.dy * across
    through[:-1] += 0.5 * ground.dx * down
    stored = float(pools.volume.sum()) * ground.dx * ground.dy
    made = SubgridSnapshot(
        seconds, _inner(ground, ground.lowest + pools.depth + lowest), _inner(ground, through), stored
    )
    return replace(made, east=_east(ground, pools), south=_south(ground, pools)) if directed else made


def _east(ground: SubgridTerrain, pools: SubgridState) -> np.ndarray:
    mean: np.ndarray = 0.5 * ground.dy * (pools.flow_x[1:-1, 1:-1] + pools.flow_x[1:-1, 2:])
    return mean.astype(np.float32)


def _south(ground: SubgridTerrain, pools: SubgridState) -> np.ndarray:
    mean: np.ndarray = 0.5 * ground.dx * (pools.flow_y[1:-1, 1:-1] + pools.flow_y[2:, 1:-1])
    return mean.astype(np.float32)
