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

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from core.errors import InvalidInput, TooLarge
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.systems.flood import remote
from core.systems.flood.terrain import projection
from core.systems.flood.terrain.geography import WGS84
from core.systems.flood.terrain.raster_types import RasterFile
from core.systems.flood.terrain.terrain import Terrain

CELL = 30.0  # width of the cells in UTM [m]
MIN_SIDE, MAX_SIDE = 600.0, 100_000.0  # of a box [m]
PADDING = 0.003  # what resampling needs around a box, at least [degrees]
WHAT = "terrain tiles"
SOURCE = (
    "Copernicus DEM GLO-30, © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018, provided under "
    "COPERNICUS by the European Union and ESA; all rights reserved"
)
SURFACE = "The terrain is a surface model of 30 m: houses, trees and bridges count as ground, and hold water back."

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""


Tile = tuple[int, int]
"""South and west: the whole degrees of a tile's lower left corner."""


@dataclass(frozen=True)
class RasterGrid:
    """Where the cells of a raster lie; transform: from (col, row) to the crs."""

    crs: str
    transform: Affine
    rows: int
    cols: int

    @property
    def bounds(self) -> Box:
        """Left, bottom, right, top, in units of the crs."""
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
                expected="a box on land that the model covers",
                received=f"{_degrees(box)}, for which {remote.host(address)} has no tile",
                advice="Draw it elsewhere.",
            )
        mosaic, mosaic_grid = _mosaic(tiles, around, progress)
    _fill_sea(mosaic, mosaic_grid, missing)
    elevation = _warped(mosaic, mosaic_grid, grid)
    notes = [SURFACE]
    if missing:
        names = ", ".join(_square(*tile) for tile in missing)
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
    """The square of one degree, as people name it: N01E003."""
    return _latitude(south) + _longitude(west)


def _degrees(box: Box) -> str:
    """The sides of a box in words: 1 to 2 degrees east, 50 to 51 north."""
    west, south, east, north = box
    return f"{west:g} to {east:g} degrees east, {south:g} to {north:g} north"


def _grid(box: Box) -> RasterGrid:
    """Cells of 30 m in the UTM zone of a box, all around it."""
    from rasterio import warp
    from rasterio.transform import from_origin

    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -84 <= south < north <= 84):
        raise InvalidInput(
            expected="a box in degrees, from west to east and from south to north, up to 84 north or south",
            received=_degrees(box),
            advice="Draw it again; one across 180 degrees east, draw as two.",
        )
    crs = projection.utm_zone(*box)
    left, bottom, right, top = warp.transform_bounds(WGS84, crs, *box)
    width, height = right - left, top - bottom
    if max(width, height) > MAX_SIDE or min(width, height) < MIN_SIDE:
        kind = TooLarge if max(width, height) > MAX_SIDE else InvalidInput
        raise kind(
            expected=f"a box of {MIN_SIDE / 1e3:g} to {MAX_SIDE / 1e3:g} km to each side",
            received=f"{width / 1e3:.3g} x {height / 1e3:.3g} km",
            advice=f"Draw a {'smaller' if kind is TooLarge else 'larger'} one.",
        )
    left, top = floor(left / CELL) * CELL, -floor(-top / CELL) * CELL
    rows, cols = int(np.ceil((top - bottom) / CELL)), int(np.ceil((right - left) / CELL))
    return RasterGrid(crs, from_origin(left, top, CELL, CELL), rows, cols)


def _padded(grid: RasterGrid) -> Box:
    """The box in degrees around all cells of a grid, with what resampling needs."""
    from rasterio import warp

    west, south, east, north = warp.transform_bounds(grid.crs, WGS84, *grid.bounds)
    return west - PADDING, south - PADDING, east + PADDING, north + PADDING


