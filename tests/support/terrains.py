"""Invented terrain: smooth hills from a seed, a rough hillside with a storm and a river; a forecast of given depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from affine import Affine
from scipy.ndimage import gaussian_filter

from core.hydraulics.domain import Domain, Inflow, hydrograph
from core.hydraulics.results import Balance
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.terrain.terrain import Terrain

STORM = hydrograph([(0, 20), (600, 90), (1500, 0)], 1 / 3.6e6)
ALL = frozenset({"north", "east", "south", "west"})

UTM = "EPSG:32633"
CORNER = (500_000.0, 5_000_000.0)  # of the grid, upper left [m]


def hills(rows: int, cols: int, seed: int = 0, height: float = 2.0, rough: float = 0.05) -> np.ndarray:
    """Elevation of shape (rows, cols) [m]: about `height` between hollow and hill, and noise of `rough` on it."""
    random = np.random.default_rng(seed)
    smooth = gaussian_filter(random.normal(size=(rows, cols)), 4.0, mode="nearest", radius=12)
    return 50.0 + height * smooth / max(np.ptp(smooth), 1e-9) + rough * random.random((rows, cols))


def invented(max_depth: np.ndarray, crs: str | None = UTM, corner: tuple[float, float] = CORNER, **change: Any) -> Any:
    """A forecast of 10 x 10 m cells whose depth is `max_depth` all the time; NaN is no data. Resting, unless said."""
    deep = max_depth.astype(np.float32)
    transform = Affine.translation(*corner) @ Affine.scale(10, -10)
    ground = Terrain(np.where(np.isnan(deep), np.nan, 100.0), 10.0, 10.0, crs, transform, crs)
    still = np.zeros((1, *deep.shape), np.float32)
    given = {
        "terrain": ground,
        "lead_times": (600.0,),
        "depth": deep[None],
        "east": still,
        "south": still,
        "max_depth": deep,
        "arrival": np.where(deep >= 0.05, 60.0, np.nan).astype(np.float32),
        "max_speed": np.zeros_like(deep),
        "balance": Balance(0.0, 0.0, 0.0, 0.0),
        "engine": "solver",
        "mode": None,
        "version": None,
        "seconds": 0.1,
    }
    return FloodForecast(**{**given, **change})


def rough(open_edges: frozenset[str] = ALL) -> Domain:
    """Hills on a slope of 61 x 75 cells of 10 m, with a hole without data."""
    ground = hills(61, 75, height=6.0) + np.linspace(3, 0, 75)
    ground[30:34, 40:50] = np.nan
    return Domain(ground, 10.0, 10.0, 0.03, open_edges)


def river() -> Inflow:
    """Up to 15 m3/s in one cell of it."""
    return Inflow(np.array([[20, 20]]), hydrograph([(0, 0), (600, 15), (1800, 5)]))
