"""Water that enters at places on the map: from longitude and latitude to cells of the terrain."""

from __future__ import annotations

import numpy as np
import shapely

from core.errors import InvalidInput
from core.hydraulics.domain import Hydrograph, Inflow
from core.systems.flood.terrain import geography
from core.systems.flood.terrain.terrain import Terrain


def at(ground: Terrain, longitude: float, latitude: float, series: Hydrograph) -> Inflow:
    """The inflow at the cell of a place in WGS 84. Raises InvalidInput off the terrain and its data.

    ground: on which the place lies.
    longitude, latitude: of the place [degrees].
    series: discharge over time [m3/s].
    """
    if ground.crs is None:
        raise InvalidInput(
            expected="a terrain with a coordinate system, to find the inflow on it",
            received="one without",
            advice="Export it with its coordinate system.",
        )
    where = f"{longitude:.7g}, {latitude:.7g}"
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise InvalidInput(
            expected="a place as longitude and latitude", received=where, advice="Swap or correct the two."
        )
    col, row = shapely.get_coordinates(geography.grid(ground, shapely.Point(longitude, latitude)))[0]
    rows, cols = ground.elevation.shape
    if not (0 <= row < rows and 0 <= col < cols):
        west, south, east, north = geography.degrees(ground, shapely.box(0, 0, cols, rows)).bounds
        raise InvalidInput(
            expected=f"a place on the terrain, longitude {west:.5f} to {east:.5f}, latitude {south:.5f} to {north:.5f}",
            received=where,
            advice="Move the inflow.",
        )
    inflow = Inflow(np.array([[int(row), int(col)]]), series)
    inflow.check(ground.elevation)
    return inflow
