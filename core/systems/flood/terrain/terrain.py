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
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInput
from core.systems.flood.terrain import projection, rasters

LOWEST, HIGHEST = -500.0, 9000.0  # land lies between the Dead Sea's shore and Everest [m]
FEWEST = 3  # rows and columns
FLAT = 1e-6  # [m]
UNIT_UNKNOWN = (
    "The file's coordinates are in feet, and it does not say what its elevations are in: they count as metres. If they "
    "are in feet, give the file's band the unit ft, and add it again."
)
FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937, "us-ft": 1200 / 3937}


@dataclass(frozen=True)
class Terrain:
    """Ground on a grid whose first row is the northernmost.

    elevation: above datum, shape (rows, cols), NaN where there is no data [m]. dx, dy: cell size [m]. crs: of the grid,
    as WKT; None if the file names none. transform: of (col, row) to the crs, affine.Affine. file_crs: of the file's own
    coordinates, where the grid was brought to another. notes: what was done, in sentences for the analyst.
    """

    elevation: np.ndarray
    dx: float
    dy: float
    crs: str | None
    transform: Any
    file_crs: str | None
    notes: tuple[str, ...] = ()

    @property
    def valid(self) -> np.ndarray:
        """Which cells have data; shape (rows, cols)."""
        known: np.ndarray = np.isfinite(self.elevation)
        return known

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the grid's crs from those of the file's."""
        if self.crs == self.file_crs:
            return x, y
        from rasterio import warp

        xs, ys = warp.transform(self.file_crs, self.crs, x, y)
        return np.asarray(xs), np.asarray(ys)

    def cells(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Row and column of points given in the file's crs, inside the grid or not; shape (n, 2)."""
        cols, rows = ~self.transform @ self.coordinates(x, y)
        return np.column_stack([np.floor(rows), np.floor(cols)]).astype(np.int64)

    def mask(self, polygons: list[dict[str, Any]]) -> np.ndarray:
        """Cells whose centre lies in one of the polygons (GeoJSON geometries in the file's crs); shape (rows, cols)."""
        from rasterio import features, warp

        if self.crs != self.file_crs:
            polygons = [warp.transform_geom(self.file_crs, self.crs, one) for one in polygons]
        if not polygons:
            return np.zeros(self.elevation.shape, dtype=bool)
        drawn = features.rasterize(polygons, self.elevation.shape, transform=self.transform, dtype=np.uint8)
        return np.asarray(drawn, dtype=bool)


def read(source: Path | bytes, cell_size: float | None = None, crs: str | None = None) -> Terrain:
    """The terrain in a GeoTIFF or ASCII grid; `cell_size` averages it into cells of that width, in the file's units.

    crs: the file's coordinate system, EPSG:27700 say, if it names none itself. Raises InvalidInput, TooLarge: the
    message says what to do.
    """
    named = _named(crs)
    with rasters.opened(source) as dataset:
        system = _system(dataset, named)
        factor = 1 if cell_size is None else _factor(dataset, cell_size)
        check_header(dataset, factor)
        _check_place(dataset, system)
        elevation, notes = rasters.band(dataset, factor)
        transform = dataset.transform @ dataset.transform.scale(factor)
        unit = dataset.units[0]
    if transform.e > 0:  # the first row is the southernmost
        elevation = elevation[::-1]
        transform = transform @ transform.translation(0, len(elevation)) @ transform.scale(1, -1)
    if transform.a < 0:  # the first column is the easternmost
        elevation = elevation[:, ::-1]
        transform = transform @ transform.translation(elevation.shape[1], 0) @ transform.scale(-1, 1)
    metres, said = _metres(system, unit)
    wkt = system.to_wkt() if system else None
    terrain = Terrain(elevation * metres, transform.a, -transform.e, wkt, transform, wkt, (*notes, *said))
    terrain = _on_metres(_without_impossible(terrain), system)
    return _checked(terrain)


def _named(crs: str | None) -> Any:
    """A coordinate system by the name that a person gives it; None for none."""
    if crs is None:
        return None
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        named = CRS.from_user_input(crs)
    except CRSError:
        named = None
    if not named or not (named.is_projected or named.is_geographic):
        raise InvalidInput(
            f"Expected a coordinate system by its number, such as EPSG:27700. Received {crs!r:.60}. Correct it."
        )
    return named


