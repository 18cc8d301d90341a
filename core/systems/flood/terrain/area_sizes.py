"""How many cells an area may have, to be kept and to be forecast; and the wider cells that are offered for more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import TooLarge
from core.settings import settings
from core.systems.flood.terrain import projection, rasters, terrain_file
from core.systems.flood.terrain.area import Area
from core.systems.flood.terrain.raster_part import Box


@dataclass(frozen=True)
class TerrainHeader:
    """What a file says about itself before its elevations are read.

    rows, cols: of its grid.
    width: of a cell, in the file's units (metres, feet or degrees).
    crs: name of its coordinate system; None if the file names none.
    fits: the least cell size, in the same units, with which it can be kept; `width` if it can be kept as it is.
    forecast_fits: likewise to be forecast, by LOOKOUT_MAX_FLOOD_CELLS.
    """

    rows: int
    cols: int
    width: float
    crs: str | None
    fits: float
    forecast_fits: float


def look(data: bytes, crs: str | None = None, box: Box | None = None) -> TerrainHeader:
    """The header of a GeoTIFF or ASCII grid, to offer wider cells before `areas.add` refuses.

    crs: the file's coordinate system, if it names none itself.
    box: the part that is meant: west, south, east, north [degrees, WGS 84]; None for all.
    Raises InvalidInput and TooLarge for what `areas.add` would refuse by the header, whatever else is asked for.
    """
    with terrain_file.opened(data, crs, box) as (dataset, _system):
        rows, cols, width = dataset.height, dataset.width, float(dataset.res[0])
        name = projection.crs_name(dataset.crs.to_wkt()) if dataset.crs else None
        factor = _min_factor(rows, cols, rasters.MAX_CELLS)
        terrain_file.check_header(dataset, factor)
    forecast_factor = _min_factor(rows, cols, settings().max_flood_cells)
    return TerrainHeader(rows, cols, width, name, factor * width, forecast_factor * width)


def fitting_cell_size(area: Area, max_cells: int) -> float:
    """The area's own cell size, or the least multiple of it with which it has at most `max_cells` cells [m]."""
    return _min_factor(area.rows, area.cols, max_cells) * area.dx


def _min_factor(rows: int, cols: int, max_cells: int) -> int:
    """The least number of cells to a side that are averaged into one, so that at most `max_cells` remain."""
    factor = max(1, int(np.sqrt(rows * cols / max_cells)))
    while -(-rows // factor) * -(-cols // factor) > max_cells:
        factor += 1
    return factor


def check_forecast(area: Area, cell_size: float | None = None) -> None:
    """Raise TooLarge if the area has too many cells to forecast, by LOOKOUT_MAX_FLOOD_CELLS.

    cell_size: that is asked for [m]; None for the area's own.
    """
    max_cells = settings().max_flood_cells
    factor = max(1, round((cell_size or area.dx) / area.dx))
    rows, cols = -(-area.rows // factor), -(-area.cols // factor)
    if rows * cols > max_cells:
        fits = fitting_cell_size(area, max_cells)
        raise TooLarge(
            expected=f"an area of up to {max_cells:,} cells to forecast",
            received=f"{rows:,} x {cols:,} of {factor * area.dx:g} m",
            advice=f"Choose cells of {fits:g} m, which average it, or cut out the area that matters.",
        )
