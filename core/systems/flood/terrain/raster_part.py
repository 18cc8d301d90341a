"""A part of a raster that has not been read yet, with the raster's own interface."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from affine import Affine

from core.errors import InvalidInput
from core.systems.flood.terrain.raster_types import CoordinateSystem, RasterFile, Window

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""
DEGREES = "EPSG:4326"
EDGE_POINTS = 21  # along each side of a box that is brought to another coordinate system


@dataclass
class RasterPart:
    """Some rows and columns of an open raster; fields as those of RasterFile.

    raster: from which the part is taken.
    first_row, first_col: of the part, in the raster.
    """

    raster: RasterFile
    first_row: int
    first_col: int
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
        """Stored numbers of a band within a window of the part; those of no data are masked."""
        (top, bottom), (left, right) = window
        row, col = self.first_row, self.first_col
        moved = ((top + row, bottom + row), (left + col, right + col))
        return self.raster.read(band, masked=masked, window=moved, out_shape=out_shape)


def cut(dataset: RasterFile, system: CoordinateSystem | None, box: Box) -> RasterFile:
    """The part of a raster whose cells lie in or touch a box. Raises InvalidInput where there is none.

    system: of the raster's coordinates.
    box: west, south, east, north [degrees, WGS 84].
    """
    if system is None:
        raise InvalidInput(
            expected="terrain that says where it lies, to cut a box out of it",
            received="terrain without a coordinate system",
            advice="Name the coordinate system, or take the whole.",
        )
    top, bottom, left, right = _window(dataset, system, box)
    transform = dataset.transform @ Affine.translation(left, top)
    x, y = transform @ (0, 0)
    far_x, far_y = transform @ (right - left, bottom - top)
    return RasterPart(
        dataset, top, left, bottom - top, right - left, dataset.count, dataset.res, dataset.crs, transform,
        (min(x, far_x), min(y, far_y), max(x, far_x), max(y, far_y)), dataset.compression, dataset.dtypes,
        dataset.units, dataset.scales, dataset.offsets, dataset.nodata, dataset.block_shapes,
    )  # fmt: skip


def _window(dataset: RasterFile, system: CoordinateSystem, box: Box) -> tuple[int, int, int, int]:
    """First row, end row, first column, end column of the cells in a box."""
    from rasterio import warp
    from rasterio.errors import RasterioError

    west, south, east, north = box
    beside = InvalidInput(
        expected="a box over the terrain",
        received="one beside it",
        advice="Draw it over the ground, or take the whole.",
    )
    if not (west < east and south < north):  # NaN too
        raise beside
    try:
        sides = warp.transform_bounds(DEGREES, system.to_wkt(), west, south, east, north, densify_pts=EDGE_POINTS)
    except RasterioError:
        raise beside from None
    if not all(map(math.isfinite, sides)):
        raise beside
    corners = [~dataset.transform @ (x, y) for x in (sides[0], sides[2]) for y in (sides[1], sides[3])]
    cols, rows = zip(*corners, strict=True)
    top, bottom = max(0, math.floor(min(rows))), min(dataset.height, math.ceil(max(rows)))
    left, right = max(0, math.floor(min(cols))), min(dataset.width, math.ceil(max(cols)))
    if top >= bottom or left >= right:
        raise beside
    return top, bottom, left, right
