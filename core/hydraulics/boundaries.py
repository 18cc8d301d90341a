"""From a checked domain to the arrays that the compiled loops work on, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.local_inertial.active_cells import LONGEST_RUN, TOGETHER
from core.hydraulics.local_inertial.kernels import GRAVITY, WALL
from core.hydraulics.local_inertial.state import RAIN, UNIT, FlowState, ForcingSeries, GridTerrain, SchemeParameters

if TYPE_CHECKING:
    from core.hydraulics.local_inertial.solver import SolverOptions

LEAST_SLOPE = 1e-3  # of the ground at an open edge, where it is flat or rises outwards
PAGE = 4096  # bytes
INWARD = {"north": (1, 0), "south": (-1, 0), "west": (0, 1), "east": (0, -1)}


def ground(domain: Domain, inflows: Sequence[Inflow]) -> GridTerrain:
    """The domain with a rim of wall; elevations are counted from the lowest, to keep digits for the water."""
    valid = np.isfinite(domain.elevation)
    lowest = np.floor(domain.elevation[valid].min())
    elevation = np.pad(np.where(valid, domain.elevation - lowest, WALL), 1, constant_values=WALL)
    friction = np.pad(0.5 * GRAVITY * np.broadcast_to(np.square(domain.manning), domain.elevation.shape), 1)
    elevation, friction = _apart(elevation, 0), _apart(friction.astype(np.float32), 1)
    outlets, normal, critical = find_outlets(domain)
    inlets, share = find_inlets(domain, inflows)
    rows = np.arange(elevation.shape[0] + 1)
    outlets_from, inlets_from = (np.searchsorted(one[:, 0], rows) for one in (outlets, inlets))
    return GridTerrain(
        elevation, friction, domain.dx, domain.dy, outlets, outlets_from, normal, critical, inlets, inlets_from, share
    )


def find_outlets(domain: Domain) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place and capacity of the outermost cells with data, as seen from each open edge; see Ground."""
    shape = domain.elevation.shape
    valid, manning = np.isfinite(domain.elevation), np.broadcast_to(domain.manning, shape)
    normal, critical = np.zeros(shape), np.zeros(shape)
    for edge in sorted(domain.open_edges):
        step, width = INWARD[edge], domain.dy if edge in ("north", "south") else domain.dx
        rows, cols = _outermost(valid, edge)
        inner_rows = np.clip(rows + step[0], 0, shape[0] - 1)
        inner_cols = np.clip(cols + step[1], 0, shape[1] - 1)
        fall = (domain.elevation[inner_rows, inner_cols] - domain.elevation[rows, cols]) / width
        slope = np.fmax(fall, LEAST_SLOPE)  # of a neighbour without data nothing is known
        with np.errstate(divide="ignore"):  # n = 0: critical flow is the lesser
            normal[rows, cols] += np.sqrt(slope) / (manning[rows, cols] * width)
        critical[rows, cols] += np.sqrt(GRAVITY) / width
    places = np.argwhere(critical > 0)
    chosen = places[:, 0], places[:, 1]
    return places + 1, normal[chosen], critical[chosen]


