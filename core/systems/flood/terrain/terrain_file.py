"""Terrain from a file: elevation in metres on square cells, where it lies, and what had to be done to get there.

| found in the file | what is done |
|---|---|
| no coordinate system, or a local one | cells count as metres, with a note; an error if they look like degrees |
| the same, but the caller names one | that one counts |
| degrees | brought to the local UTM zone at a like cell size, bilinearly, with a note |
| feet, where the file says so | converted, with a note; a note too where it could be feet and does not say |
| NaN, the file's own mark, -32768, anything that no land has | no data: a wall |
| only such cells, fewer than 3 x 3, turned or without cell size, no raster, JPEG, a picture | an error |
| flat | a note |
| several bands | the first, with a note |
| too many cells | an error from the header alone, which names the cell size that would do |
| the caller names a box | the part of the file in it is read, and it alone counts above |
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.systems.flood.terrain import projection, raster_part, rasters
from core.systems.flood.terrain.raster_part import Box
from core.systems.flood.terrain.raster_types import CoordinateSystem, RasterFile
from core.systems.flood.terrain.terrain import Terrain

MIN_ELEVATION, MAX_ELEVATION = -500.0, 9000.0  # land lies between the Dead Sea's shore and Everest [m]
MIN_SIDE = 3  # rows and columns
FLAT = 1e-6  # difference in elevation up to which a terrain counts as flat [m]
PREVIEW_SIDE = 700  # pixels of the longer side
UNIT_UNKNOWN = (
    "The file's coordinates are in feet, and it does not say what its elevations are in: they count as metres. If they "
    "are in feet, give the file's band the unit ft, and add it again."
)
FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937, "us-ft": 1200 / 3937}
"""Length of a unit by its name in files [m]."""


def read(
    source: Path | bytes, cell_size: float | None = None, crs: str | None = None, box: Box | None = None
) -> Terrain:
    """The terrain in a GeoTIFF or ASCII grid. Raises InvalidInput, TooLarge: the message says what to do.

    source: the file, or its bytes.
    cell_size: averages the elevations into cells of that width, in the file's units.
    crs: the file's coordinate system, EPSG:27700 say, if it names none itself.
    box: the part that is read: west, south, east, north [degrees, WGS 84]; None for all.
    """
    with opened(source, crs, box) as (dataset, system):
        factor = 1 if cell_size is None else _factor(dataset, cell_size)
        check_header(dataset, factor)
        _check_location(dataset, system)
        elevation, notes = rasters.band(dataset, factor)
        transform = dataset.transform @ dataset.transform.scale(factor)
        unit = dataset.units[0]
    if transform.e > 0:  # the first row is the southernmost
        elevation = elevation[::-1]
        transform = transform @ transform.translation(0, len(elevation)) @ transform.scale(1, -1)
    if transform.a < 0:  # the first column is the easternmost
        elevation = elevation[:, ::-1]
        transform = transform @ transform.translation(elevation.shape[1], 0) @ transform.scale(-1, 1)
    metres, unit_notes = _metres(system, unit)
    wkt = system.to_wkt() if system else None
    terrain = Terrain(elevation * metres, transform.a, -transform.e, wkt, transform, wkt, (*notes, *unit_notes))
    terrain = _on_metres(_without_impossible(terrain), system)
    return _checked(terrain)


@contextmanager
def opened(
    source: Path | bytes, crs: str | None, box: Box | None
) -> Iterator[tuple[RasterFile, CoordinateSystem | None]]:
    """The open file, or its part in a box, and its coordinate system; parameters as those of `read`."""
    with rasters.opened(source) as raster:
        system = _system(raster, _stated_crs(crs))
        yield (raster if box is None else raster_part.cut(raster, system, box)), system


@dataclass(frozen=True, eq=False)
class TerrainPreview:
    """Terrain at the size of a screen, in Web Mercator, to be looked at and cut before it is read.

    heights: in the file's unit, the northernmost row first, NaN for no data; shape (rows, cols), float32.
    pixel: width and height of a pixel [m].
    box: of its edges: west, south, east, north [degrees, WGS 84].
    """

    heights: NDArray[np.float32]
    pixel: float
    box: Box


def preview(source: Path | bytes, crs: str | None = None) -> TerrainPreview:
    """The preview of a file; parameters as those of `read`. Raises InvalidInput where it does not say where it lies."""
    with opened(source, crs, None) as (dataset, system):
        if system is None:
            raise InvalidInput(
                expected="terrain that says where it lies, to show it on a map",
                received="terrain without a coordinate system",
                advice="Name its coordinate system.",
            )
        shrink = max(1.0, max(dataset.height, dataset.width) / PREVIEW_SIDE)
        shape = max(1, round(dataset.height / shrink)), max(1, round(dataset.width / shrink))
        window = ((0, dataset.height), (0, dataset.width))
        heights = rasters.numbers(dataset, window, shape)
        transform = dataset.transform @ Affine.scale(dataset.width / shape[1], dataset.height / shape[0])
    return TerrainPreview(*projection.in_mercator(heights.astype(np.float32), transform, system.to_wkt()))


def _stated_crs(crs: str | None) -> CoordinateSystem | None:
    """A coordinate system by the name that a person gives it; None for none."""
    if crs is None:
        return None
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    system: CoordinateSystem | None
    try:
        system = CRS.from_user_input(crs)
    except CRSError:
        system = None
    if not system or not (system.is_projected or system.is_geographic):
        raise InvalidInput(
            expected="a coordinate system by its number, such as EPSG:27700",
            received=f"{crs!r:.60}",
            advice="Correct it.",
        )
    return system


def _system(dataset: RasterFile, stated: CoordinateSystem | None) -> CoordinateSystem | None:
    """The file's coordinate system, else the one that was stated; a local one, which lies nowhere, counts as none."""
    own = dataset.crs if dataset.crs and (dataset.crs.is_projected or dataset.crs.is_geographic) else None
    if own and stated and own != stated:
        raise InvalidInput(
            expected=f"no other coordinate system than the file's own, {own.to_string():.80}",
            received=f"{stated.to_string():.80}",
            advice="Leave it out, or correct the file.",
        )
    return own or stated


