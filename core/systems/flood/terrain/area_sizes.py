"""How many cells an area may have, to be kept and to be forecast; and the wider cells that are offered for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import TooLarge
from core.settings import settings
from core.systems.flood.terrain import projection, rasters, terrain

if TYPE_CHECKING:
    from core.systems.flood.terrain.areas import Area


@dataclass(frozen=True)
class Header:
    """What a file says about itself before its elevations are read.

    width: of a cell, in the file's units (metres, feet or degrees). crs: None if the file names none. fits: the least
    cell size, in the same units, with which it can be kept; `width` if it can be kept as it is.
    """

    rows: int
    cols: int
    width: float
    crs: str | None
    fits: float


def look(data: bytes) -> Header:
    """The header of a GeoTIFF or ASCII grid, to offer wider cells before `areas.add` refuses.

    Raises InvalidInput and TooLarge for what `areas.add` would refuse by the header, whatever else is said.
    """
    with rasters.opened(data) as dataset:
        rows, cols, width = dataset.height, dataset.width, float(dataset.res[0])
        crs = projection.crs_name(dataset.crs.to_wkt()) if dataset.crs else None
        factor = _least_factor(rows, cols, rasters.MOST_CELLS)
        terrain.check_header(dataset, factor)
    return Header(rows, cols, width, crs, factor * width)


def fitting_cell_size(area: Area, most_cells: int) -> float:
    """The area's own cell size, or the least multiple of it with which it has at most so many cells [m]."""
    return _least_factor(area.rows, area.cols, most_cells) * area.dx


def _least_factor(rows: int, cols: int, most_cells: int) -> int:
    factor = max(1, int(np.sqrt(rows * cols / most_cells)))
    while -(-rows // factor) * -(-cols // factor) > most_cells:
        factor += 1
    return factor


def check_forecast(area: Area, cell_size: float | None = None) -> None:
    """Raise TooLarge if the area has too many cells to forecast, by LOOKOUT_MAX_FLOOD_CELLS; cell_size as asked [m]."""
    most = settings().max_flood_cells
    factor = max(1, round((cell_size or area.dx) / area.dx))
    rows, cols = -(-area.rows // factor), -(-area.cols // factor)
    if rows * cols > most:
        fits = fitting_cell_size(area, most)
        raise TooLarge(
            f"Expected an area of up to {most:,} cells to forecast. Received {rows:,} x {cols:,} of "
            f"{factor * area.dx:g} m. Choose cells of {fits:g} m, which average it, or cut out the area that matters."
        )
