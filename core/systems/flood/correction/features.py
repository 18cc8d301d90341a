"""What the network sees of a flood: the physics' answer and the ground, as numbers of about one on the fine grid.

Depths are logarithmic from a few millimetres on, so that a film and a river are both seen; heights are relative to
their surroundings, because the network must work on terrain that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from core.hydraulics.domain import Domain, Hydrograph
from core.hydraulics.downscaling.water_depth import thin_depth_factor
from core.hydraulics.downscaling.water_level import interpolate_level
from core.hydraulics.drainage.manning import manning_array, manning_at, normal_depth
from core.hydraulics.drainage.thin_flow import NORMAL_FLOW_STEEPNESS
from core.hydraulics.jit import compiled
from core.systems.flood.physics import Physics

FINEST = 0.01  # depth from which on the scale is logarithmic [m]
AROUND = (3, 9, 31)  # sides of the squares to whose mean heights are relative [cells]
NAMES = (
    "depth", "pool", "smooth pool", "level above ground", "running", "routed", "flow", "routed flow", "arrival",
    "above 3", "above 9", "above 31", "fall east", "fall south", "steepness", "hollow", "ground", "edge", "manning",
    "cell size", "factor", "rain", "rain peak", "row in block", "column in block",
)  # fmt: skip
(
    DEPTH, POOL, SMOOTH, LEVEL, RUNNING, ROUTED, FLOW, ROUTED_FLOW, ARRIVAL,
    ABOVE, _, _, FALL_EAST, FALL_SOUTH, STEEPNESS, HOLLOW, GROUND, EDGE, MANNING,
    CELL, FACTOR, RAIN, RAIN_PEAK, ROW, COLUMN,
) = range(len(NAMES))  # fmt: skip
GROUND_ALONE = ("routed", "routed flow", *NAMES[9:20], "rain", "rain peak")  # what needs no coarse solve
LARGEST = 12.0  # of any input
TYPICAL = 10.0  # cell size whose input is zero [m]


def scaled(depth: np.ndarray) -> np.ndarray:
    """Depth [m] as the network reads and answers it."""
    return np.asarray(np.log1p(np.maximum(depth, 0.0) / FINEST))


def unscaled(value: np.ndarray) -> np.ndarray:
    """The inverse of `scaled`, from zero to a depth that no flood has [m]."""
    return np.asarray(FINEST * np.expm1(np.clip(value, 0.0, LARGEST)))


@dataclass(frozen=True)
class Seen:
    """A part of a flood that starts on the corner of a coarse cell; shape (rows, cols), those of `coarse` coarser.

    edge: 1 on the rim of the terrain where water may leave, -1 where it may not, 0 inside. coarse: crossing and through
    [m3/s] and level [m]. rain: depth [m] and peak [m/s].
    """

    domain: Domain
    factor: int
    edge: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray
    flow: np.ndarray
    steepness: np.ndarray
    below: np.ndarray
    crossing: np.ndarray
    through: np.ndarray
    level: np.ndarray
    rain: tuple[float, float]

    def part(self, rows: slice, cols: slice) -> Seen:
        """A window whose start is a multiple of the factor; it must have data."""
        here = (rows, cols)
        coarse = tuple(slice(one.start // self.factor, -(-one.stop // self.factor)) for one in here)
        whole = self.domain
        manning = whole.manning if np.ndim(whole.manning) == 0 else np.asarray(whole.manning)[here]
        fine = {name: getattr(self, name)[here] for name in ("edge", "depth", "arrival", "flow", "steepness", "below")}
        coarser = {name: getattr(self, name)[coarse] for name in ("crossing", "through", "level")}
        cut = Domain(whole.elevation[here], whole.dx, whole.dy, manning, whole.open_edges)
        return replace(self, domain=cut, **fine, **coarser)


def seen(domain: Domain, physics: Physics, rain: Hydrograph | None) -> Seen:
    """The whole of a flood."""
    ways, highest = physics.thin_flow, physics.coarse.highest
    return Seen(
        domain,
        ways.factor,
        _edge(domain),
        physics.max_depth,
        physics.arrival,
        ways.flow,
        ways.steepness,
        ways.hollow_depth,
        ways.coarse_flow,
        highest.through,
        highest.level,
        (float(rain.volumes[-1]), float(rain.rates.max())) if rain is not None else (0.0, 0.0),
    )


class _Fine(NamedTuple):
    """A part's cells as the loops read them; shape (rows, cols), float32 but for the ground and the edge.

    smooth: level as `interpolate_level` has it, float64 [m]. manning: see `manning_array`. width: of a cell [m].
    """

    ground: np.ndarray
    depth: np.ndarray
    arrival: np.ndarray
    flow: np.ndarray
    steepness: np.ndarray
    below: np.ndarray
    edge: np.ndarray
    smooth: np.ndarray
    manning: np.ndarray
    width: float


class _Coarse(NamedTuple):
    """The coarse cells around them: level, far below all ground where there is none [m]; flow; see `deepening`."""

    factor: int
    level: np.ndarray
    through: np.ndarray
    deeper: np.ndarray


def inputs(flood: Seen) -> np.ndarray:
    """Shape (rows, cols, len(NAMES)), float32, in the order of NAMES; zero where there is no data."""
    domain, factor = flood.domain, flood.factor
    level = np.where(np.isfinite(flood.level), flood.level, -1e9)
    through = np.nan_to_num(flood.through)
    width, (total, peak) = float(np.sqrt(domain.dx * domain.dy)), flood.rain
    ground, edge = np.ascontiguousarray(domain.elevation), np.ascontiguousarray(flood.edge)
    depth, arrival, flow, steepness, below = (
        np.ascontiguousarray(one, np.float32)
        for one in (flood.depth, flood.arrival, flood.flow, flood.steepness, flood.below)
    )
    smooth, manning = interpolate_level(domain, level, factor), manning_array(domain)
    fine = _Fine(ground, depth, arrival, flow, steepness, below, edge, smooth, manning, width)
    coarse = _Coarse(factor, level, through.astype(np.float64), thin_depth_factor(through, flood.crossing))
    made, whole = np.empty((*ground.shape, len(NAMES)), dtype=np.float32), np.zeros(len(NAMES), dtype=np.float32)
    whole[GROUND], whole[CELL], whole[FACTOR] = 1.0, np.log(width / TYPICAL) / 2.0, factor - 2.5
    whole[RAIN], whole[RAIN_PEAK] = np.log1p(total / 0.005), np.log1p(peak / 1e-6) / 2.0
    _fill_water(fine, coarse, whole, made)
    _fill_ground(fine, factor, domain.dx, domain.dy, made)
    base, sums, counts = float(np.nanmean(ground)), np.zeros(ground.shape[1]), np.zeros(ground.shape[1])
    for place, side in enumerate(AROUND):
        _fill_above(ground, base, side, sums, counts, made, ABOVE + place)
    _bound(ground, np.float32(LARGEST), made)
    return made


@compiled
def _scaled(depth: float) -> float:
    """As `scaled`; dry for NaN."""
    return float(np.log1p(depth / FINEST)) if depth > 0.0 else 0.0


@compiled
def _fill_water(fine: _Fine, coarse: _Coarse, whole: np.ndarray, made: np.ndarray) -> None:
    """The inputs that say where water stands and runs, and those of the whole flood."""
    factor, width = coarse.factor, fine.width
    for row in range(made.shape[0]):
        for col in range(made.shape[1]):
            here, place, ground = row // factor, col // factor, fine.ground[row, col]
            n, steep = manning_at(fine.manning, row, col), max(float(fine.steepness[row, col]), NORMAL_FLOW_STEEPNESS)
            flow, smooth = float(fine.flow[row, col]), fine.smooth[row, col] - ground
            cell, routed = made[row, col], normal_depth(flow, n, width, steep)
            for number in range(whole.shape[0]):
                cell[number] = whole[number]
            cell[DEPTH] = _scaled(float(fine.depth[row, col]))
            cell[POOL] = _scaled(coarse.level[here, place] - ground)
            cell[SMOOTH] = _scaled(smooth)
            cell[LEVEL] = np.arcsinh(min(max(smooth, -50.0), 50.0) / 0.1) / 2.0
            cell[RUNNING] = _scaled(routed * coarse.deeper[here, place])
            cell[ROUTED] = _scaled(routed)
            cell[FLOW] = np.log1p(coarse.through[here, place] / (width * factor) / 1e-4) / 2.0
            cell[ROUTED_FLOW] = np.log1p(flow / width / 1e-4) / 2.0
            arrival = float(fine.arrival[row, col])
            cell[ARRIVAL] = 0.0 if np.isnan(arrival) else 1.0 / (1.0 + arrival / 1800.0)


@compiled
def _height(ground: np.ndarray, row: int, col: int, own: float) -> float:
    """Of a neighbour; the cell's own where that has no data or lies off the grid."""
    if row < 0 or col < 0 or row == ground.shape[0] or col == ground.shape[1] or np.isnan(ground[row, col]):
        return own
    return float(ground[row, col])


