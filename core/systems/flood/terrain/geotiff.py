"""Rasters written as cloud-optimised GeoTIFFs on a terrain's grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

BLOCK = 512  # side of the blocks in a raster's file [cells]
CACHE = 64_000_000  # of blocks while a file is written; GDAL would take a twentieth of the machine's memory [bytes]


class Georeference(Protocol):
    """Where a raster lies; a terrain is one."""

    @property
    def crs(self) -> str | None:
        """Coordinate system of the grid, as WKT or by its number; None if it has none."""

    @property
    def transform(self) -> object:
        """From (col, row) to the crs, affine.Affine."""


def write_raster(path: Path, terrain: Georeference, raster: np.ndarray, unit: str, bands: Sequence[str]) -> None:
    """Write a cloud-optimised GeoTIFF of float32 with overviews; NaN is no data.

    path: of the file.
    terrain: what the raster lies on.
    raster: shape (rows, cols), or (bands, rows, cols) for several.
    unit: of its values, such as m/s.
    bands: what each band holds, in words.
    """
    import rasterio
    from rasterio import shutil as raster_files

    series = raster if raster.ndim == 3 else raster[None]
    profile = {
        "driver": "GTiff",
        "count": len(series),
        "height": series.shape[1],
        "width": series.shape[2],
        "dtype": "float32",
        "crs": terrain.crs,
        "transform": terrain.transform,
        "nodata": np.nan,
        "tiled": True,
        "interleave": "band",
        "BIGTIFF": "IF_SAFER",
    }
    plain = path.with_suffix(".part.tif")  # on disk and band by band: in memory all would be there three times
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE):
            with rasterio.open(plain, "w", blockxsize=BLOCK, blockysize=BLOCK, **profile) as dataset:
                for number, band in enumerate(series, 1):
                    dataset.write(band.astype(np.float32, copy=False), number)
                dataset.descriptions = tuple(bands)
                dataset.units = (unit,) * len(series)
            raster_files.copy(
                plain, path, driver="COG", compress="DEFLATE", predictor="YES", resampling="AVERAGE",
                blocksize=BLOCK, bigtiff="IF_SAFER",
            )  # fmt: skip
    finally:
        plain.unlink(missing_ok=True)
