"""From the grid to WGS 84: what every map reads, longitude before latitude (RFC 7946)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import JsonValue

from core.systems.flood.terrain.terrain import Terrain

WGS84 = "EPSG:4326"
DECIMALS = 7  # of a degree: a centimetre
MAX_DRAWN_CELLS = 1536 * 1536  # of which lines and outlines are drawn; a larger grid is looked at in blocks

GeoJson = dict[str, JsonValue]
"""Decoded GeoJSON."""


def degrees(terrain: Terrain, shapes: shapely.Geometry) -> shapely.Geometry:
    """Geometries in columns and rows, as longitude and latitude; the terrain needs a crs.

    shapes: one geometry, or an array of them; what is returned is of its shape.
    """
    from pyproj import Transformer

    transformer = Transformer.from_crs(terrain.crs, WGS84, always_xy=True)

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = terrain.to_map(points[:, 0], points[:, 1])
        return np.round(np.column_stack(transformer.transform(x, y)), DECIMALS)

    return shapely.transform(shapes, moved)


def grid(terrain: Terrain, shapes: shapely.Geometry) -> shapely.Geometry:
    """Geometries in longitude and latitude, as (column, row); infinite where the crs does not reach.

    shapes: one geometry, or an array of them; what is returned is of its shape.
    """
    from pyproj import Transformer

    transformer = Transformer.from_crs(WGS84, terrain.crs, always_xy=True)

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = transformer.transform(points[:, 0], points[:, 1])
        with np.errstate(invalid="ignore"):
            return np.column_stack(terrain.to_grid(np.asarray(x), np.asarray(y)))

    return shapely.transform(shapes, moved)


def feature(shape: shapely.Geometry, properties: Mapping[str, object]) -> GeoJson:
    """A GeoJSON feature of a geometry; properties: plain JSON."""
    geometry = shapely.geometry.mapping(shape)
    return cast(GeoJson, {"type": "Feature", "geometry": geometry, "properties": properties})


def collection(features: Sequence[GeoJson]) -> GeoJson:
    """A GeoJSON collection of features."""
    return {"type": "FeatureCollection", "features": list(features)}


def block_size(shape: tuple[int, ...]) -> int:
    """How many cells to the side make one block of a grid of shape (rows, cols) that is looked at in blocks."""
    return max(1, int(np.ceil(np.sqrt(shape[0] * shape[1] / MAX_DRAWN_CELLS))))
