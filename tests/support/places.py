"""Invented places for maps: files of areas in several kinds, and a PMTiles file of streets."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

TWO = [shapely.box(-122.45, 37.75, -122.43, 37.77), shapely.box(-122.43, 37.75, -122.41, 37.77)]
"""Two squares side by side: their names are those below."""
NAMES = ["WEST BEAT", "EAST BEAT"]


def geojson(shapes: Sequence[Any] = TWO, names: Sequence[str] = NAMES, **members: object) -> bytes:
    """A GeoJSON file of areas; `members` are added to the collection."""
    features = [
        {
            "type": "Feature",
            "properties": {"number": 7, "beat": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for shape, name in zip(shapes, names, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def layer(path: Path, shapes: Sequence[Any] = TWO, names: Sequence[str] = NAMES, crs: str | None = "EPSG:4326") -> Path:
    """A file of areas as GDAL writes it, of the kind that the path's ending says."""
    kind = "Point" if shapes[0].geom_type == "Point" else "Polygon"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes)), [np.array(names, dtype=object)], ["beat"], geometry_type=kind, crs=crs
    )
    return path


def zipped(folder: Path, extra: dict[str, bytes] | None = None) -> bytes:
    """The files of a folder in a ZIP, and others."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return packed.getvalue()


def in_metres(shapes: Sequence[Any] = TWO, crs: str = "EPSG:32610") -> list[Any]:
    """The shapes in another coordinate system."""
    from pyproj import Transformer

    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [
        shapely.transform(shape, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1])))
        for shape in shapes
    ]


def pmtiles(path: Path) -> Path:
    """A PMTiles file with the ground of a town, in the layer that Protomaps has for it."""
    town = shapely.box(-122.5, 37.7, -122.35, 37.82)
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([town])), [np.array(["earth"], dtype=object)], ["kind"],
        geometry_type="Polygon", crs="EPSG:4326", layer="earth", dataset_options={"MINZOOM": 0, "MAXZOOM": 12},
    )  # fmt: skip
    return path