def _outermost(valid: np.ndarray, edge: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells with data that lie nearest to an edge."""
    across = valid if edge in ("north", "south") else valid.T
    lines = np.flatnonzero(across.any(axis=0))
    seen = across[:, lines]
    places = seen.argmax(axis=0) if edge in ("north", "west") else len(seen) - 1 - seen[::-1].argmax(axis=0)
    return (places, lines) if edge in ("north", "south") else (lines, places)


def find_inlets(domain: Domain, inflows: Sequence[Inflow]) -> tuple[np.ndarray, np.ndarray]:
    """Place, series and share of the cells where water comes in, ordered by row; see Ground."""
    places, shares = [np.empty((0, 3), np.int64)], [np.empty(0)]
    for number, inflow in enumerate(inflows, 1):
        inflow.check(domain.elevation)
        cells = len(inflow.cells)
        places.append(np.column_stack([inflow.cells + 1, np.full(cells, number)]).astype(np.int64))
        shares.append(np.full(cells, 1.0 / (cells * domain.dx * domain.dy)))
    every = np.concatenate(places)
    order = np.argsort(every[:, 0], kind="stable")
    return every[order], np.concatenate(shares)[order]


def series(rain: Hydrograph | None, inflows: Sequence[Inflow]) -> ForcingSeries:
    """Rain and inflows one after the other; no rain is a series without rows."""
    none = Hydrograph(np.array([0.0, 1.0]), np.zeros(2))
    every = [rain or none, *(inflow.series for inflow in inflows)]
    starts = np.concatenate(([0], np.cumsum([len(one.times) for one in every])))
    parts = [(one.times, one.rates, one.volumes) for one in every]
    return ForcingSeries(starts, *(np.concatenate(part).astype(np.float64) for part in zip(*parts, strict=True)))


def scheme(options: SolverOptions) -> SchemeParameters:
    """The options as the compiled loops take them; InvalidInput where one makes no sense."""
    theta, courant, threshold = options.theta, options.courant, options.depth_threshold
    if not (0 < theta <= 1 and 0 < courant <= (theta / 2) ** 0.5 and threshold > 0):
        raise InvalidInput(
            "Expected theta above 0 and up to 1, courant above 0 and up to sqrt(theta / 2), and a depth threshold "
            f"above 0 m. Received {theta}, {courant}, {threshold}. Use the defaults."
        )
    return SchemeParameters(
        theta,
        courant,
        threshold,
        options.arrival_depth,
        options.longest_step,
        options.steps_per_record,
        options.wet_only,
    )


def water(domain: Domain, start_depth: np.ndarray | None, base: GridTerrain, number_of_series: int) -> FlowState:
    """The water at the start, and room for all that a step changes."""
    rows, cols = domain.elevation.shape
    valid = np.isfinite(domain.elevation)
    start = np.zeros((rows, cols)) if start_depth is None else np.where(valid, start_depth, 0.0)
    if start.shape != (rows, cols) or not (np.isfinite(start) & (start >= 0)).all():
        raise InvalidInput(
            f"Expected a start depth of 0 m or more in each of {rows} x {cols} cells. Received shape {start.shape}, "
            f"{np.nanmin(start):g} m at the least. Correct it."
        )
    shape, units = (rows + 2, cols + 2), -(-cols // UNIT)
    per_unit = (rows + 2, units + 2)
    highest = np.full(per_unit, -np.inf)
    padded = np.pad(np.where(valid, start, -np.inf), ((0, 0), (0, units * UNIT - cols)), constant_values=-np.inf)
    highest[1:-1, 1:-1] = padded.reshape(rows, units, UNIT).max(axis=2)
    return FlowState(
        depth=_apart(np.pad(start, 1), 2),
        flow_x=_apart(np.zeros(shape, np.float32), 3),
        flow_y=_apart(np.zeros(shape, np.float32), 4),
        deepest=_apart(np.pad(start, 1).astype(np.float32), 5),
        arrival=_apart(np.full(shape, np.inf, np.float32), 6),
        fastest=_apart(np.zeros(shape, np.float32), 7),
        unit_depth=highest,
        unit_rain=np.zeros(per_unit),
        awake=np.zeros(per_unit, np.uint8),
        wet=np.zeros(per_unit, np.uint8),
        near=np.zeros(per_unit, np.uint8),
        runs=np.zeros(((rows + 2) * (units // 2 + 1), 2), np.int64),
        first_run=np.zeros(rows + 3, np.int64),
        before=np.zeros((TOGETHER, 2, cols + 2), np.float32),
        aside=np.zeros(cols + 2, np.float32),
        room=np.zeros((2, LONGEST_RUN * UNIT), np.float32),
        coming=np.zeros((TOGETHER, number_of_series)),
        leaving=np.zeros(len(base.outlets)),
        eve=np.zeros(3),
        clock=np.zeros(5),
    )


def _apart(numbers: np.ndarray, place: int) -> np.ndarray:
    """The same numbers, the first of them so many eighths into a page of memory.

    Large arrays all start with a page. The same cell of each would then fall on the same line of the processor's cache,
    and a row of the sweep needs more of them than a line has ways.
    """
    room = np.empty(numbers.nbytes + 2 * PAGE, np.uint8)
    start = -room.ctypes.data % PAGE + place * PAGE // 8
    made: np.ndarray = room[start : start + numbers.nbytes].view(numbers.dtype).reshape(numbers.shape)
    made[:] = numbers
    return made


def settle(base: GridTerrain, state: FlowState) -> None:
    """Add to sleeping units the rain that was only counted for them, so that `depth` and `deepest` are complete."""
    waiting = np.where(state.awake > 0, 0.0, state.clock[RAIN] - state.unit_rain)
    cols = state.depth.shape[1] - 2
    missed = np.repeat(waiting[1:-1, 1:-1], UNIT, axis=1)[:, :cols]
    inner = state.depth[1:-1, 1:-1]
    inner += np.where(base.elevation[1:-1, 1:-1] < WALL, missed, 0.0)
    state.unit_depth[:] += waiting
    state.unit_rain[:] = state.clock[RAIN]
    np.maximum(state.deepest, state.depth, out=state.deepest)


def stored(state: FlowState, base: GridTerrain) -> float:
    """Volume of the water on the grid [m3]."""
    return float(state.depth.sum()) * base.dx * base.dy


def stops(lead_times: Sequence[float], duration: float) -> list[float]:
    """When a run pauses: at each lead time and at its end, ascending [s]."""
    if not 0 < duration < np.inf:
        raise InvalidInput(f"Expected a duration above 0 s. Received {duration}. Correct it.")
    if outside := [seconds for seconds in lead_times if not 0 <= seconds <= duration]:
        raise InvalidInput(
            f"Expected lead times from 0 to the duration, {duration:g} s. Received {outside[0]:g} s. Correct it."
        )
    return sorted({*map(float, lead_times), float(duration)})
