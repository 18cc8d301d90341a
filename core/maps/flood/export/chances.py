"""The chance of a depth over many forecasts of one area, as a raster for other programs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.artefacts import forecast_files
from core.maps.flood.forecast_folder import ForecastFolder, read_band
from core.maps.flood.pictures import require_one_grid


def geotiff(folders: Sequence[ForecastFolder], bound: float) -> bytes:
    """The share of forecasts whose greatest depth is `bound` [m] or more, 0 to 1, as a GeoTIFF of float32.

    NaN is no data. Raises InvalidInput where the forecasts lie on several grids, or are damaged.
    """
    from rasterio.io import MemoryFile

    require_one_grid(folders)
    shares = np.zeros(folders[0].shape, np.float32)
    for folder in folders:
        with folder.raster(forecast_files.MAX_DEPTH) as dataset:
            depth, crs, transform = read_band(dataset), dataset.crs, dataset.transform
        shares += np.where(np.isnan(depth), np.float32(np.nan), depth >= np.float32(bound))
    rows, cols = shares.shape
    profile = {
        "driver": "GTiff", "count": 1, "height": rows, "width": cols, "dtype": "float32", "crs": crs,
        "transform": transform, "nodata": np.nan, "compress": "deflate", "predictor": 3, "tiled": True,
    }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(shares / np.float32(len(folders)), 1)
            raster.set_band_description(1, f"Share of {len(folders)} forecasts with {bound:g} m of water or more")
            raster.set_band_unit(1, "1")
        return bytes(memory.read())