@contextmanager
def _open_tiles(address: str, around: Box) -> Iterator[tuple[list[RasterFile], list[Tile]]]:
    """The open tiles that a box touches, and those of its tiles that the host does not have."""
    import rasterio
    from rasterio.errors import RasterioError

    west, south, east, north = around
    corners = [(y, x) for y in range(floor(south), floor(north) + 1) for x in range(floor(west), floor(east) + 1)]
    urls = {corner: f"{address}/{tile_name(*corner)}/{tile_name(*corner)}.tif" for corner in corners}
    missing = [corner for corner, url in urls.items() if not remote.exists(url, WHAT)]
    limits = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_CONNECTTIMEOUT": remote.MAX_CONNECT,
        "GDAL_HTTP_TIMEOUT": remote.MAX_READ,
        "GDAL_HTTP_MAX_RETRY": remote.MAX_TRIES - 1,
        "GDAL_HTTP_RETRY_DELAY": remote.PAUSE,
        "CPL_VSIL_CURL_NON_CACHED": f"/vsicurl/{address}",  # a file that failed once is asked for again
    }
    with rasterio.Env(**limits), ExitStack() as open_files:
        try:
            tiles: list[RasterFile] = [
                open_files.enter_context(rasterio.open(f"/vsicurl/{urls[corner]}", driver="GTiff"))
                for corner in corners
                if corner not in missing
            ]
            if any(tile.count != 1 or not tile.crs or not tile.crs.is_geographic for tile in tiles):
                raise remote.strange(address, WHAT, "a raster that is no tile in degrees")
            yield tiles, missing
        except RasterioError:
            raise remote.strange(address, WHAT, "a tile that is damaged or breaks off") from None


def _mosaic(
    tiles: list[RasterFile], around: Box, progress: ProgressListener | None
) -> tuple[NDArray[np.float32], RasterGrid]:
    """The tiles' windows on one grid in degrees, that of the finest tile; NaN where there is none [m].

    Tiles that lie on that grid are copied as they are; those of another width are resampled bilinearly.
    """
    from rasterio import band, warp
    from rasterio.enums import Resampling

    finest = min(tiles, key=lambda tile: tile.res[0])
    x, y = finest.res
    west, south, east, north = around
    left, top = finest.transform @ (0, 0)
    left += floor((west - left) / x) * x
    top -= floor((top - north) / y) * y
    grid = RasterGrid(
        WGS84,
        Affine(x, 0, left, 0, -y, top),
        int(np.ceil((top - south) / y)),
        int(np.ceil((east - left) / x)),
    )
    mosaic = np.full((grid.rows, grid.cols), np.nan, dtype=np.float32)
    for number, tile in enumerate(tiles):
        if progress is not None:
            progress(Progress(number / len(tiles), Stage.FETCHING, done=number + 1, total=len(tiles)))
        warp.reproject(
            band(tile, 1),
            mosaic,
            src_nodata=tile.nodata,
            dst_transform=grid.transform,
            dst_crs=WGS84,
            dst_nodata=np.nan,
            init_dest_nodata=False,
            resampling=Resampling.bilinear,
        )
    return mosaic, grid


def _fill_sea(mosaic: NDArray[np.float32], grid: RasterGrid, missing: list[Tile]) -> None:
    """Set the squares without a tile to 0 m. A tile's cells have their centres on its western and northern edges."""
    x, y = grid.transform.a, -grid.transform.e
    left, _, _, top = grid.bounds
    longitude = left + (np.arange(grid.cols) + 0.5) * x
    latitude = top - (np.arange(grid.rows) + 0.5) * y
    for south, west in missing:
        rows = (latitude > south + y / 4) & (latitude <= south + 1 + y / 4)
        cols = (longitude >= west - x / 4) & (longitude < west + 1 - x / 4)
        square = mosaic[np.ix_(rows, cols)]
        mosaic[np.ix_(rows, cols)] = np.where(np.isnan(square), 0.0, square)


def _warped(mosaic: NDArray[np.float32], mosaic_grid: RasterGrid, grid: RasterGrid) -> NDArray[np.float64]:
    """The mosaic on another grid, bilinearly; shape (grid.rows, grid.cols) [m]."""
    from rasterio import warp
    from rasterio.enums import Resampling

    elevation = np.full((grid.rows, grid.cols), np.nan)
    warp.reproject(
        mosaic,
        elevation,
        src_transform=mosaic_grid.transform,
        src_crs=mosaic_grid.crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return elevation
