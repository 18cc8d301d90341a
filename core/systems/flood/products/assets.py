"""Named places whose water is asked for, read from decoded GeoJSON and checked."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import InvalidInput, TooLarge, refusal

MAX_ASSETS = 10_000
MAX_POINTS = 200_000  # of all their lines and outlines
MAX_NAME_LENGTH = 200  # characters
KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
EXPECTED = "assets as GeoJSON: points, lines or polygons in WGS 84, longitude before latitude"
NO_CRS = refusal(
    "a terrain with a coordinate system, to find assets on it",
    "one without",
    "Export it with its coordinate system, or leave assets out.",
)

NO_GEOMETRY = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What shapely raises on coordinates that make no geometry, beside its own errors."""

Geometry = Any
"""A geometry of shapely, which brings no types and is imported where it is needed."""


@dataclass(frozen=True)
class Asset:
    """A named place; shape: in degrees, longitude before latitude."""

    name: str
    shape: Geometry


def read(geojson: object) -> list[Asset]:
    """Assets from decoded GeoJSON, named by the property `name` or `id`, else by number.

    Raises InvalidInput for what is no GeoJSON or has impossible coordinates, TooLarge for too many assets or points.
    """
    features = _features(geojson)
    if not features:
        raise InvalidInput(expected=EXPECTED, received="none", advice="Add at least one, or leave assets out.")
    check_number(len(features))
    points = 0
    assets = []
    for number, feature in enumerate(features, 1):
        assets.append(_asset(feature, number))
        points += _count_points(assets[-1].shape)
        if points > MAX_POINTS:
            raise TooLarge(
                expected=f"assets of up to {MAX_POINTS:,} points together",
                received=f"more, from asset {number} on",
                advice="Simplify the outlines, or send them in parts.",
            )
    return assets


def check_number(assets: int) -> None:
    """Raise TooLarge for more than MAX_ASSETS."""
    if assets > MAX_ASSETS:
        raise TooLarge(expected=f"up to {MAX_ASSETS:,} assets", received=f"{assets:,}", advice="Send them in parts.")


def _features(geojson: object) -> list[object]:
    """The features of a collection; a feature or a geometry that stands alone is the only one."""
    kind = geojson.get("type") if isinstance(geojson, dict) else None
    features = geojson.get("features") if isinstance(geojson, dict) and kind == "FeatureCollection" else [geojson]
    if kind not in ("FeatureCollection", "Feature", *KINDS) or not isinstance(features, list):
        raise InvalidInput(
            expected=EXPECTED,
            received=f"{kind or type(geojson).__name__!r:.40}",
            advice="Export the layer as GeoJSON.",
        )
    return features


def _asset(feature: object, number: int) -> Asset:
    """The asset of a feature or a bare geometry; number: from 1, its name where it has none."""
    geometry = feature.get("geometry") if isinstance(feature, dict) and feature.get("type") == "Feature" else feature
    name = _name(feature, number)
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in KINDS:
        raise InvalidInput(
            expected=EXPECTED,
            received=f"{kind or 'nothing'!r:.40} as {name!r:.80}",
            advice="Correct it or leave it out.",
        )
    return Asset(name, _shape(geometry, name))


def _name(feature: object, number: int) -> str:
    """Its property name or id, whatever their case, else its own id, else its number; on one line."""
    outer = feature if isinstance(feature, dict) else {}
    inner = outer.get("properties")
    inner = inner if isinstance(inner, dict) else {}
    by_key = {str(key).casefold(): value for key, value in inner.items()}
    candidates = (by_key.get("name"), by_key.get("id"), outer.get("id"))
    name = next((candidate for candidate in candidates if isinstance(candidate, str | int)), "")
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in str(name)).split())
    return clean[:MAX_NAME_LENGTH] or f"asset {number}"


def _shape(geometry: dict[str, object], name: str) -> Geometry:
    """The valid two-dimensional geometry that GeoJSON describes; name: of its asset, for errors."""
    import shapely

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # numbers that are none are refused below
            shape = shapely.force_2d(shapely.geometry.shape(geometry))
            corners = shapely.get_coordinates(shape)
    except (shapely.errors.ShapelyError, *NO_GEOMETRY) as problem:
        raise InvalidInput(
            expected=EXPECTED,
            received=f"coordinates as {name!r:.80} that make no {geometry['type']}: {problem!s:.80}",
            advice="Correct them or leave it out.",
        ) from None
    if not len(corners) or not np.isfinite(corners).all():
        raise InvalidInput(
            expected=EXPECTED,
            received=f"{name!r:.80} without coordinates that are numbers",
            advice="Correct them.",
        )
    if (np.abs(corners) > (180, 90)).any():
        east, north = corners[(np.abs(corners) > (180, 90)).any(axis=1)][0]
        hint = "Swap longitude and latitude." if abs(north) <= 180 and abs(east) <= 90 else "Export them in EPSG:4326."
        raise InvalidInput(
            expected=EXPECTED, received=f"longitude {east:g}, latitude {north:g} as {name!r:.80}", advice=hint
        )
    return shape if shape.is_valid else shapely.make_valid(shape)


def _count_points(shape: Geometry) -> int:
    import shapely

    return int(shapely.get_num_coordinates(shape))
