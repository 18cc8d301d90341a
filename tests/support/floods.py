"""Invented terrain as files, a question for `flood`, and a version of it without a network."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

UTM = "EPSG:32631"
CORNER = (500_000.0, 110_000.0)  # upper left of the grid, in the Gulf of Guinea, at 3 degrees east [m]
VERSION = "0.1.0"


def valley(rows: int = 24, cols: int = 30) -> np.ndarray:
    """A valley that falls to the south, with some bumps; float32 of shape (rows, cols) [m]."""
    down, right = np.mgrid[:rows, :cols]
    middle = np.abs(right - cols / 2)
    return (50 - 0.1 * down + 0.15 * middle + 0.2 * np.sin(down) * np.cos(right)).astype(np.float32)


def geotiff(numbers: np.ndarray | None = None, cell: float = 10.0, **change: Any) -> bytes:
    """A GeoTIFF's bytes; `numbers` of shape (rows, cols) or with bands first."""
    import rasterio
    from rasterio.transform import from_origin

    numbers = valley() if numbers is None else numbers
    bands = numbers if numbers.ndim == 3 else numbers[None]
    given = {"crs": UTM, "transform": from_origin(*CORNER, cell, cell), "dtype": bands.dtype, **change}
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=len(bands), **given
        ) as dataset:
            dataset.write(bands)
        return bytes(memory.read())


def b64(data: bytes) -> dict[str, str]:
    """A file as a request holds it."""
    return {"b64": base64.b64encode(data).decode()}


def degrees(row: float, col: float, cell: float = 10.0) -> tuple[float, float]:
    """Longitude and latitude of a place on the grid, by row and column from its corner."""
    from pyproj import Transformer

    turn = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    return turn.transform(CORNER[0] + col * cell, CORNER[1] - row * cell)


def request(**change: Any) -> dict[str, Any]:
    """Rain on the valley, as a program would ask."""
    asked = {
        "dem": b64(geotiff()),
        "rain": [[0, 60], [900, 60], [1200, 0]],
        "duration_s": 1800,
        "lead_times_s": [600, 1800],
        "mode": "fast",
    }
    return {name: value for name, value in {**asked, **change}.items() if value is not None}


def inflow(row: float = 2.5, col: float = 15.5, **change: Any) -> dict[str, Any]:
    """A river that enters at the valley's head."""
    longitude, latitude = degrees(row, col)
    return {"longitude": longitude, "latitude": latitude, "series": [[0, 2], [1800, 2]], **change}


def install(folder: Path) -> dict[str, str]:
    """A version of `flood` that answers by physics alone, as champion; returns the environment."""
    home = folder / "models" / "flood" / VERSION
    home.mkdir(parents=True)
    (home / "metadata.json").write_text(json.dumps({"files": {}}))
    (folder / "models" / "aliases.json").write_text(json.dumps({"flood": {"champion": VERSION}}))
    return {"LOOKOUT_MODELS_DIR": str(folder / "models")}
