"""The ground on a grid: elevation in metres, the size of a cell, and where the grid lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from affine import Affine
from numpy.typing import NDArray

Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The first and the second coordinate of n points, each of shape (n,)."""


@dataclass(frozen=True)
class Terrain:
    """Ground on a grid whose first row is the northernmost.

    elevation: above datum, shape (rows, cols), NaN where there is no data [m].
    dx: width of a cell, to the east [m].
    dy: height of a cell, to the south [m].
    crs: coordinate system of the grid as WKT; None if the file names none.
    transform: from (col, row) to coordinates of `crs`.
    file_crs: coordinate system of the file, as WKT; another than `crs` where the grid was brought to another.
    notes: what was done to the file's numbers, in sentences for the analyst.
    """

    elevation: NDArray[np.float64]
    dx: float
    dy: float
    crs: str | None
    transform: Affine
    file_crs: str | None
    notes: tuple[str, ...] = ()

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Which cells have data; shape (rows, cols)."""
        return np.isfinite(self.elevation)

    def to_map(self, cols: NDArray[np.float64], rows: NDArray[np.float64]) -> Coordinates:
        """Coordinates in the grid's crs of points in fractional columns and rows; each of shape (n,)."""
        return _transformed(self.transform, cols, rows)

    def to_grid(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Coordinates:
        """Fractional columns and rows of points in the grid's crs; each of shape (n,)."""
        return _transformed(~self.transform, x, y)

    def coordinates(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Coordinates:
        """Coordinates in the grid's crs, from coordinates in the file's; each of shape (n,)."""
        if self.crs == self.file_crs:
            return x, y
        from rasterio import warp

        xs, ys = warp.transform(self.file_crs, self.crs, x, y)
        return np.asarray(xs), np.asarray(ys)

    def cells(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Row and column of points given in the file's crs, inside the grid or not; shape (n, 2)."""
        cols, rows = self.to_grid(*self.coordinates(x, y))
        return np.column_stack([np.floor(rows), np.floor(cols)]).astype(np.int64)

    def mask(self, polygons: Sequence[Mapping[str, object]]) -> NDArray[np.bool_]:
        """Cells whose centre lies in one of the polygons (GeoJSON geometries in the file's crs); shape (rows, cols)."""
        from rasterio import features, warp

        if self.crs != self.file_crs:
            polygons = [warp.transform_geom(self.file_crs, self.crs, polygon) for polygon in polygons]
        if not polygons:
            return np.zeros(self.elevation.shape, dtype=bool)
        drawn = features.rasterize(polygons, self.elevation.shape, transform=self.transform, dtype=np.uint8)
        return np.asarray(drawn, dtype=bool)


def _transformed(transform: Affine, x: NDArray[np.float64], y: NDArray[np.float64]) -> Coordinates:
    """Many points through a transform; affine's types know of single points alone."""
    return cast(Coordinates, transform @ cast(tuple[float, float], (x, y)))
