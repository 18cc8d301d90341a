"""What is asked of rasterio's objects, which have no types of their own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import numpy as np
from affine import Affine

Window = tuple[tuple[int, int], tuple[int, int]]
"""Rows from and up to, columns from and up to."""


class CoordinateSystem(Protocol):
    """A `rasterio.crs.CRS`. linear_units_factor: name of its unit of length, and the unit's length [m]."""

    is_projected: bool
    is_geographic: bool
    linear_units_factor: tuple[str, float]

    def to_wkt(self) -> str:
        """The system as WKT."""

    def to_string(self) -> str:
        """The system as EPSG:27700 where it has a number, else as WKT."""


class RasterFile(Protocol):
    """An open `rasterio.DatasetReader`.

    height, width: of the grid [cells].
    count: number of bands; dtypes, units, scales, offsets and block_shapes have an entry for each.
    res: width and height of a cell, in units of the crs.
    transform: from (col, row) to the crs.
    bounds: left, bottom, right, top, in units of the crs.
    dtypes: NumPy's name of the type of stored numbers.
    scales, offsets: a value is its stored number times the scale, plus the offset.
    nodata: the mark of no data in the first band.
    block_shapes: rows and columns of the blocks that are decoded at once.
    """

    height: int
    width: int
    count: int
    res: tuple[float, float]
    crs: CoordinateSystem | None
    transform: Affine
    bounds: tuple[float, float, float, float]
    compression: Enum | None
    dtypes: Sequence[str]
    units: Sequence[str | None]
    scales: Sequence[float]
    offsets: Sequence[float]
    nodata: float | None
    block_shapes: Sequence[tuple[int, int]]

    def read(
        self, band: int, /, *, masked: bool, window: Window, out_shape: tuple[int, int] | None = None
    ) -> np.ma.MaskedArray[tuple[int, int], np.dtype[np.generic]]:
        """Stored numbers of a band, counted from 1, thinned out to `out_shape`; those of no data are masked."""