def check_header(dataset: RasterFile, factor: int) -> None:
    """Refuse by its header alone what cannot become a terrain, whatever its coordinate system. See `rasters.band`."""
    if dataset.transform.b or dataset.transform.d:
        raise InvalidInput(
            expected="a grid whose rows run from west to east", received="a turned one", advice="Reproject it."
        )
    _check_sides(-(-dataset.height // factor), -(-dataset.width // factor))
    rasters.check(dataset, factor)


def _check_sides(rows: int, cols: int) -> None:
    if min(rows, cols) < MIN_SIDE:
        raise InvalidInput(
            expected=f"at least {MIN_SIDE} x {MIN_SIDE} cells",
            received=f"{rows} x {cols}",
            advice="Take a larger area.",
        )


def _check_location(dataset: RasterFile, crs: CoordinateSystem | None) -> None:
    """Refuse a grid that does not say where it lies, and one in degrees that does not say so."""
    transform = dataset.transform
    left, bottom, right, top = dataset.bounds
    if transform.is_identity:
        raise InvalidInput(
            expected="a terrain model that says where it lies and how wide its cells are",
            received="neither",
            advice="Export it as GeoTIFF with its coordinate system.",
        )
    if not crs and max(abs(left), abs(right)) <= 360 and max(abs(top), abs(bottom)) <= 90 and transform.a < 0.1:
        raise InvalidInput(
            expected="a coordinate system, or cells in metres",
            received=f"none, and cells {transform.a:.3g} wide that look like degrees",
            advice="Export it with its coordinate system, EPSG:4326 by its looks.",
        )


def _factor(dataset: RasterFile, cell_size: float) -> int:
    """How many of the file's cells make one of that width, in the file's units."""
    width = float(dataset.res[0])
    if not width <= cell_size < np.inf:
        raise InvalidInput(
            expected=f"a cell size of at least the file's own, {width:g}",
            received=f"{cell_size:g}",
            advice="Finer cells would hold nothing new.",
        )
    return round(cell_size / width)


def _metres(crs: CoordinateSystem | None, unit: str | None) -> tuple[float, list[str]]:
    """The factor that turns elevations into metres, and a sentence if it is not 1.

    crs: of the file; a compound system states the unit of its heights.
    unit: what the file says about its first band; it goes before the crs.
    """
    name = (unit or "").strip().lower()
    if not name and crs:
        from pyproj import CRS

        name = next((axis.unit_name.lower() for axis in CRS(crs.to_wkt()).axis_info if axis.direction == "up"), "")
    factor = FEET.get(name, 1.0)
    if not name and crs and crs.is_projected and crs.linear_units_factor[1] != 1:
        return 1.0, [UNIT_UNKNOWN]
    return factor, [f"The file gives elevations in feet ({name}); they were turned into metres."] if factor != 1 else []


def _without_impossible(terrain: Terrain) -> Terrain:
    """Elevations that no land has count as no data."""
    elevation = terrain.elevation
    impossible = np.isfinite(elevation) & ~((elevation >= MIN_ELEVATION) & (elevation <= MAX_ELEVATION))
    if not impossible.any():
        return terrain
    worst = elevation[impossible][np.abs(elevation[impossible]).argmax()]
    note = (
        f"{impossible.sum():,} cells with elevations below {MIN_ELEVATION:g} or above {MAX_ELEVATION:g} m, such as "
        f"{worst:g}, count as no data."
    )
    return replace(terrain, elevation=np.where(impossible, np.nan, elevation), notes=(*terrain.notes, note))


def _on_metres(terrain: Terrain, crs: CoordinateSystem | None) -> Terrain:
    """The terrain on cells in metres: degrees are reprojected, feet are counted as metres."""
    if crs is None:
        note = (
            f"The file names no coordinate system: its cells count as {terrain.dx:g} x {terrain.dy:g} m, and nothing "
            "can be put on a map."
        )
        return replace(terrain, notes=(*terrain.notes, note))
    if crs.is_geographic:
        moved = projection.in_utm(terrain)
        note = (
            f"The file is in degrees; it was brought to {projection.crs_name(moved.crs)} (UTM) with cells of "
            f"{moved.dx:.3g} m, bilinearly."
        )
        return replace(moved, notes=(*moved.notes, note))
    factor = crs.linear_units_factor[1]
    return replace(terrain, dx=terrain.dx * factor, dy=terrain.dy * factor)


def _checked(terrain: Terrain) -> Terrain:
    """Refuse what no water can run on; a note if all is flat."""
    rows, cols = terrain.elevation.shape
    valid = terrain.elevation[terrain.valid]
    _check_sides(rows, cols)
    if not len(valid):
        raise InvalidInput(
            expected=f"elevations from {MIN_ELEVATION:g} to {MAX_ELEVATION:g} m",
            received="a file in which no cell has data, or only others",
            advice="Choose another area, or export it in metres.",
        )
    if np.ptp(valid) < FLAT:
        note = f"The terrain is flat: every cell lies at {valid[0]:g} m. Water spreads evenly; check the file."
        return replace(terrain, notes=(*terrain.notes, note))
    return terrain
