"""Terrain for a box on the map from the Copernicus GLO-30 model: its tiles' windows, merged, on 30 m cells in UTM.

LOOKOUT_COPERNICUS names the host: https://copernicus-dem-30m.s3.amazonaws.com or a copy with the same names; what its
tiles are like stands in its readme.html. They are of one degree, cloud-optimised, and beyond 50 degrees north or south
finer in latitude than in longitude. Only what the box needs is read of each. The open sea has no tiles, nor have a few
countries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.systems.flood import remote
from core.systems.flood.terrain import projection
from core.systems.flood.terrain.geography import WGS84
from core.systems.flood.terrain.terrain import Terrain

CELL = 30.0  # [m]
SHORTEST_SIDE, LONGEST_SIDE = 600.0, 100_000.0  # of a box [m]
PADDING = 0.003  # what resampling needs around a box, at least [degrees]
WHAT = "terrain tiles"
SOURCE = (
    "Copernicus DEM GLO-30, © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018, provided under "
    "COPERNICUS by the European Union and ESA; all rights reserved"
)
SURFACE = "The terrain is a surface model of 30 m: houses, trees and bridges count as ground, and hold water back."

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""


@dataclass(frozen=True)
class _Grid:
    """Cells of a raster; transform: affine.Affine."""

    crs: str
    transform: Any
    rows: int
    cols: int

    @property
    def bounds(self) -> Box:
        left, top = self.transform @ (0, 0)
        right, bottom = self.transform @ (self.cols, self.rows)
        return left, bottom, right, top


def fetch(box: Box, progress: ProgressListener | None = None) -> Terrain:
    """The terrain in a box. Raises InvalidInput and TooLarge for the box, HostUnavailable if it cannot be had."""
    address = remote.base(settings().copernicus, "LOOKOUT_COPERNICUS", "terrain tiles")
    grid = _grid(box)
    around = _padded(grid)
    with _open_tiles(address, around) as (tiles, missing):
        if not tiles:
            raise InvalidInput(
                f"Expected a box on land that the model covers. Received {_said(box)}, for which "
                f"{remote.host(address)} has no tile. Draw it elsewhere."
            )
        mosaic, place = _mosaic(tiles, around, progress)
    _fill_sea(mosaic, place, missing)
    elevation = _warped(mosaic, place, grid)
    notes = [SURFACE]
    if missing:
        names = ", ".join(_square(*one) for one in missing)
        notes.append(f"There is no tile for {names}: it counts as sea, at 0 m. A few countries are left out, too.")
    wkt = projection.wkt(grid.crs)
    return Terrain(elevation, CELL, CELL, wkt, grid.transform, wkt, tuple(notes))


def tile_name(south: int, west: int) -> str:
    """The name of the tile whose lower left corner lies at whole degrees."""
    return f"Copernicus_DSM_COG_10_{_latitude(south)}_00_{_longitude(west)}_00_DEM"


def _latitude(south: int) -> str:
    return f"{'N' if south >= 0 else 'S'}{abs(south):02d}"


def _longitude(west: int) -> str:
    return f"{'E' if west >= 0 else 'W'}{abs(west):03d}"


def _square(south: int, west: int) -> str:
    return _latitude(south) + _longitude(west)


def _said(box: Box) -> str:
    west, south, east, north = box
    return f"{west:g} to {east:g} degrees east, {south:g} to {north:g} north"


def _grid(box: Box) -> _Grid:
    """Cells of 30 m in the UTM zone of a box, all around it."""
    from rasterio import warp
    from rasterio.transform import from_origin

    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -84 <= south < north <= 84):
        raise InvalidInput(
            f"Expected a box in degrees, from west to east and from south to north, up to 84 north or south. Received "
            f"{_said(box)}. Draw it again; one across 180 degrees east, draw as two."
        )
    crs = projection.utm_zone(*box)
    left, bottom, right, top = warp.transform_bounds(WGS84, crs, *box)
    width, height = right - left, top - bottom
    if max(width, height) > LONGEST_SIDE or min(width, height) < SHORTEST_SIDE:
        kind = TooLarge if max(width, height) > LONGEST_SIDE else InvalidInput
        raise kind(
            f"Expected a box of {SHORTEST_SIDE / 1e3:g} to {LONGEST_SIDE / 1e3:g} km to each side. Received "
            f"{width / 1e3:.3g} x {height / 1e3:.3g} km. Draw a {'smaller' if kind is TooLarge else 'larger'} one."
        )
    left, top = floor(left / CELL) * CELL, -floor(-top / CELL) * CELL
    rows, cols = int(np.ceil((top - bottom) / CELL)), int(np.ceil((right - left) / CELL))
    return _Grid(crs, from_origin(left, top, CELL, CELL), rows, cols)


def _padded(grid: _Grid) -> Box:
    """The box in degrees around all cells of a grid, with what resampling needs."""
    from rasterio import warp

    west, south, east, north = warp.transform_bounds(grid.crs, WGS84, *grid.bounds)
    return west - PADDING, south - PADDING, east + PADDING, north + PADDING


@contextmanager
def _open_tiles(address: str, around: Box) -> Iterator[tuple[list[Any], list[tuple[int, int]]]]:
    """The open tiles that a box touches, and the corners of those that there are not."""
    import rasterio
    from rasterio.errors import RasterioError

    west, south, east, north = around
    corners = [(y, x) for y in range(floor(south), floor(north) + 1) for x in range(floor(west), floor(east) + 1)]
    names = {one: f"{address}/{tile_name(*one)}/{tile_name(*one)}.tif" for one in corners}
    missing = [one for one, name in names.items() if not remote.exists(name, WHAT)]
    limits = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_CONNECTTIMEOUT": remote.CONNECT,
        "GDAL_HTTP_TIMEOUT": remote.READ,
        "GDAL_HTTP_MAX_RETRY": remote.TRIES - 1,
        "GDAL_HTTP_RETRY_DELAY": remote.PAUSE,
        "CPL_VSIL_CURL_NON_CACHED": f"/vsicurl/{address}",  # what failed once is asked for again
    }
    with rasterio.Env(**limits), ExitStack() as open_files:
        try:
            tiles = [
                open_files.enter_context(rasterio.open(f"/vsicurl/{names[one]}", driver="GTiff"))
                for one in corners
                if one not in missing
            ]
            strange = [one for one in tiles if one.count != 1 or not one.crs or not one.crs.is_geographic]
            if strange:
                raise remote.strange(address, WHAT, "a raster that is no tile in degrees")
            yield tiles, missing
        except RasterioError:
            raise remote.strange(address, WHAT, "a tile that is damaged or breaks off") from None


def _mosaic(tiles: list[Any], around: Box, progress: ProgressListener | None) -> tuple[np.ndarray, _Grid]:
    """The tiles' windows on one grid in degrees, that of the finest tile; NaN where there is none [m].

    Tiles that lie on that grid are copied as they are; those of another width are resampled bilinearly.
    """
    from affine import Affine
    from rasterio import band, warp
    from rasterio.enums import Resampling

    finest = min(tiles, key=lambda one: one.res[0])
    x, y = finest.res
    west, south, east, north = around
    left, top = finest.transform @ (0, 0)
    left += floor((west - left) / x) * x
    top -= floor((top - north) / y) * y
    place = _Grid(
        WGS84,
        Affine(x, 0, left, 0, -y, top),
        int(np.ceil((top - south) / y)),
        int(np.ceil((east - left) / x)),
    )
    mosaic = np.full((place.rows, place.cols), np.nan, dtype=np.float32)
    for number, tile in enumerate(tiles):
        if progress is not None:
            progress(Progress(number / len(tiles), Stage.FETCHING, done=number + 1, total=len(tiles)))
        warp.reproject(
            band(tile, 1),
            mosaic,
            src_nodata=tile.nodata,
            dst_transform=place.transform,
            dst_crs=WGS84,
            dst_nodata=np.nan,
            init_dest_nodata=False,
            resampling=Resampling.bilinear,
        )
    return mosaic, place


def _fill_sea(mosaic: np.ndarray, place: _Grid, missing: list[tuple[int, int]]) -> None:
    """The squares without a tile at 0 m. A tile's cells have their centres on its western and northern edges."""
    x, y = place.transform.a, -place.transform.e
    left, _, _, top = place.bounds
    longitude = left + (np.arange(place.cols) + 0.5) * x
    latitude = top - (np.arange(place.rows) + 0.5) * y
    for south, west in missing:
        rows = (latitude > south + y / 4) & (latitude <= south + 1 + y / 4)
        cols = (longitude >= west - x / 4) & (longitude < west + 1 - x / 4)
        square = mosaic[np.ix_(rows, cols)]
        mosaic[np.ix_(rows, cols)] = np.where(np.isnan(square), 0.0, square)


def _warped(mosaic: np.ndarray, place: _Grid, grid: _Grid) -> np.ndarray:
    from rasterio import warp
    from rasterio.enums import Resampling

    elevation = np.full((grid.rows, grid.cols), np.nan)
    warp.reproject(
        mosaic,
        elevation,
        src_transform=place.transform,
        src_crs=place.crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return elevation
