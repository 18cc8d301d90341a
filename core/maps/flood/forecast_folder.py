"""A forecast's folder, opened with care: what is in it, where it lies, and its rasters.

The folder is the one that `core.systems.flood.products.outputs` writes. It may be years old, moved or damaged: what
is wrong with it is said in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from affine import Affine

from core.artefacts import forecast_files
from core.artefacts.forecast_files import AssetProperties, ForecastSummary
from core.errors import InvalidInput
from core.maps.flood.contents import GeoJsonFeature, RasterReader

if TYPE_CHECKING:
    from pyproj import Transformer

AGAIN = "Make the forecast again."


@dataclass(frozen=True, eq=False)
class ForecastFolder:
    """A forecast's folder as far as it is known without reading its rasters.

    summary: numbers and words of `summary.json`.
    lead_times: times of the bands of depth.tif [s].
    crs: coordinate system of the grid as WKT; None if the terrain had none.
    transform: from (column, row) to the crs.
    shape: rows and columns.
    """

    path: Path
    summary: ForecastSummary
    lead_times: tuple[float, ...]
    crs: str | None
    transform: Affine
    shape: tuple[int, int]

    @property
    def has_interval(self) -> bool:
        """Whether the 80 % interval of the greatest depth is known."""
        return self.has(forecast_files.MAX_DEPTH_LOW) and self.has(forecast_files.MAX_DEPTH_HIGH)

    @property
    def cell_size(self) -> tuple[float, float]:
        """Size of a cell to the east and to the south [m]."""
        dx, dy = self.summary["cell_size_m"]
        return float(dx), float(dy)

    @property
    def engine(self) -> str:
        """The model and version that computed it, in words: "network 1.2.0, accurate", or "solver"."""
        parts = [self.summary.get("engine") or "", self.summary.get("version") or ""]
        mode = self.summary.get("mode")
        return " ".join(filter(None, parts)) + (f", {mode}" if mode else "")

    def has(self, name: str) -> bool:
        """Whether there is a raster of that name."""
        return (self.path / forecast_files.raster_file(name)).is_file()

    @contextmanager
    def raster(self, name: str) -> Iterator[RasterReader]:
        """The open rasterio dataset of `name`.tif; InvalidInput says what is wrong with it."""
        import rasterio
        from rasterio.errors import RasterioError

        path = self.path / forecast_files.raster_file(name)
        if not path.is_file():
            raise InvalidInput(expected=f"{path.name} in the forecast's folder", received="none", advice=AGAIN)
        try:
            with rasterio.open(path, driver="GTiff") as dataset:
                yield dataset
        except RasterioError as problem:
            raise InvalidInput(
                expected=f"{path.name} as it was written",
                received=f"a damaged file ({problem!s:.80})",
                advice=AGAIN,
            ) from None

    def features(self, name: str) -> list[GeoJsonFeature]:
        """The features of `name`.geojson; none where there is no such file. InvalidInput for one that is damaged."""
        path = self.path / forecast_files.layer_file(name)
        if not path.is_file():
            return []
        features = _read_object(path).get("features")
        if not isinstance(features, list):
            raise InvalidInput(expected=f"features in {path.name}", received="something else", advice=AGAIN)
        return features

    def assets(self) -> list[AssetProperties]:
        """The properties of each asset, in the order of the file; none where no assets were given."""
        return [cast(AssetProperties, feature["properties"]) for feature in self.features(forecast_files.ASSETS)]

    def transformer(self, crs: str) -> Transformer:
        """Transforms points of `crs` to the grid's, east before north. Raises InvalidInput where the grid has none."""
        if self.crs is None:
            raise InvalidInput(
                expected="a forecast that says where it lies, for a map",
                received="one whose terrain had no coordinate system",
                advice="Export the terrain with its coordinate system and make the forecast again.",
            )
        return _transformer(crs, self.crs)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    """To set one up takes 40 ms for grids with a shift of datum, such as the British one; threads may share it."""
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def read(path: Path) -> ForecastFolder:
    """The forecast in a folder. Raises InvalidInput: the message says what to do."""
    if not (path / forecast_files.SUMMARY_FILE).is_file():
        raise InvalidInput(
            expected="the folder of a forecast", received=f"{path.name!r:.80}, which holds none", advice=AGAIN
        )
    summary = _read_object(path / forecast_files.SUMMARY_FILE)
    times = summary.get("lead_times_s")
    if not isinstance(times, list) or not times or not all(isinstance(time, int | float) for time in times):
        raise InvalidInput(expected=f"the lead times in {forecast_files.SUMMARY_FILE}", received="none", advice=AGAIN)
    unplaced = without_grid(path, cast(ForecastSummary, summary), tuple(float(time) for time in times))
    for name in forecast_files.RASTERS:
        if not unplaced.has(name):
            raise InvalidInput(expected=f"{name}.tif in the forecast's folder", received="none", advice=AGAIN)
    with unplaced.raster(forecast_files.DEPTH) as dataset:
        if dataset.count != len(times):
            raise InvalidInput(
                expected=f"{len(times)} bands in depth.tif, one for each lead time",
                received=f"{dataset.count}",
                advice=AGAIN,
            )
        return with_grid(unplaced, dataset)


def without_grid(path: Path, summary: ForecastSummary, lead_times: tuple[float, ...]) -> ForecastFolder:
    """A folder whose grid is not known yet, to open one of its rasters and learn it: see `with_grid`."""
    return ForecastFolder(path, summary, lead_times, None, Affine.identity(), (0, 0))


def with_grid(folder: ForecastFolder, dataset: RasterReader) -> ForecastFolder:
    """The folder with the coordinate system, transform and shape of one of its rasters."""
    crs = dataset.crs.to_wkt() if dataset.crs else None
    return replace(folder, crs=crs, transform=dataset.transform, shape=dataset.shape)


def read_band(
    dataset: RasterReader,
    number: int = 1,
    *,
    window: tuple[tuple[int, int], tuple[int, int]] | None = None,
    out_shape: tuple[int, int] | None = None,
) -> np.ndarray:
    """A band as float32 with NaN where there is no data.

    number: of the band, from 1.
    window: first and end row, first and end column of the part that is read; None for all.
    out_shape: rows and columns that the part is reduced to; None for its own.
    """
    values = dataset.read(number, window=window, out_shape=out_shape).astype(np.float32, copy=False)
    if dataset.nodata is not None and not np.isnan(dataset.nodata):
        values = np.where(values == dataset.nodata, np.float32(np.nan), values)
    return values


def _read_object(path: Path) -> dict[str, object]:
    """The JSON object in a file. Raises InvalidInput for anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InvalidInput(
            expected=f"JSON in {path.name}", received=f"something else ({problem!s:.80})", advice=AGAIN
        ) from None
    if not isinstance(value, dict):
        raise InvalidInput(expected=f"an object in {path.name}", received=type(value).__name__, advice=AGAIN)
    return value
