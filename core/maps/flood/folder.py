"""A forecast's folder, opened with care: what is in it, where it lies, and its rasters.

The folder is the one that `core.systems.flood.products.outputs` writes. It may be years old, moved or damaged: what
is wrong with it is said in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInput

SUMMARY = "summary.json"
NEEDED = ("terrain", "depth", "max_depth", "arrival", "max_speed", "hazard")
AGAIN = "Make the forecast again."


@dataclass(frozen=True, eq=False)
class Folder:
    """What is known of a forecast without reading its rasters.

    summary: numbers and words of `summary.json`. lead_times: of the bands of depth.tif [s]. crs: of the grid, as WKT;
    None if it does not say where it lies. transform: of (col, row) to the crs, affine.Affine. shape: (rows, cols).
    """

    path: Path
    summary: dict[str, Any]
    lead_times: tuple[float, ...]
    crs: str | None
    transform: Any
    shape: tuple[int, int]

    @property
    def has_interval(self) -> bool:
        """Whether the 80 % interval of the greatest depth is known."""
        return self.has("max_depth_low") and self.has("max_depth_high")

    @property
    def cell_size(self) -> tuple[float, float]:
        """To the east and to the south [m]."""
        dx, dy = self.summary["cell_size_m"]
        return float(dx), float(dy)

    @property
    def engine(self) -> str:
        """What computed it, in words: "network 1.2.0, accurate", or "solver"."""
        said = [str(self.summary.get(name) or "") for name in ("engine", "version")]
        mode = self.summary.get("mode")
        return " ".join(filter(None, said)) + (f", {mode}" if mode else "")

    def has(self, name: str) -> bool:
        """Whether there is a raster of that name."""
        return (self.path / f"{name}.tif").is_file()

    @contextmanager
    def raster(self, name: str) -> Iterator[Any]:
        """The open rasterio dataset of `name`.tif; InvalidInput says what is wrong with it."""
        import rasterio
        from rasterio.errors import RasterioError

        path = self.path / f"{name}.tif"
        if not path.is_file():
            raise InvalidInput(f"Expected {path.name} in the forecast's folder. Received none. {AGAIN}")
        try:
            with rasterio.open(path, driver="GTiff") as dataset:
                yield dataset
        except RasterioError as problem:
            raise InvalidInput(
                f"Expected {path.name} as it was written. Received a damaged file ({problem!s:.80}). {AGAIN}"
            ) from None

    def features(self, name: str) -> list[dict[str, Any]]:
        """The features of `name`.geojson; none where there is no such file. InvalidInput for one that is damaged."""
        path = self.path / f"{name}.geojson"
        if not path.is_file():
            return []
        found = _json(path).get("features")
        if not isinstance(found, list):
            raise InvalidInput(f"Expected features in {path.name}. Received something else. {AGAIN}")
        return found

    def to_crs(self, name: str) -> Any:
        """A pyproj Transformer from the crs `name` to the grid's, east before north. InvalidInput without a place."""
        from pyproj import Transformer

        if self.crs is None:
            raise InvalidInput(
                "Expected a forecast that says where it lies, for a map. Received one whose terrain had no coordinate "
                "system. Export the terrain with its coordinate system and make the forecast again."
            )
        return Transformer.from_crs(name, self.crs, always_xy=True)


def read(path: Path) -> Folder:
    """The forecast in a folder. Raises InvalidInput: the message says what to do."""
    if not (path / SUMMARY).is_file():
        raise InvalidInput(f"Expected the folder of a forecast. Received {path.name!r:.80}, which holds none. {AGAIN}")
    summary = _json(path / SUMMARY)
    times = summary.get("lead_times_s")
    if not isinstance(times, list) or not times or not all(isinstance(one, int | float) for one in times):
        raise InvalidInput(f"Expected the lead times in {SUMMARY}. Received none. {AGAIN}")
    empty = Folder(path, summary, tuple(float(one) for one in times), None, None, (0, 0))
    for name in NEEDED:
        if not empty.has(name):
            raise InvalidInput(f"Expected {name}.tif in the forecast's folder. Received none. {AGAIN}")
    with empty.raster("depth") as dataset:
        if dataset.count != len(times):
            raise InvalidInput(
                f"Expected {len(times)} bands in depth.tif, one for each lead time. Received {dataset.count}. {AGAIN}"
            )
        crs = dataset.crs.to_wkt() if dataset.crs else None
        return Folder(path, summary, empty.lead_times, crs, dataset.transform, dataset.shape)


def band(dataset: Any, number: int = 1, **named: Any) -> np.ndarray:
    """A band, or what `window` and `out_shape` name of it; float32, NaN where there is no data."""
    found: np.ndarray = dataset.read(number, **named).astype(np.float32, copy=False)
    if dataset.nodata is not None and not np.isnan(dataset.nodata):
        found = np.where(found == dataset.nodata, np.float32(np.nan), found)
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InvalidInput(
            f"Expected JSON in {path.name}. Received something else ({problem!s:.80}). {AGAIN}"
        ) from None
    if not isinstance(found, dict):
        raise InvalidInput(f"Expected an object in {path.name}. Received {type(found).__name__}. {AGAIN}")
    return found
