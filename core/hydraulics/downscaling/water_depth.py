"""From levels and flows of coarse cells to depth on the fine terrain.

Two kinds of water meet: in hollows and over flooded ground it stands at a level, which the coarse cells have; on slopes
it runs thin (`drainage.thin_flow`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.constants import WALL
from core.hydraulics.domain import Domain
from core.hydraulics.downscaling.water_level import interpolate_level
from core.hydraulics.drainage.manning import EXPONENT, manning_array, manning_at, normal_depth
from core.hydraulics.drainage.thin_flow import LEVEL, NORMAL_FLOW_STEEPNESS, ThinFlow
from core.hydraulics.jit import compiled
from core.hydraulics.subgrid.results import SubgridSnapshot


class FineTerrain(NamedTuple):
    """What depths are found on, the same at all times; float64, shape (rows, cols).

    domain: the fine terrain.
    factor: fine cells along a coarse cell's side.
    elevation: ground, contiguous, NaN for no data [m].
    thin_depth: normal depth of the routed flow where nothing but it runs, negative where water may stand [m].
    coarse_flow: routed discharge through each coarse cell, see `ThinFlow` [m3/s].
    """

    domain: Domain
    factor: int
    elevation: np.ndarray
    thin_depth: np.ndarray
    coarse_flow: np.ndarray


def fine_terrain(domain: Domain, thin_flow: ThinFlow) -> FineTerrain:
    """The ground with the normal depth of the thin flow down it."""
    elevation, thin_depth = np.ascontiguousarray(domain.elevation), np.empty(domain.elevation.shape)
    width = float(np.sqrt(domain.dx * domain.dy))
    _find_thin_depth(thin_flow, manning_array(domain), width, thin_depth)
    return FineTerrain(domain, thin_flow.factor, elevation, thin_depth, thin_flow.coarse_flow)


@compiled
def _find_thin_depth(thin_flow: ThinFlow, manning: np.ndarray, width: float, thin_depth: np.ndarray) -> None:
    """Fill `thin_depth`, see `FineTerrain`; manning: from `manning_array`; width: of a cell [m]."""
    flow, steepness = thin_flow.flow, thin_flow.steepness
    for row in range(thin_depth.shape[0]):
        for col in range(thin_depth.shape[1]):
            thin_depth[row, col] = -1.0
            if steepness[row, col] > NORMAL_FLOW_STEEPNESS and thin_flow.hollow_depth[row, col] <= LEVEL:
                n = manning_at(manning, row, col)
                thin_depth[row, col] = normal_depth(flow[row, col], n, width, steepness[row, col])


def downscale_depth(terrain: FineTerrain, water: SubgridSnapshot) -> np.ndarray:
    """Depth on the fine terrain from the water in coarse cells, shape (rows, cols) [m], NaN where there is no data.

    Standing water has the mean of the coarse cell's own level and of the level interpolated between cells; where thin
    flow is deeper, it counts. On a free slope where no more than half a coarse cell's width is wet, the pool of the
    coarse cell stands for running water: half of it counts, and the whole of the thin flow.

    terrain: from `fine_terrain`.
    water: levels and flows of the coarse cells.
    """
    level = np.where(np.isfinite(water.level), water.level, -WALL)
    depth, fine_level = np.empty(terrain.elevation.shape), interpolate_level(terrain.domain, level, terrain.factor)
    thin_factor = thin_depth_factor(water.through, terrain.coarse_flow)
    _fill_depth(terrain.elevation, level, fine_level, thin_factor, terrain.thin_depth, terrain.factor, depth)
    return depth


def thin_depth_factor(flow: np.ndarray, routed_flow: np.ndarray) -> np.ndarray:
    """How many times deeper thin flow is than that of the routed discharge: (Q / Q_routed) ** 0.6, by Manning.

    flow: discharge through each coarse cell, NaN for none [m3/s].
    routed_flow: routed discharge through each coarse cell [m3/s]; where it is zero, so is the factor.
    """
    ratio = np.nan_to_num(flow) / np.maximum(routed_flow, 1e-12)
    return np.where(routed_flow > 0, np.maximum(ratio, 0.0) ** EXPONENT, 0.0)


@compiled
def _fill_depth(
    elevation: np.ndarray,
    level: np.ndarray,
    fine_level: np.ndarray,
    thin_factor: np.ndarray,
    thin_depth: np.ndarray,
    factor: int,
    depth: np.ndarray,
) -> None:
    """Fill the depth of each fine cell, see `downscale_depth`.

    elevation: ground, shape (rows, cols), NaN for no data [m].
    level: level of coarse cells, shape (coarse rows, coarse cols) [m].
    fine_level: level interpolated to fine cells [m].
    thin_factor: from `thin_depth_factor`, of coarse cells.
    thin_depth: see `FineTerrain` [m].
    factor: fine cells along a coarse cell's side.
    depth: shape (rows, cols) [m].
    """
    for coarse_row in range(level.shape[0]):
        top, bottom = coarse_row * factor, min((coarse_row + 1) * factor, elevation.shape[0])
        for coarse_col in range(level.shape[1]):
            left, right = coarse_col * factor, min((coarse_col + 1) * factor, elevation.shape[1])
            own_level, wet = level[coarse_row, coarse_col], 0
            for row in range(top, bottom):
                for col in range(left, right):
                    wet += own_level > elevation[row, col]
            for row in range(top, bottom):
                for col in range(left, right):
                    ground = elevation[row, col]
                    pool = max(own_level - ground, 0.0)
                    thin = max(thin_depth[row, col], 0.0) * thin_factor[coarse_row, coarse_col]
                    if np.isnan(ground):
                        depth[row, col] = np.nan
                    elif thin_depth[row, col] >= 0.0 and wet <= factor / 2:
                        depth[row, col] = 0.5 * (thin + max(pool, thin))
                    else:
                        depth[row, col] = max(0.5 * (max(fine_level[row, col] - ground, 0.0) + pool), thin)
