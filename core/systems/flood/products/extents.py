"""How far the water reaches: polygons by depth class, without gaps or overlaps between neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.hydraulics import blocks
from core.hydraulics.hazard import DEPTH_WORDS, DEPTHS, depth_class
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.terrain import geography

SPECK = 4  # cells: a smaller patch counts as what lies around it
TOLERANCE = 0.75  # by which outlines are simplified [cells]; below 0.7 the cells' own steps would stay


def extents(forecast: FloodForecast) -> dict[str, Any]:
    """A GeoJSON collection of one multi-polygon in WGS 84 per class of greatest depth, the shallowest first.

    Properties: depth (words), from_m, to_m (null above the last), area_m2 of the cells in the class. Outlines are
    simplified and patches below SPECK cells left out; a grid of more than geography.MAX_DRAWN_CELLS is drawn by the
    deepest cell of each block. No water, or a terrain without a crs: no features.
    """
    if forecast.terrain.crs is None:
        return geography.collection([])
    ground = forecast.terrain
    areas = np.bincount(depth_class(forecast.max_depth).ravel(), minlength=len(DEPTHS) + 1) * ground.dx * ground.dy
    shapes = _outlines(forecast)
    return geography.collection(
        [
            geography.feature(
                shape,
                {
                    "depth": DEPTH_WORDS[code - 1],
                    "from_m": DEPTHS[code - 1],
                    "to_m": DEPTHS[code] if code < len(DEPTHS) else None,
                    "area_m2": float(areas[code]),
                },
            )
            for code, shape in sorted(shapes.items())
        ]
    )


def _without_specks(codes: np.ndarray) -> np.ndarray:
    """Depth classes without small patches: within the water they join a neighbour, on dry ground they dry up."""
    from rasterio import features

    water = features.sieve((codes > 0).astype(np.uint8), SPECK, connectivity=8)
    joined = features.sieve(codes, SPECK)
    made: np.ndarray = np.where(joined > 0, joined, codes) * water
    return made


def _outlines(forecast: FloodForecast) -> dict[int, Any]:
    """A valid multi-polygon in degrees by class."""
    import shapely
    from rasterio import features

    factor = geography.block_size(forecast.max_depth.shape)
    deepest = blocks.in_blocks(np.nan_to_num(forecast.max_depth), factor, 0.0).max(axis=(1, 3))
    codes = _without_specks(depth_class(deepest))
    found = [(int(code), shapely.geometry.shape(one)) for one, code in features.shapes(codes, codes > 0)]
    if not found:
        return {}
    simple = shapely.coverage_simplify([one for _, one in found], TOLERANCE)
    scaled = shapely.transform(simple, lambda points: points * factor)
    moved = shapely.make_valid(geography.degrees(forecast.terrain, scaled))
    made = {}
    for code in sorted({one for one, _ in found}):
        parts = shapely.get_parts([part for (one, _), part in zip(found, moved, strict=True) if one == code])
        polygons = [one for one in parts if one.geom_type == "Polygon"]
        if polygons:
            shape = shapely.MultiPolygon(polygons)  # they touch at corners, if at all, before they are rounded
            made[code] = shapely.orient_polygons(shape if shape.is_valid else _polygons_of(shapely.union_all(parts)))
    return made


def _polygons_of(shape: Any) -> Any:
    """A multi-polygon of what is area in a shape."""
    import shapely

    return shapely.MultiPolygon([one for one in shapely.get_parts(shape) if one.geom_type == "Polygon"])