@compiled
def _fill_ground(fine: _Fine, factor: int, dx: float, dy: float, made: np.ndarray) -> None:
    """The inputs that say what the ground is like; falls are half the drop between the neighbours on both sides."""
    for row in range(made.shape[0]):
        for col in range(made.shape[1]):
            cell, own = made[row, col], fine.ground[row, col]
            fall_east = 0.5 * (_height(fine.ground, row, col - 1, own) - _height(fine.ground, row, col + 1, own))
            fall_south = 0.5 * (_height(fine.ground, row - 1, col, own) - _height(fine.ground, row + 1, col, own))
            cell[FALL_EAST] = np.arcsinh(fall_east / dx / 0.005) / 2.0
            cell[FALL_SOUTH] = np.arcsinh(fall_south / dy / 0.005) / 2.0
            cell[STEEPNESS] = np.log1p(float(fine.steepness[row, col]) / 0.01)
            cell[HOLLOW] = _scaled(float(fine.below[row, col]))
            cell[EDGE] = fine.edge[row, col]
            cell[MANNING] = np.log(max(manning_at(fine.manning, row, col), 0.005) / 0.05)
            cell[ROW] = (row % factor + 0.5) / factor - 0.5
            cell[COLUMN] = (col % factor + 0.5) / factor - 0.5


