"""Areas with names: read from a user's file, or San Francisco's police districts as shipped; always in WGS 84.

A border is drawn only where a file says that it is: nothing here is made from the records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import InvalidInput
from core.maps.area_files import SOURCE_KEY, RawAreas, read_raw
from core.maps.assets import SHIPPED
from core.written_numbers import significant

MAX_AREAS = 3000
MAX_CORNERS = 500_000  # of all areas together, which a browser still draws
MAX_NAME = 60  # characters that are shown
MIN_AGREEMENT = 0.9  # share of the records that must lie in the shipped district they name
MIN_NAMED = 0.9  # share of the records with a district whose district must be among the shipped names
NAME_FIELDS = re.compile(r"district|name|label|beat|ward|bezirk|area|community", re.IGNORECASE)
DISTRICTS = SHIPPED / "sf_police_districts.geojson"
DISTRICTS_SOURCE = "San Francisco's police districts of 2003 to 2014 (open data of the city)"
POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Areas:
    """Areas with names.

    names: each once. shapes: a polygon or several for each name, longitude and latitude [degrees, WGS 84].
    source: what is said of them below a map.
    """

    names: tuple[str, ...]
    shapes: tuple[BaseGeometry, ...]
    source: str

    def shape_of(self, name: str) -> BaseGeometry:
        """The shape of a name; None where there is no such area."""
        return dict(zip(self.names, self.shapes, strict=True)).get(name)


@dataclass(frozen=True)
class Outline:
    """An area's border as rings of [latitude, longitude], and where its name stands."""

    name: str
    rings: list[list[list[float]]]
    middle: tuple[float, float]


def read(name: str, data: bytes, expected_names: Collection[str] = ()) -> Areas:
    """The areas in a GeoJSON file, a zipped shapefile or a GeoPackage. Raises InvalidInput.

    name: of the file. expected_names: of the records' districts; the column that holds most of them names the areas.
    """
    raw = read_raw(data, MAX_AREAS)
    shapes = _polygons(raw)
    labels = _labels(raw.fields, len(raw.shapes), expected_names)
    polygon_indices = [index for index, shape in enumerate(shapes) if shape is not None]
    grouped: dict[str, list[BaseGeometry]] = {}
    for index in polygon_indices:
        grouped.setdefault(labels[index], []).append(shapes[index])
    joined = tuple(parts[0] if len(parts) == 1 else shapely.union_all(parts) for parts in grouped.values())
    return Areas(tuple(grouped), joined, f"Areas from {raw.source or name}")


def written(areas: Areas) -> bytes:
    """Areas as GeoJSON, which `read` reads again."""
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for name, shape in zip(areas.names, areas.shapes, strict=True)
    ]
    source = areas.source.removeprefix("Areas from ")
    return json.dumps({"type": "FeatureCollection", SOURCE_KEY: source, "features": features}).encode()


@cache
def shipped() -> Areas:
    """San Francisco's police districts."""
    return replace(read(DISTRICTS.name, DISTRICTS.read_bytes()), source=DISTRICTS_SOURCE)


def shipped_for(frame: pd.DataFrame) -> tuple[Areas, float] | None:
    """The shipped districts and the share of records that lie in the one they name; None if they are not this table's.

    frame: columns latitude, longitude [degrees] and district (None where unknown).
    """
    codes, named = _districts(frame)
    shipped_names = {_folded(name) for name in shipped().names}
    among = np.array([name in shipped_names for name in named], dtype=bool)[codes[codes >= 0]]
    if not among.size or among.mean() < MIN_NAMED:
        return None
    share = agreement(shipped(), frame)
    return (shipped(), share) if share is not None and share >= MIN_AGREEMENT else None


def agreement(areas: Areas, frame: pd.DataFrame) -> float | None:
    """The share of records that lie in the area they name, of those with a place and a named area; None without any."""
    codes, named = _districts(frame)
    latitudes, longitudes = frame["latitude"].to_numpy(), frame["longitude"].to_numpy()
    placed = np.isfinite(latitudes) & np.isfinite(longitudes)
    inside = total = 0
    for name, shape in zip(areas.names, areas.shapes, strict=True):
        rows = placed & np.isin(codes, [code for code, other in enumerate(named) if other == _folded(name)])
        total += int(rows.sum())
        inside += int(contains(shape, latitudes[rows], longitudes[rows]).sum())
    return inside / total if total else None


