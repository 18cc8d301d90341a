"""A part of a raster that has not been read yet, with the raster's own interface."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from affine import Affine

from core.errors import InvalidInput
from core.systems.flood.terrain.raster_types import CoordinateSystem, RasterFile, Window

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""
DEGREES = "EPSG:4326"
EDGE_POINTS = 21  # along each side of a box that is brought to another coordinate system


class RasterPart:
    """Some rows and columns of an open raster, as a RasterFile: what a part does not change, the raster answers."""

    def __init__(self, raster: RasterFile, window: Window) -> None:
        """Keep the raster, which is to stay open while the part is read. window: rows and columns of the part."""
        (top, bottom), (left, right) = window
        self.raster, self.first_row, self.first_col = raster, top, left
        self.height, self.width = bottom - top, right - left
        self.transform = raster.transform @ Affine.translation(left, top)
        x, y = self.transform @ (0, 0)
        far_x, far_y = self.transform @ (self.width, self.height)
        self.bounds = min(x, far_x), min(y, far_y), max(x, far_x), max(y, far_y)

    def __getattr__(self, name: str) -> object:
        """The raster's own: bands, cell size, coordinate system, units and types of stored numbers."""
        return getattr(self.raster, name)

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
    return cast(RasterFile, RasterPart(dataset, ((top, bottom), (left, right))))


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
