"""Assets from an uploaded file, as the GeoJSON in WGS 84 that `assets` reads.

| file | is read as |
|---|---|
| GeoJSON | it stands |
| CSV | a point per row at `longitude`, `latitude`, or at `x`, `y` in the area's coordinate system |
| ZIP | a shapefile, brought to WGS 84 by its .prj |

They are called by the column or field `name`, else `id`. Which of them a file is, its first bytes say. A ZIP is
unpacked in memory alone, as far as the limits go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.systems.flood.products import shapefiles
from core.systems.flood.products.assets import Asset, check_number
from core.systems.flood.terrain import geography
from core.tables.columns import table
from core.tables.encodings import encoding_of

MAX_BYTES = 20_000_000  # of a file
LONGITUDES, LATITUDES = ("longitude", "lon", "lng", "long"), ("latitude", "lat")
NAMES = ("name", "id")
EASTINGS, NORTHINGS = ("x", "easting"), ("y", "northing")
ACCEPTED = "assets as GeoJSON, CSV or a zipped shapefile"


def geojson(data: bytes, file: str, crs: str | None = None) -> Any:
    """Decoded GeoJSON of what an uploaded file holds. Raises InvalidInput, TooLarge.

    data: the file's bytes.
    file: its name, for errors.
    crs: of the area, for columns x and y.
    """
    if not data.strip():
        raise InvalidInput(
            expected=ACCEPTED, received=f"{file}, which is empty", advice="Check that the upload was complete."
        )
    if len(data) > MAX_BYTES:
        raise TooLarge(
            expected=f"{ACCEPTED} of up to {MAX_BYTES / 1e6:g} MB",
            received=f"{file}, {len(data) / 1e6:.3g} MB",
            advice="Thin it out.",
        )
    if data.startswith(b"PK"):
        return shapefiles.read(data, file, ACCEPTED, NAMES)
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return decoded(data, file) if text.startswith((b"{", b"[")) else _points(data, file, crs)


def check_near(assets: Sequence[Asset], area: str, box: tuple[float, float, float, float]) -> None:
    """Raise InvalidInput if no asset lies on an area.

    assets: at least one.
    area: its name.
    box: its west, south, east and north [degrees].
    """
    import shapely

    bounds, shapes = shapely.box(*box), np.array([asset.shape for asset in assets], dtype=object)
    if shapely.intersects(shapes, bounds).any():
        return
    swapped = shapely.transform(shapes, lambda points: points[:, ::-1])
    hint = "Correct them, or choose the area that they lie on."
    point = shapes[0].representative_point()
    raise InvalidInput(
        expected=(
            f"places on {area}, at longitude {box[0]:.4f} to {box[2]:.4f} and latitude {box[1]:.4f} to {box[3]:.4f}"
        ),
        received=f"none there; {assets[0].name:.80} lies at {point.x:.4f}, {point.y:.4f}",
        advice="Swap longitude and latitude." if shapely.intersects(swapped, bounds).any() else hint,
    )


def decoded(data: bytes, file: str, expected: str = ACCEPTED) -> Any:
    """The value that a JSON file holds. Raises InvalidInput.

    expected: what would have been accepted, for the error.
    """
    try:
        return json.loads(data.decode(encoding_of(data)).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(
            expected=expected, received=f"{file}, which is no JSON: {problem!s:.80}", advice="Export it again."
        ) from None


def _points(data: bytes, file: str, crs: str | None) -> Mapping[str, object]:
    """A collection of a point for each row of a CSV file; crs: of columns x and y."""
    rows = table(data, file)
    columns = [_first(rows.names, wanted) for wanted in (LONGITUDES, LATITUDES, EASTINGS, NORTHINGS)]
    longitude, latitude, x, y = columns
    if not rows.rows or not ((longitude and latitude) or (x and y)):
        raise InvalidInput(
            expected=f"a row for each asset with longitude and latitude, or x and y, in {file}",
            received=f"{len(rows.rows)} rows of {', '.join(rows.names)!s:.80}",
            advice="Name the columns so.",
        )
    check_number(len(rows.rows))
    if longitude and latitude:
        east, north = rows.numbers(longitude), rows.numbers(latitude)
    else:
        east, north = _degrees(rows.numbers(x or ""), rows.numbers(y or ""), crs)
    name_column = _first(rows.names, NAMES)
    names = rows.texts(name_column) if name_column else [""] * len(rows.rows)
    return geography.collection(
        [
            {
                "type": "Feature",
                "properties": {"name": name} if name else {},
                "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]},
            }
            for name, lon, lat in zip(names, east, north, strict=True)
        ]
    )


def _first(names: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    """The first of the wanted columns that there is."""
    return next((name for name in wanted if name in names), None)


def _degrees(x: np.ndarray, y: np.ndarray, crs: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of points in a coordinate system; all of shape (points,)."""
    from pyproj import Transformer

    if crs is None:
        raise InvalidInput(expected="longitude and latitude", received="x and y, and no area that says what they are")
    east, north = Transformer.from_crs(crs, geography.WGS84, always_xy=True).transform(x, y)
    return np.asarray(east), np.asarray(north)
