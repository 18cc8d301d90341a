"""From the grid to WGS 84: what every map reads, longitude before latitude (RFC 7946)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.systems.flood.terrain.terrain import Terrain

WGS84 = "EPSG:4326"
DECIMALS = 7  # of a degree: a centimetre
MOST_CELLS = 1536 * 1536  # of which lines and outlines are drawn; a larger grid is looked at in blocks


def degrees(terrain: Terrain, shapes: Any) -> Any:
    """Geometries of shapely in columns and rows, as longitude and latitude; the terrain needs a crs."""
    import shapely
    from pyproj import Transformer

    turn = Transformer.from_crs(terrain.crs, WGS84, always_xy=True)

    def moved(points: np.ndarray) -> np.ndarray:
        x, y = terrain.transform @ (points[:, 0], points[:, 1])
        return np.round(np.column_stack(turn.transform(x, y)), DECIMALS)

    return shapely.transform(shapes, moved)


def grid(terrain: Terrain, shapes: Any) -> Any:
    """The way back: from longitude and latitude to (column, row); infinite where the crs does not reach."""
    import shapely
    from pyproj import Transformer

    turn = Transformer.from_crs(WGS84, terrain.crs, always_xy=True)

    def moved(points: np.ndarray) -> np.ndarray:
        x, y = turn.transform(points[:, 0], points[:, 1])
        with np.errstate(invalid="ignore"):
            return np.column_stack(~terrain.transform @ (np.asarray(x), np.asarray(y)))

    return shapely.transform(shapes, moved)


def feature(shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON feature of a shapely geometry."""
    import shapely

    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def block_size(shape: tuple[int, ...]) -> int:
    """How many cells to the side make one block of a grid of shape (rows, cols) that is looked at in blocks."""
    return max(1, int(np.ceil(np.sqrt(shape[0] * shape[1] / MOST_CELLS))))