@compiled
def _count_row(ground: np.ndarray, base: float, row: int, sign: float, sums: np.ndarray, counts: np.ndarray) -> None:
    """Add a row's heights above base, and how many there are, to those of each column, or take them away."""
    for col in range(sums.shape[0] if 0 <= row < ground.shape[0] else 0):
        if not np.isnan(ground[row, col]):
            sums[col] += sign * (ground[row, col] - base)
            counts[col] += sign


@compiled
def _fill_above(
    ground: np.ndarray, base: float, side: int, sums: np.ndarray, counts: np.ndarray, made: np.ndarray, place: int
) -> None:
    """Height above the mean of the cells with data in a square about each cell; base: a height like all [m].

    sums, counts: room for a row, of what the square's rows hold in each column.
    """
    rows, cols = ground.shape
    half = side // 2
    for col in range(cols):
        sums[col], counts[col] = 0.0, 0.0
    for row in range(half):
        _count_row(ground, base, row, 1.0, sums, counts)
    for row in range(rows):
        _count_row(ground, base, row + half, 1.0, sums, counts)
        _count_row(ground, base, row - half - 1, -1.0, sums, counts)
        total, count = 0.0, 0.0
        for col in range(-half, cols):
            if col + half < cols:
                total += sums[col + half]
                count += counts[col + half]
            if col - half > 0:
                total -= sums[col - half - 1]
                count -= counts[col - half - 1]
            if col >= 0:
                above = ground[row, col] - base - total / max(count, 1.0)
                made[row, col, place] = np.arcsinh(above / (0.02 * side)) / 1.5


@compiled
def _bound(ground: np.ndarray, largest: np.float32, made: np.ndarray) -> None:
    """Keep all inputs from -largest to largest, and at zero where there is no data."""
    for row in range(made.shape[0]):
        for col in range(made.shape[1]):
            cell, valid = made[row, col], not np.isnan(ground[row, col])
            for number in range(cell.shape[0]):
                cell[number] = min(max(cell[number], -largest), largest) if valid else np.float32(0.0)


def _edge(domain: Domain) -> np.ndarray:
    edge = np.zeros(domain.elevation.shape, dtype=np.int8)
    rims = {"north": edge[0], "south": edge[-1], "west": edge[:, 0], "east": edge[:, -1]}
    for name, rim in rims.items():
        rim[:] = np.where((rim == 1) | (name in domain.open_edges), 1, -1)
    return edge
