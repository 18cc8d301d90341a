"""Manning's n on the terrain's grid, from a request's polygons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.hydraulics.domain import MAX_MANNING
from core.systems.flood.products import assets
from core.systems.flood.products.assets import Asset
from core.systems.flood.request import Manning
from core.systems.flood.terrain import geography
from core.systems.flood.terrain.terrain import Terrain


def on_grid(manning: float | Manning, ground: Terrain) -> float | NDArray[np.float64]:
    """Manning's n of a request: one number, or one for each cell where there are zones. Raises InvalidInput, TooLarge.

    Later zones lie over earlier ones. Returns shape (rows, cols) of `ground` where there are zones [s m-1/3].
    """
    if isinstance(manning, float):
        return manning
    try:
        by_zone = zones(manning.zones)
        if ground.crs is None:
            raise InvalidInput(
                expected="a terrain with a coordinate system, to find the zones on it",
                received="one without",
                advice="Give one number.",
            )
        roughness = np.full(ground.elevation.shape, manning.default)
        for zone, n in by_zone:
            roughness[_cells(ground, zone)] = n
    except InvalidInput as problem:
        raise InvalidInput(f"manning.zones: {problem.message}") from None
    return roughness


def zones(geojson: Mapping[str, object]) -> list[tuple[Asset, float]]:
    """Polygons with their Manning's n [s m-1/3], from decoded GeoJSON with a property n. InvalidInput, TooLarge."""
    polygons = assets.read(geojson)
    for polygon in polygons:
        if not polygon.shape.geom_type.endswith("Polygon"):
            raise InvalidInput(
                expected="polygons in WGS 84",
                received=f"{polygon.name!r:.80}, a {polygon.shape.geom_type}",
                advice="Correct it or leave it out.",
            )
    features = cast(list[object], geojson.get("features", [geojson]))  # `assets.read` refuses what is no list
    return [(polygon, _n(feature, polygon.name)) for feature, polygon in zip(features, polygons, strict=True)]


def _cells(ground: Terrain, zone: Asset) -> NDArray[np.bool_]:
    """Which cells lie in a zone; shape (rows, cols)."""
    from rasterio import features

    drawn = np.zeros(ground.elevation.shape, np.uint8)
    shape = geography.grid(ground, zone.shape)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise InvalidInput(
            expected="polygons near the terrain",
            received=f"{zone.name!r:.80}, far away",
            advice="Correct it or leave it out.",
        )
    features.rasterize([shape], out=drawn, transform=Affine.identity())
    return drawn > 0


def _n(feature: object, name: str) -> float:
    """The property n of a feature; name: of the feature, for errors."""
    n = (feature.get("properties") or {}).get("n") if isinstance(feature, dict) else None
    if isinstance(n, bool) or not isinstance(n, int | float) or not 0 <= n <= MAX_MANNING:
        raise InvalidInput(
            expected=f"the property n, Manning's n from 0 to {MAX_MANNING:g}, of each polygon",
            received=f"{n!r:.40} at {name!r:.80}",
            advice="Add it.",
        )
    return float(n)
