"""The contents of a forecast's folder as types: the numbers of its summary and the features of its GeoJSON files.

`core.systems.flood.products` writes them. Lengths, depths, areas and volumes are in metres, times in seconds since the
start of the event; None stands for never, or for what is not known.
"""

from __future__ import annotations

from typing import Any, Protocol, TypedDict

import numpy as np
from affine import Affine


class ForecastSummary(TypedDict, total=False):
    """The numbers and words of summary.json."""

    cell_size_m: list[float]
    """Cell size to the east and to the south."""
    area_m2: float
    """Area of the cells with data."""
    flooded_m2: float
    """Area with 0.05 m or more at any time."""
    flooded_m2_by_depth: dict[str, float]
    """The same area by the words of its greatest depth, shallowest first."""
    flooded_m2_by_hazard: dict[str, float]
    """The same area by the words of its hazard rating, lowest first."""
    largest_depth_m: float
    first_arrival_s: float | None
    half_arrived_s: float | None
    """Time by which half of the flooded area is reached."""
    rain_m3: float
    inflow_m3: float
    outflow_m3: float
    lead_times_s: list[float]
    engine: str
    mode: str | None
    version: str | None
    seconds: float
    """Run time of the computation."""
    notes: list[str]


class RouteProperties(TypedDict):
    """A path of the water, in routes.geojson."""

    rank: int
    """1 for the one that carries most water."""
    peak_discharge_m3_per_s: float
    volume_m3: float
    first_arrival_s: float | None
    arrival_s: list[float | None]
    """At each point of the line."""
    largest_depth_m: float
    depth: str
    """`largest_depth_m` in words."""


class ExtentProperties(TypedDict):
    """The area of one class of depth, in extents.geojson; the deepest class has no upper end."""

    from_m: float
    to_m: float | None
    depth: str
    area_m2: float


class AssetProperties(TypedDict):
    """A place that was asked about, in assets.geojson; its depth is None where it lies off the terrain."""

    name: str
    state: str
    """flooded, dry, outside, or why nothing is known."""
    arrival_s: float | None
    depth_m: float | None
    depth: str
    hazard: str
    longitude: float
    latitude: float


class GeoJsonGeometry(TypedDict):
    """A geometry; how deep its coordinates are nested depends on its type."""

    type: str
    coordinates: list[Any]


class GeoJsonFeature(TypedDict):
    """A feature; its properties are those of its file: RouteProperties, ExtentProperties or AssetProperties."""

    geometry: GeoJsonGeometry
    properties: Any


class RasterReader(Protocol):
    """An open rasterio dataset, as far as it is used here; rasterio has no types of its own."""

    count: int
    """Bands."""
    width: int
    height: int
    shape: tuple[int, int]
    nodata: float | None
    res: tuple[float, float]
    transform: Affine
    crs: Any
    descriptions: tuple[str | None, ...]
    units: tuple[str | None, ...]

    def read(
        self,
        band: int,
        *,
        window: tuple[tuple[int, int], tuple[int, int]] | None = None,
        out_shape: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """A band, or the part within `window` (rows, columns), resampled to `out_shape`."""