def _system(dataset: Any, named: Any) -> Any:
    """The file's coordinate system, else the one that was named; a local one, which lies nowhere, counts as none."""
    own = dataset.crs if dataset.crs and (dataset.crs.is_projected or dataset.crs.is_geographic) else None
    if own and named and own != named:
        raise InvalidInput(
            f"Expected no other coordinate system than the file's own, {own.to_string():.80}. Received "
            f"{named.to_string():.80}. Leave it out, or correct the file."
        )
    return own or named


def check_header(dataset: Any, factor: int) -> None:
    """Refuse by its header alone what cannot become a terrain, whatever its coordinate system. See `rasters.band`."""
    if dataset.transform.b or dataset.transform.d:
        raise InvalidInput("Expected a grid whose rows run from west to east. Received a turned one. Reproject it.")
    _check_fewest(-(-dataset.height // factor), -(-dataset.width // factor))
    rasters.check(dataset, factor)


def _check_fewest(rows: int, cols: int) -> None:
    if min(rows, cols) < FEWEST:
        raise InvalidInput(
            f"Expected at least {FEWEST} x {FEWEST} cells. Received {rows} x {cols}. Take a larger area."
        )


def _check_place(dataset: Any, crs: Any) -> None:
    transform = dataset.transform
    left, bottom, right, top = dataset.bounds
    if transform.is_identity:
        raise InvalidInput(
            "Expected a terrain model that says where it lies and how wide its cells are. Received neither. Export it "
            "as GeoTIFF with its coordinate system."
        )
    if not crs and max(abs(left), abs(right)) <= 360 and max(abs(top), abs(bottom)) <= 90 and transform.a < 0.1:
        raise InvalidInput(
            f"Expected a coordinate system, or cells in metres. Received none, and cells {transform.a:.3g} wide that "
            "look like degrees. Export it with its coordinate system, EPSG:4326 by its looks."
        )


def _factor(dataset: Any, cell_size: float) -> int:
    """How many of the file's cells make one of that width, in the file's units."""
    width = float(dataset.res[0])
    if not width <= cell_size < np.inf:
        raise InvalidInput(
            f"Expected a cell size of at least the file's own, {width:g}. Received {cell_size:g}. Finer cells would "
            "hold nothing new."
        )
    return round(cell_size / width)


def _metres(crs: Any, unit: str | None) -> tuple[float, list[str]]:
    """What turns elevations into metres, and a sentence if it is not 1."""
    said = (unit or "").strip().lower()
    if not said and crs:
        from pyproj import CRS

        said = next((axis.unit_name.lower() for axis in CRS(crs.to_wkt()).axis_info if axis.direction == "up"), "")
    factor = FEET.get(said, 1.0)
    if not said and crs and crs.is_projected and crs.linear_units_factor[1] != 1:
        return 1.0, [UNIT_UNKNOWN]
    return factor, [f"The file gives elevations in feet ({said}); they were turned into metres."] if factor != 1 else []


def _without_impossible(terrain: Terrain) -> Terrain:
    """Elevations that no land has count as no data."""
    numbers = terrain.elevation
    impossible = np.isfinite(numbers) & ~((numbers >= LOWEST) & (numbers <= HIGHEST))
    if not impossible.any():
        return terrain
    worst = numbers[impossible][np.abs(numbers[impossible]).argmax()]
    note = (
        f"{impossible.sum():,} cells with elevations below {LOWEST:g} or above {HIGHEST:g} m, such as {worst:g}, count "
        "as no data."
    )
    return replace(terrain, elevation=np.where(impossible, np.nan, numbers), notes=(*terrain.notes, note))


def _on_metres(terrain: Terrain, crs: Any) -> Terrain:
    """The same on cells in metres: degrees are reprojected, feet are counted as metres."""
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
    _check_fewest(rows, cols)
    if not len(valid):
        raise InvalidInput(
            f"Expected elevations from {LOWEST:g} to {HIGHEST:g} m. Received a file in which no cell has data, or only "
            "others. Choose another area, or export it in metres."
        )
    if np.ptp(valid) < FLAT:
        note = f"The terrain is flat: every cell lies at {valid[0]:g} m. Water spreads evenly; check the file."
        return replace(terrain, notes=(*terrain.notes, note))
    return terrain
