"""Terrain from one coordinate system to another, and onto metres that are metres on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from core.errors import InvalidInput, LookoutError
from core.systems.flood.terrain.terrain import Terrain

MERCATOR, DEGREES = "EPSG:3857", "EPSG:4326"
MAX_STRETCH = 0.01  # of lengths on the grid against lengths on the ground


def on_true_metres(ground: Terrain) -> Terrain:
    """The terrain in a projected system whose metres are metres on the ground; a note if it had to be moved.

    In feet, and where MAX_STRETCH is passed (Web Mercator far from the equator), it is brought to the UTM zone. Raises
    InvalidInput for a terrain that does not say where it lies.
    """
    from pyproj import CRS

    if ground.crs is None:
        raise InvalidInput(
            expected="a terrain that says where it lies",
            received="one without a coordinate system",
            advice="Name the one that it was made in, such as EPSG:27700.",
        )
    system = CRS.from_wkt(ground.crs).to_2d()  # elevations are in metres by now, whatever the file's datum said
    wkt = system.to_wkt()
    ground = replace(ground, crs=wkt, file_crs=wkt)
    reason = _reason_to_move(ground)
    if reason is None:
        return ground
    moved = in_utm(ground)
    note = f"{reason}; it was brought to {crs_name(moved.crs)} (UTM) with cells of {moved.dx:.3g} m, bilinearly."
    return replace(moved, file_crs=moved.crs, notes=(*moved.notes, note))


def _reason_to_move(ground: Terrain) -> str | None:
    """Why a projected terrain cannot stay in its coordinate system; None if it can."""
    from pyproj import CRS, Proj

    system = CRS.from_wkt(ground.crs)
    unit = system.axis_info[0].unit_name
    if system.axis_info[0].unit_conversion_factor != 1.0:
        return f"The file's coordinates are in {unit}"
    rows, cols = ground.elevation.shape
    projection = Proj(system)
    longitude, latitude = projection(*(ground.transform @ (cols / 2, rows / 2)), inverse=True)
    if not np.isfinite([longitude, latitude]).all():
        raise InvalidInput(
            expected=f"coordinates within {system.name}",
            received=f"{ground.transform @ (0, 0)} as the upper left corner, which lies outside of it",
            advice="Check the file's coordinate system.",
        )
    scale = projection.get_factors(longitude, latitude).meridional_scale
    if abs(scale - 1) > MAX_STRETCH:
        return f"A metre of the file's {system.name} is {1 / scale:.2f} m on the ground"
    return None


@contextmanager
def _as_refusal() -> Iterator[None]:
    """Tell what GDAL and PROJ cannot move in our words: on coordinates that lie nowhere they raise many types."""
    try:
        yield
    except LookoutError:
        raise
    except Exception as problem:
        raise InvalidInput(
            expected="terrain that can be brought to another coordinate system",
            received=f"terrain that cannot ({' '.join(str(problem).split())!s:.80})",
            advice="Check where the file says that it lies, and how wide its cells are.",
        ) from problem


@_as_refusal()
def in_utm(terrain: Terrain) -> Terrain:
    """The terrain in the UTM zone of its centre, bilinearly, on square cells of a like size. Raises InvalidInput."""
    from rasterio import warp
    from rasterio.enums import Resampling

    rows, cols = terrain.elevation.shape
    left, top = terrain.transform @ (0, 0)
    right, bottom = terrain.transform @ (cols, rows)
    zone = utm_zone(*warp.transform_bounds(terrain.crs, "EPSG:4326", left, bottom, right, top))
    size = _cell_size(terrain, zone)
    transform, width, height = warp.calculate_default_transform(
        terrain.crs, zone, cols, rows, left, bottom, right, top, resolution=size
    )
    elevation = np.full((height, width), np.nan)
    warp.reproject(
        terrain.elevation,
        elevation,
        src_transform=terrain.transform,
        src_crs=terrain.crs,
        src_nodata=np.nan,
        dst_transform=transform,
        dst_crs=zone,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return replace(terrain, elevation=elevation, dx=size, dy=size, crs=wkt(zone), transform=transform)


def utm_zone(west: float, south: float, east: float, north: float) -> str:
    """The zone that holds the middle of a box in degrees, as EPSG:326xx or EPSG:327xx."""
    latitude = (south + north) / 2
    if abs(latitude) > 84 or not 0 <= east - west <= 12:
        raise InvalidInput(
            expected="an area that fits a UTM zone",
            received=f"{west:g} to {east:g} degrees east, {south:g} to {north:g} north",
            advice="Cut out the area that matters.",
        )
    zone = int(((west + east) / 2 + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def _cell_size(terrain: Terrain, crs: str) -> float:
    """The side of a square in `crs` that is as large as the cell in the middle of the terrain [m]."""
    from rasterio import warp

    rows, cols = terrain.elevation.shape
    corners = (cols / 2 + np.array([0.0, 1.0, 0.0]), rows / 2 + np.array([0.0, 0.0, 1.0]))
    x, y = warp.transform(terrain.crs, crs, *terrain.to_map(*corners))
    return float(np.sqrt(abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))))


def wkt(name: str) -> str:
    """A coordinate system by its number, EPSG:32630 say, as WKT."""
    from rasterio.crs import CRS

    return str(CRS.from_string(name).to_wkt())


def crs_name(crs: str | None) -> str:
    """What people call a coordinate system in WKT: EPSG:27700, else its own name."""
    from pyproj import CRS

    if crs is None:
        return "none"
    system = CRS.from_wkt(crs)
    number = system.to_epsg()
    return f"EPSG:{number}" if number else str(system.name)


@_as_refusal()
def in_mercator(
    heights: NDArray[np.float32], transform: Affine, crs: str
) -> tuple[NDArray[np.float32], float, tuple[float, float, float, float]]:
    """A small raster brought to Web Mercator, for a map. Raises InvalidInput near a pole.

    heights: NaN for no data; shape (rows, cols).
    transform, crs: where it lies.
    Returns it there, the size of a pixel [m], and its edges: west, south, east, north [degrees, WGS 84].
    """
    from rasterio import warp
    from rasterio.errors import RasterioError
    from rasterio.transform import array_bounds

    rows, cols = heights.shape
    try:
        target, width, height = warp.calculate_default_transform(
            crs, MERCATOR, cols, rows, *array_bounds(rows, cols, transform)
        )
        moved = np.full((height, width), np.nan, np.float32)
        warp.reproject(
            heights, moved, src_transform=transform, src_crs=crs, src_nodata=np.nan, dst_transform=target,
            dst_crs=MERCATOR, dst_nodata=np.nan,
        )  # fmt: skip
        west, south, east, north = warp.transform_bounds(MERCATOR, DEGREES, *array_bounds(height, width, target))
    except RasterioError:
        raise InvalidInput(
            expected="terrain at a place that a map can show", received="one near a pole", advice="Take the whole."
        ) from None
    return moved, float(target.a * np.cos(np.radians((south + north) / 2))), (west, south, east, north)
