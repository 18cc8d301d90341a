"""From coarse levels and flows to depth on the fine terrain.

Two kinds of water meet: in hollows and over flooded ground it stands at a level, which the coarse cells have; on slopes
it runs thin (`films`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.domain import Domain
from core.hydraulics.drainage.thin_flow import EXPONENT, LEVEL, STEEP, Ways, manning_at, normal_depth, roughness
from core.hydraulics.jit import compiled
from core.hydraulics.local_inertial.kernels import WALL
from core.hydraulics.subgrid.results import SubgridSnapshot


class Bed(NamedTuple):
    """What depths are found on, the same at all times; float64, shape (rows, cols).

    thin: depth of the routed flow where nothing but it runs, negative where water may stand [m]. crossing: see Ways.
    """

    domain: Domain
    factor: int
    elevation: np.ndarray
    thin: np.ndarray
    crossing: np.ndarray


def bed(domain: Domain, ways: Ways) -> Bed:
    """Of the ground and how water runs down it."""
    elevation, thin = np.ascontiguousarray(domain.elevation), np.empty(domain.elevation.shape)
    _thin(ways.flow, ways.steepness, ways.below, roughness(domain), float(np.sqrt(domain.dx * domain.dy)), thin)
    return Bed(domain, ways.factor, elevation, thin, ways.crossing)


@compiled
def _thin(
    flow: np.ndarray, steepness: np.ndarray, below: np.ndarray, rough: np.ndarray, width: float, made: np.ndarray
) -> None:
    for row in range(made.shape[0]):
        for col in range(made.shape[1]):
            made[row, col] = -1.0
            if steepness[row, col] > STEEP and below[row, col] <= LEVEL:
                made[row, col] = normal_depth(flow[row, col], manning_at(rough, row, col), width, steepness[row, col])


def depths(bed: Bed, water: SubgridSnapshot) -> np.ndarray:
    """Depth on the fine grid [m], NaN where there is no data.

    Where only a corner of a coarse cell is wet on a free slope, its pool stands for running water: half of it counts,
    and the whole of what the routed flow gives. Elsewhere the deeper of the two.
    """
    level = np.where(np.isfinite(water.level), water.level, -WALL)
    made, smooth = np.empty(bed.elevation.shape), between(bed.domain, level, bed.factor)
    _pour(bed.elevation, level, smooth, deepening(water.through, bed.crossing), bed.thin, bed.factor, made)
    return made


def deepening(through: np.ndarray, crossing: np.ndarray) -> np.ndarray:
    """By what factor thin water is deeper than that of the routed flow; coarse, zero where nothing was routed."""
    ratio = np.nan_to_num(through) / np.maximum(crossing, 1e-12)
    return np.where(crossing > 0, np.maximum(ratio, 0.0) ** EXPONENT, 0.0)


@compiled
def _pour(
    elevation: np.ndarray,
    level: np.ndarray,
    smooth: np.ndarray,
    deeper: np.ndarray,
    thin: np.ndarray,
    factor: int,
    made: np.ndarray,
) -> None:
    """Depth of each fine cell, see `depths`; level and `deeper` are coarse."""
    for block_row in range(level.shape[0]):
        top, bottom = block_row * factor, min((block_row + 1) * factor, elevation.shape[0])
        for block_col in range(level.shape[1]):
            left, right = block_col * factor, min((block_col + 1) * factor, elevation.shape[1])
            stands, wet = level[block_row, block_col], 0
            for row in range(top, bottom):
                for col in range(left, right):
                    wet += stands > elevation[row, col]
            for row in range(top, bottom):
                for col in range(left, right):
                    ground = elevation[row, col]
                    pool, runs = max(stands - ground, 0.0), max(thin[row, col], 0.0) * deeper[block_row, block_col]
                    if np.isnan(ground):
                        made[row, col] = np.nan
                    elif thin[row, col] >= 0.0 and wet <= factor / 2:
                        made[row, col] = 0.5 * (runs + max(pool, runs))
                    else:
                        made[row, col] = max(0.5 * (max(smooth[row, col] - ground, 0.0) + pool), runs)


def between(domain: Domain, level: np.ndarray, factor: int) -> np.ndarray:
    """The level at each fine cell's centre, linear between coarse centres whose water is one; else the cell's own."""
    made: np.ndarray = np.empty(domain.elevation.shape)
    side_rows, by_rows = _neighbour(np.arange(made.shape[0]), factor, level.shape[0])
    side_cols, by_cols = _neighbour(np.arange(made.shape[1]), factor, level.shape[1])
    joined_x, joined_y = _joined(domain, level, factor)
    _interpolate(level, joined_x, joined_y, factor, side_rows, side_cols, by_rows, by_cols, made)
    return made


@compiled
def _interpolate(
    level: np.ndarray,
    joined_x: np.ndarray,
    joined_y: np.ndarray,
    factor: int,
    side_rows: np.ndarray,
    side_cols: np.ndarray,
    by_rows: np.ndarray,
    by_cols: np.ndarray,
    made: np.ndarray,
) -> None:
    """See `between`; sides and weights are those of `_neighbour`, of all rows and all columns."""
    for row in range(made.shape[0]):
        here, side_row, by_row = row // factor, side_rows[row], by_rows[row]
        for col in range(made.shape[1]):
            place, side_col, by_col = col // factor, side_cols[col], by_cols[col]
            own = level[here, place]
            along_x = joined_x[here, max(place, side_col)]
            along_y = joined_y[max(here, side_row), place]
            found = own
            if along_x:
                found += by_col * (1 - by_row) * (level[here, side_col] - own)
            if along_y:
                found += by_row * (1 - by_col) * (level[side_row, place] - own)
            if along_x and along_y and joined_x[side_row, max(place, side_col)]:
                found += by_row * by_col * (level[side_row, side_col] - own)
            made[row, col] = found


def _neighbour(cells: np.ndarray, factor: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The coarse neighbour on a fine cell's side, and the weight of it in place of the cell's own centre."""
    offset = (cells + 0.5) / factor - (cells // factor + 0.5)
    beside = np.clip(cells // factor + np.where(offset < 0, -1, 1), 0, count - 1)
    return beside, np.abs(offset)


def _joined(domain: Domain, level: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether the water on both sides of the left (upper) face stands above its lowest sill; a cell joins itself."""
    joined_x, joined_y = np.ones(level.shape, dtype=bool), np.ones(level.shape, dtype=bool)
    _join(np.ascontiguousarray(domain.elevation), level, factor, joined_x, joined_y)
    return joined_x, joined_y


@compiled
def _join(elevation: np.ndarray, level: np.ndarray, factor: int, joined_x: np.ndarray, joined_y: np.ndarray) -> None:
    """See `_joined`. A sill is the higher ground beside a sub-face; one without data on a side is a wall."""
    rows, cols = elevation.shape
    for here in range(level.shape[0]):
        for place in range(level.shape[1]):
            top, left, own = here * factor, place * factor, level[here, place]
            if place > 0:
                sill = WALL
                for row in range(top, min(top + factor, rows)):
                    a, b = elevation[row, left - 1], elevation[row, left]
                    sill = min(sill, max(a, b)) if a < WALL and b < WALL else sill
                joined_x[here, place] = min(level[here, place - 1], own) > sill
            if here > 0:
                sill = WALL
                for col in range(left, min(left + factor, cols)):
                    a, b = elevation[top - 1, col], elevation[top, col]
                    sill = min(sill, max(a, b)) if a < WALL and b < WALL else sill
                joined_y[here, place] = min(level[here - 1, place], own) > sill
