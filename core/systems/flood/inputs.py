"""What the network sees of a flood: the physics' answer and the ground, as numbers of about one on the fine grid.

Depths are logarithmic from a few millimetres on, so that a film and a river are both seen; heights are relative to
their surroundings, because the network must work on terrain that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.systems.flood import pooling
from core.systems.flood.domain import Domain, Hydrograph
from core.systems.flood.physics import Physics

FINEST = 0.01  # depth from which on the scale is logarithmic [m]
AROUND = (3, 9, 31)  # sides of the squares to whose mean heights are relative [cells]
NAMES = (
    "depth", "pool", "smooth pool", "level above ground", "running", "routed", "flow", "routed flow", "arrival",
    "above 3", "above 9", "above 31", "fall east", "fall south", "steepness", "hollow", "ground", "edge", "manning",
    "cell size", "factor", "rain", "rain peak", "row in block", "column in block",
)  # fmt: skip
GROUND_ALONE = ("routed", "routed flow", *NAMES[9:20], "rain", "rain peak")  # what needs no coarse solve
LARGEST = 12.0  # of any input
TYPICAL = 10.0  # cell size whose input is zero [m]


def scaled(depth: np.ndarray) -> np.ndarray:
    """Depth [m] as the network reads and answers it."""
    return np.asarray(np.log1p(np.maximum(depth, 0.0) / FINEST))


def unscaled(value: np.ndarray) -> np.ndarray:
    """The inverse of `scaled`, from zero to a depth that no flood has [m]."""
    return np.asarray(FINEST * np.expm1(np.clip(value, 0.0, LARGEST)))


def cell_size(value: np.ndarray) -> np.ndarray:
    """Of the input of that name [m]."""
    return np.asarray(TYPICAL * np.exp(2.0 * value))


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
    ways, highest = physics.ways, physics.coarse.highest
    return Seen(
        domain,
        ways.factor,
        _edge(domain),
        physics.max_depth,
        physics.arrival,
        ways.flow,
        ways.steepness,
        ways.below,
        ways.crossing,
        highest.through,
        highest.level,
        (float(rain.volumes[-1]), float(rain.rates.max())) if rain is not None else (0.0, 0.0),
    )


def inputs(flood: Seen) -> np.ndarray:
    """Shape (rows, cols, len(NAMES)), float32, in the order of NAMES; zero where there is no data."""
    domain, factor = flood.domain, flood.factor
    ground, shape = domain.elevation, domain.elevation.shape
    valid, width = np.isfinite(ground), float(np.sqrt(domain.dx * domain.dy))
    filled = np.where(valid, ground, 0.0)
    level = np.where(np.isfinite(flood.level), flood.level, -1e9)
    smooth = pooling.between(domain, level, factor) - filled
    through = np.nan_to_num(flood.through)
    ratio = np.where(flood.crossing > 0, through / np.maximum(flood.crossing, 1e-12), 0.0)
    running = flood.flow * pooling.spread(ratio, factor, shape)
    fall_south, fall_east = _falls(filled, valid)
    rows, cols = np.arange(shape[0])[:, None], np.arange(shape[1])
    total, peak = flood.rain
    parts = {
        "depth": scaled(np.nan_to_num(flood.depth)),
        "pool": scaled(pooling.spread(level, factor, shape) - filled),
        "smooth pool": scaled(smooth),
        "level above ground": np.arcsinh(np.clip(smooth, -50.0, 50.0) / 0.1) / 2.0,
        "running": scaled(pooling.normal_depth(domain, running, flood.steepness, pooling.STEEP)),
        "routed": scaled(pooling.normal_depth(domain, flood.flow, flood.steepness, pooling.STEEP)),
        "flow": np.log1p(pooling.spread(through, factor, shape) / (width * factor) / 1e-4) / 2.0,
        "routed flow": np.log1p(flood.flow / width / 1e-4) / 2.0,
        "arrival": np.nan_to_num(1.0 / (1.0 + flood.arrival / 1800.0)),
        **{f"above {side}": np.arcsinh((filled - _mean(filled, valid, side)) / (0.02 * side)) / 1.5 for side in AROUND},
        "fall east": np.arcsinh(fall_east / domain.dx / 0.005) / 2.0,
        "fall south": np.arcsinh(fall_south / domain.dy / 0.005) / 2.0,
        "steepness": np.log1p(flood.steepness / 0.01),
        "hollow": scaled(flood.below),
        "ground": 1.0,
        "edge": flood.edge,
        "manning": np.log(np.maximum(domain.manning, 0.005) / 0.05),
        "cell size": np.log(width / TYPICAL) / 2.0,
        "factor": factor - 2.5,
        "rain": np.log1p(total / 0.005),
        "rain peak": np.log1p(peak / 1e-6) / 2.0,
        "row in block": (rows % factor + 0.5) / factor - 0.5,
        "column in block": (cols % factor + 0.5) / factor - 0.5,
    }
    made = np.zeros((*shape, len(NAMES)), dtype=np.float32)
    for place, name in enumerate(NAMES):
        made[..., place] = np.where(valid, np.clip(parts.pop(name), -LARGEST, LARGEST), 0.0)
    return made


def _mean(filled: np.ndarray, valid: np.ndarray, side: int) -> np.ndarray:
    """Mean of the cells with data in a square about each cell."""
    from scipy.ndimage import uniform_filter

    share = uniform_filter(valid.astype(np.float64), side, mode="constant")
    base = float(filled[valid].mean())
    total = uniform_filter(np.where(valid, filled - base, 0.0), side, mode="constant")
    return np.asarray(base + total / np.maximum(share, 1e-9))


def _falls(filled: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the drop between the neighbours south and north, and east and west, a neighbour without data being level."""
    padded = np.pad(np.where(valid, filled, np.nan), 1, constant_values=np.nan)
    here = padded[1:-1, 1:-1]
    north, south, west, east = (
        np.where(np.isfinite(one), one, here)
        for one in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    )
    return np.nan_to_num(0.5 * (north - south)), np.nan_to_num(0.5 * (west - east))


def _edge(domain: Domain) -> np.ndarray:
    edge = np.zeros(domain.elevation.shape, dtype=np.int8)
    rims = {"north": edge[0], "south": edge[-1], "west": edge[:, 0], "east": edge[:, -1]}
    for name, rim in rims.items():
        rim[:] = np.where((rim == 1) | (name in domain.open_edges), 1, -1)
    return edge
