"""Forecasts' folders of invented water, in coordinate systems of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine

from core.hydraulics.results import Balance
from core.maps.flood import forecast_folder
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products import outputs
from core.systems.flood.terrain.terrain import Terrain

UTM, BRITISH, DEGREES = "EPSG:32633", "EPSG:27700", "EPSG:4326"
POLAR, FAR_NORTH = "EPSG:3413", "EPSG:32661"  # around the North Pole, and some way from it
CORNERS = {
    UTM: (500_000.0, 5_000_000.0),
    BRITISH: (430_000.0, 390_000.0),
    DEGREES: (15.0, 45.0),
    POLAR: (-400.0, 300.0),
    FAR_NORTH: (2_200_000.0, 2_300_000.0),
}
SIZES = {DEGREES: (1 / 3600, 1 / 3600), BRITISH: (5.0, 5.0)}  # of a cell, in the crs' units
LEAD_TIMES = (900.0, 1800.0, 5400.0)


def invented(deepest: np.ndarray, crs: str | None = UTM, /, **change: Any) -> FloodForecast:
    """A forecast whose water rises to `deepest` at the last of three lead times; NaN is no data."""
    deep = deepest.astype(np.float32)
    wide, high = SIZES.get(crs or UTM, (10.0, 10.0))
    transform = Affine.translation(*CORNERS[crs or UTM]) @ Affine.scale(wide, -high)
    rows, cols = np.indices(deep.shape)
    ground = np.where(np.isnan(deep), np.nan, 100.0 + 0.3 * cols + 2 * np.sin(rows / 5))
    still = np.zeros((len(LEAD_TIMES), *deep.shape), np.float32)
    metres = (21.8, 30.9) if crs == DEGREES else (wide, high)
    given = {
        "terrain": Terrain(ground, *metres, crs, transform, crs),
        "lead_times": LEAD_TIMES,
        "depth": np.stack([deep * share for share in (0.2, 0.6, 1.0)]).astype(np.float32),
        "east": still,
        "south": still,
        "max_depth": deep,
        "arrival": np.where(deep >= 0.05, 600.0 + 60 * cols, np.nan).astype(np.float32),
        "max_speed": np.where(deep >= 0.05, 1.0, 0.0).astype(np.float32),
        "balance": Balance(100.0, 0.0, 0.0, 100.0),
        "engine": "network",
        "mode": "accurate",
        "version": "1.2.0",
        "seconds": 0.5,
    }
    return FloodForecast(**{**given, **change})


def mixed(rows: int = 40, cols: int = 60, seed: int = 0) -> np.ndarray:
    """Depth that differs from cell to cell, 0 to 2.5 m, with a corner without data."""
    depth = np.random.default_rng(seed).choice([0.0, 0.1, 0.4, 0.8, 1.5, 2.5], size=(rows, cols))
    depth[:3, :4] = np.nan
    return depth


def pool(rows: int = 60, cols: int = 80) -> np.ndarray:
    """A round pool, 2 m deep in the middle."""
    down, right = np.indices((rows, cols))
    away = np.hypot(down - rows / 2, right - cols / 2) / (0.4 * min(rows, cols))
    return np.maximum(2.0 * (1 - away), 0.0)


Write = Callable[..., forecast_folder.ForecastFolder]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """`written(depth, crs, found=..., low=...)`: the folder of an invented forecast, opened."""
    made = []

    def write(
        deepest: np.ndarray, crs: str | None = UTM, /, found: Any = None, **change: Any
    ) -> forecast_folder.ForecastFolder:
        made.append(tmp_path / f"forecast-{len(made)}")
        outputs.write(invented(deepest, crs, **change), made[-1], found)
        return forecast_folder.read(made[-1])

    return write
