"""What the network sees of a flood: the physics' forecast and the ground, as numbers of about one on the fine grid.

Depths are logarithmic (`depth_scale`); heights are relative to their surroundings, because the network must work on
terrain that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.hydraulics.domain import Domain, Hydrograph
from core.hydraulics.downscaling.water_depth import thin_depth_factor
from core.hydraulics.downscaling.water_level import interpolate_level
from core.hydraulics.drainage.manning import manning_array
from core.systems.flood.correction import feature_loops
from core.systems.flood.correction.depth_scale import MAX_SCALED
from core.systems.flood.correction.feature_loops import CoarseFields, FineFields
from core.systems.flood.correction.feature_names import (
    ABOVE,
    CELL_SIZE,
    FACTOR,
    GROUND,
    NAMES,
    RAIN,
    RAIN_PEAK,
    WINDOW_SIDES,
)
from core.systems.flood.physics import Physics

TYPICAL_CELL_SIZE = 10.0  # whose input is zero [m]


@dataclass(frozen=True)
class FloodFields:
    """All that the features of a part of a flood are computed from; the part starts on the corner of a coarse cell.

    domain: the ground.
    factor: fine cells along a side of a coarse one.
    edge: 1 on the rim of the terrain where water may leave, -1 where it may not, 0 inside, shape (rows, cols).
    depth: greatest depth of the physics, shape (rows, cols) [m].
    arrival: first time with 0.05 m, NaN for never, shape (rows, cols) [s].
    flow, steepness, below: of thin flow, see `core.hydraulics.drainage.thin_flow`; shape (rows, cols).
    crossing: routed discharge through each coarse cell, shape (coarse rows, coarse cols) [m3/s].
    through: greatest discharge through each coarse cell, likewise [m3/s].
    level: highest water level of each coarse cell, likewise [m].
    rain: depth in all [m] and greatest rate [m/s].
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

    def window(self, rows: slice, cols: slice) -> FloodFields:
        """The fields of some rows and columns, which start at a multiple of the factor and have data somewhere."""
        fine = (rows, cols)
        coarse = tuple(slice(side.start // self.factor, -(-side.stop // self.factor)) for side in fine)
        domain = self.domain
        manning = domain.manning if np.ndim(domain.manning) == 0 else np.asarray(domain.manning)[fine]
        return replace(
            self,
            domain=Domain(domain.elevation[fine], domain.dx, domain.dy, manning, domain.open_edges),
            edge=self.edge[fine],
            depth=self.depth[fine],
            arrival=self.arrival[fine],
            flow=self.flow[fine],
            steepness=self.steepness[fine],
            below=self.below[fine],
            crossing=self.crossing[coarse],
            through=self.through[coarse],
            level=self.level[coarse],
        )


def collect_fields(domain: Domain, physics: Physics, rain: Hydrograph | None) -> FloodFields:
    """The fields of a whole flood.

    domain: the ground that the water ran on.
    physics: the forecast without the network.
    rain: what fell, None for none.
    """
    thin_flow, highest = physics.thin_flow, physics.coarse.highest
    return FloodFields(
        domain,
        thin_flow.factor,
        _edge(domain),
        physics.max_depth,
        physics.arrival,
        thin_flow.flow,
        thin_flow.steepness,
        thin_flow.hollow_depth,
        thin_flow.coarse_flow,
        highest.through,
        highest.level,
        (float(rain.volumes[-1]), float(rain.rates.max())) if rain is not None else (0.0, 0.0),
    )


def compute_features(flood: FloodFields) -> np.ndarray:
    """The network's input: float32 of shape (rows, cols, len(NAMES)), in the order of NAMES; zero without data."""
    domain, factor = flood.domain, flood.factor
    level = np.where(np.isfinite(flood.level), flood.level, -1e9)
    through = np.nan_to_num(flood.through)
    width = float(np.sqrt(domain.dx * domain.dy))
    ground, edge = np.ascontiguousarray(domain.elevation), np.ascontiguousarray(flood.edge)
    depth, arrival, flow, steepness, below = (
        np.ascontiguousarray(field, np.float32)
        for field in (flood.depth, flood.arrival, flood.flow, flood.steepness, flood.below)
    )
    smooth, manning = interpolate_level(domain, level, factor), manning_array(domain)
    fine = FineFields(ground, depth, arrival, flow, steepness, below, edge, smooth, manning, width)
    coarse = CoarseFields(factor, level, through.astype(np.float64), thin_depth_factor(through, flood.crossing))
    features = np.empty((*ground.shape, len(NAMES)), dtype=np.float32)
    feature_loops.fill_water(fine, coarse, _common_features(width, factor, flood.rain), features)
    feature_loops.fill_ground(fine, factor, domain.dx, domain.dy, features)
    base, sums, counts = float(np.nanmean(ground)), np.zeros(ground.shape[1]), np.zeros(ground.shape[1])
    for index, side in enumerate(WINDOW_SIDES):
        feature_loops.fill_relative_height(ground, base, side, sums, counts, features, ABOVE + index)
    feature_loops.limit(ground, np.float32(MAX_SCALED), features)
    return features


def _common_features(width: float, factor: int, rain: tuple[float, float]) -> np.ndarray:
    """The features that all cells of a flood share, zero for the others; float32 of shape (len(NAMES),).

    width: of a cell [m].
    factor: fine cells along a side of a coarse one.
    rain: depth in all [m] and greatest rate [m/s].
    """
    common, (total, peak) = np.zeros(len(NAMES), dtype=np.float32), rain
    common[GROUND], common[CELL_SIZE] = 1.0, np.log(width / TYPICAL_CELL_SIZE) / 2.0
    common[FACTOR] = factor - 2.5
    common[RAIN], common[RAIN_PEAK] = np.log1p(total / 0.005), np.log1p(peak / 1e-6) / 2.0
    return common


def _edge(domain: Domain) -> np.ndarray:
    """1 on the rim where water may leave, -1 where it may not, 0 inside; int8 of shape (rows, cols).

    A corner is open if one of its sides is.
    """
    edge = np.zeros(domain.elevation.shape, dtype=np.int8)
    rims = {"north": edge[0], "south": edge[-1], "west": edge[:, 0], "east": edge[:, -1]}
    for name, rim in rims.items():
        rim[:] = np.where((rim == 1) | (name in domain.open_edges), 1, -1)
    return edge
