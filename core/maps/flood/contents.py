"""The contents of a forecast's folder as types: the numbers of its summary and the features of its GeoJSON files.

`core.systems.flood.products` writes them. Lengths, depths, areas and volumes are in metres, times in seconds since the
start of the event; None stands for never, or for what is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypedDict

import numpy as np
from affine import Affine


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
        band: int | Sequence[int],
        *,
        window: tuple[tuple[int, int], tuple[int, int]] | None = None,
        out_shape: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """A band, or several with them first, or the part within `window` (rows, columns), resampled to `out_shape`."""

    def sample(self, xy: Iterable[tuple[float, float]]) -> Iterator[np.ndarray]:
        """All bands of the cell at each point, which is in the dataset's coordinate system; shape (bands,) each."""
