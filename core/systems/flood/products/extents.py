"""How far the water reaches: polygons by depth class, without gaps or overlaps between neighbours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.artefacts.forecast_files import ExtentProperties
from core.hydraulics import blocks
from core.hydraulics.hazard import DEPTH_WORDS, DEPTHS, depth_class
from core.systems.flood.forecast import FloodForecast
from core.systems.flood.products.assets import Geometry
from core.systems.flood.terrain import geography

MIN_PATCH = 4  # cells: a smaller patch counts as what lies around it
TOLERANCE = 0.75  # by which outlines are simplified [cells]; below 0.7 the cells' own steps would stay


def outline(forecast: FloodForecast) -> Mapping[str, object]:
    """A GeoJSON collection of one multi-polygon in WGS 84 per class of greatest depth, the shallowest first.

    Outlines are simplified and patches below MIN_PATCH cells left out; a large grid is drawn by the deepest cell of
    each block, see `geography.block_size`. No water, or a terrain without a crs: no features.
    """
    if forecast.terrain.crs is None:
        return geography.collection([])
    ground = forecast.terrain
    areas = np.bincount(depth_class(forecast.max_depth).ravel(), minlength=len(DEPTHS) + 1) * ground.dx * ground.dy
    shapes = _outlines(forecast)
    return geography.collection(
        [geography.feature(shape, {**_properties(code, float(areas[code]))}) for code, shape in sorted(shapes.items())]
    )


def _properties(code: int, area: float) -> ExtentProperties:
    """What is said of the depth class of that number, from 1; area: of its cells [m2]."""
    return {
        "depth": DEPTH_WORDS[code - 1],
        "from_m": DEPTHS[code - 1],
        "to_m": DEPTHS[code] if code < len(DEPTHS) else None,
        "area_m2": area,
    }


def _without_specks(codes: np.ndarray) -> np.ndarray:
    """Depth classes without small patches: within the water they join a neighbour, on dry ground they dry up.

    codes: depth class of each block, uint8 of shape (rows, cols).
    """
    from rasterio import features

    water = features.sieve((codes > 0).astype(np.uint8), MIN_PATCH, connectivity=8)
    joined = features.sieve(codes, MIN_PATCH)
    cleaned: np.ndarray = np.where(joined > 0, joined, codes) * water
    return cleaned


def _outlines(forecast: FloodForecast) -> dict[int, Geometry]:
    """A valid multi-polygon in degrees by depth class."""
    import shapely
    from rasterio import features

    factor = geography.block_size(forecast.max_depth.shape)
    deepest = blocks.in_blocks(np.nan_to_num(forecast.max_depth), factor, 0.0).max(axis=(1, 3))
    codes = _without_specks(depth_class(deepest))
    patches = [(int(code), shapely.geometry.shape(patch)) for patch, code in features.shapes(codes, codes > 0)]
    if not patches:
        return {}
    simple = shapely.coverage_simplify([patch for _, patch in patches], TOLERANCE)
    scaled = shapely.transform(simple, lambda points: points * factor)
    moved = shapely.make_valid(geography.degrees(forecast.terrain, scaled))
    outlines = {}
    for code in sorted({code for code, _ in patches}):
        drawn = [patch for (own, _), patch in zip(patches, moved, strict=True) if own == code]
        parts = shapely.get_parts(drawn)
        polygons = [part for part in parts if part.geom_type == "Polygon"]
        if polygons:
            shape = shapely.MultiPolygon(polygons)  # they touch at corners, if at all, before they are rounded
            outlines[code] = shapely.orient_polygons(
                shape if shape.is_valid else _polygons_of(shapely.union_all(parts))
            )
    return outlines


def _polygons_of(shape: Geometry) -> Geometry:
    """A multi-polygon of what is area in a shape."""
    import shapely

    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