def none_inside(areas: Areas, frame: pd.DataFrame) -> bool:
    """Whether no record lies in any of the areas, as where a file names the wrong coordinate system."""
    latitudes, longitudes = frame["latitude"].to_numpy(), frame["longitude"].to_numpy()
    return not any(contains(shape, latitudes, longitudes).any() for shape in areas.shapes)


def _districts(frame: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """The number of each record's district, -1 where unknown, and their names to compare."""
    codes, names = pd.factorize(frame["district"])
    return codes, [_folded(name) for name in names]


def _folded(name: object) -> str:
    """A name to compare, whatever its case."""
    return str(name).strip().casefold()


def contains(shape: BaseGeometry, latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    """Whether each place lies in a shape; bool, shape (places,)."""
    shapely.prepare(shape)
    return np.asarray(shapely.contains_xy(shape, longitudes, latitudes), dtype=bool)


def outlines(areas: Areas, span: float) -> list[Outline]:
    """Borders as a map draws them. span: of what the map shows [degrees]; corners that no pixel shows are left out."""
    return [
        Outline(name, _rings(shapely.simplify(shape, span / 4000)), _middle(shape))
        for name, shape in zip(areas.names, areas.shapes, strict=True)
    ]


def _rings(shape: BaseGeometry) -> list[list[list[float]]]:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [np.round(shapely.get_coordinates(ring)[:, ::-1], 6).tolist() for ring in rings]


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    parts = shapely.get_parts(shape)
    point = shapely.point_on_surface(parts[int(np.argmax(shapely.area(parts)))])
    return float(point.y), float(point.x)


def _polygons(raw: RawAreas) -> list[BaseGeometry]:
    """The polygons among the shapes, made valid, in degrees; None for what is none. Raises InvalidInput."""
    polygons = [shape if shape is not None and shape.geom_type in POLYGONS else None for shape in raw.shapes]
    non_empty = [shape for shape in polygons if shape is not None and not shape.is_empty]
    if not non_empty:
        types = sorted({shape.geom_type for shape in raw.shapes if shape is not None}) or ["nothing"]
        raise InvalidInput(
            expected="areas: polygons with their borders",
            received=f"{', '.join(types)}",
            advice="Export the layer of areas, not that of points or lines.",
        )
    if (corners := int(shapely.get_num_coordinates(non_empty).sum())) > MAX_CORNERS:
        raise InvalidInput(
            expected=f"areas with at most {MAX_CORNERS:,} corners together",
            received=f"{corners:,}",
            advice="Simplify them, or leave out those that the table does not need.",
        )
    low_x, low_y, high_x, high_y = shapely.total_bounds(non_empty)
    if not (low_x >= -180 and high_x <= 180 and low_y >= -90 and high_y <= 90):  # so that NaN is refused too
        raise InvalidInput(
            expected=f"coordinates in degrees after conversion from {raw.crs or 'WGS 84, which the file implies'}",
            received=f"x from {significant(low_x, 6)} to {significant(high_x, 6)}, "
            f"y from {significant(low_y, 6)} to {significant(high_y, 6)}",
            advice="Export the areas as WGS 84, or with the coordinate system that they are in.",
        )
    return [None if shape is None else _only_polygons(shapely.make_valid(shape)) for shape in polygons]


def _only_polygons(shape: BaseGeometry) -> BaseGeometry:
    """The polygons of a shape as one; None where it has none, as where an area is so broken that lines are left."""
    parts = [part for part in _flat(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return None if not parts else parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _flat(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    for part in shapely.get_parts(shape):
        yield from _flat(part) if hasattr(part, "geoms") else (part,)


def _labels(fields: Mapping[str, np.ndarray], count: int, expected_names: Collection[str]) -> list[str]:
    """A name for each area, from the column that tells most: the records' districts, a name, or many texts."""
    wanted = {str(name).strip().casefold() for name in expected_names}
    columns = {name: [_text(value) for value in values] for name, values in fields.items()}

    def worth(name: str) -> tuple[int, bool, int, bool]:
        texts = columns[name]
        matches = len({text.casefold() for text in texts} & wanted)
        letters = any(character.isalpha() for text in texts for character in text)
        return matches, bool(NAME_FIELDS.search(name)) and letters, len(set(filter(None, texts))), letters

    best = max(columns, key=worth, default=None)
    texts = columns[best] if best is not None else [""] * count
    return [text or f"Area {index}" for index, text in enumerate(texts, start=1)]


def _text(value: object) -> str:
    """A cell as a name: one line, not too long; empty for a missing one."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())
    return text[:MAX_NAME]
