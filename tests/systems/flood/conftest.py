"""Invented terrain: smooth hills with some noise, from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from scipy.ndimage import gaussian_filter

from core.systems.flood import sample
from core.systems.flood.event import Event
from core.systems.flood.event import read as read_event
from core.systems.flood.forecast import FloodForecast, of_simulation
from core.systems.flood.solver import Balance, solve
from core.systems.flood.terrain import Terrain

UTM = "EPSG:32633"
CORNER = (500_000.0, 5_000_000.0)  # of the grid, upper left [m]
CHECKOUT = Path(__file__).resolve().parents[3]
SHARED = CHECKOUT.parent / "shared" / "data" / "flood"


def hills(rows: int, cols: int, seed: int = 0, height: float = 2.0, rough: float = 0.05) -> np.ndarray:
    """Elevation of shape (rows, cols) [m]: about `height` between hollow and hill, and noise of `rough` on it."""
    random = np.random.default_rng(seed)
    smooth = gaussian_filter(random.normal(size=(rows, cols)), 4.0, mode="nearest", radius=12)
    return 50.0 + height * smooth / max(np.ptp(smooth), 1e-9) + rough * random.random((rows, cols))


@pytest.fixture
def shared_flood() -> Path:
    """The project's terrain and events, which are not in the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the terrain in {SHARED}, which is not part of the repository")
    return SHARED


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


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample area's event on a coarse grid."""
    return sample.write(tmp_path_factory.mktemp("valley"), cells=96, cell_size=20.0)


@pytest.fixture(scope="session")
def valley(sample_folder: Path) -> Event:
    """The same, as it is read."""
    return read_event(sample_folder)


@pytest.fixture(scope="session")
def forecast(valley: Event) -> FloodForecast:
    """What the solver says about it."""
    run = solve(valley.domain, valley.duration, valley.rain, valley.inflows, sample.LEAD_TIMES)
    return of_simulation(valley.ground, run)
