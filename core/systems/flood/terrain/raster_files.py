"""Rasters on a terrain's grid as cloud-optimised GeoTIFFs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from affine import Affine

from core.systems.flood.terrain.terrain import Terrain

BLOCK = 512  # side of the blocks in a raster's file [cells]
CACHE = 64_000_000  # of blocks while a file is written; GDAL would take a twentieth of the machine's memory [bytes]


def write_raster(
    path: Path,
    terrain: Terrain,
    raster: np.ndarray,
    unit: str,
    bands: Sequence[str],
    transform: Affine | None = None,
    block: int = BLOCK,
) -> None:
    """Write a cloud-optimised GeoTIFF of float32 in the terrain's coordinate system; NaN is no data.

    path: of the file, which ends in .tif.
    terrain: says where the raster lies.
    raster: shape (rows, cols), or several with the bands first, shape (bands, rows, cols) [unit].
    unit: of its numbers.
    bands: what each band holds.
    transform: from (column, row) of the raster to the terrain's crs; None for the terrain's own.
    block: side of the file's blocks [cells].
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
        "transform": transform or terrain.transform,
        "nodata": np.nan,
        "tiled": True,
        "interleave": "band",
        "BIGTIFF": "IF_SAFER",
    }
    plain = path.with_suffix(".part.tif")  # on disk and band by band: in memory all would be there three times
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE):
            with rasterio.open(plain, "w", blockxsize=block, blockysize=block, **profile) as file:
                for number, band in enumerate(series, 1):
                    file.write(band.astype(np.float32, copy=False), number)
                file.descriptions = tuple(bands)
                file.units = (unit,) * len(series)
            raster_files.copy(
                plain, path, driver="COG", compress="DEFLATE", predictor="YES", resampling="AVERAGE",
                blocksize=block, bigtiff="IF_SAFER",
            )  # fmt: skip
    finally:
        plain.unlink(missing_ok=True)
