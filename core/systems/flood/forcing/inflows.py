"""Water that enters at places on the map: from longitude and latitude to cells of the terrain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import InvalidInput
from core.hydraulics.domain import Hydrograph, Inflow, hydrograph
from core.systems.flood.terrain import geography
from core.systems.flood.terrain.terrain import Terrain

MOST_ROWS = 10_000


def at(ground: Terrain, longitude: float, latitude: float, series: Hydrograph) -> Inflow:
    """A discharge [m3/s] at the cell of a place in WGS 84. Raises InvalidInput off the terrain and its data."""
    import shapely

    if ground.crs is None:
        raise InvalidInput(
            "Expected a terrain with a coordinate system, to find the inflow on it. Received one without. Export it "
            "with its coordinate system."
        )
    where = f"{longitude:.7g}, {latitude:.7g}"
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise InvalidInput(f"Expected a place as longitude and latitude. Received {where}. Swap or correct the two.")
    col, row = shapely.get_coordinates(geography.grid(ground, shapely.Point(longitude, latitude)))[0]
    rows, cols = ground.elevation.shape
    if not (0 <= row < rows and 0 <= col < cols):
        west, south, east, north = geography.degrees(ground, shapely.box(0, 0, cols, rows)).bounds
        raise InvalidInput(
            f"Expected a place on the terrain, longitude {west:.5f} to {east:.5f}, latitude {south:.5f} to "
            f"{north:.5f}. Received {where}. Move the inflow."
        )
    made = Inflow(np.array([[int(row), int(col)]]), series)
    made.check(ground.elevation)
    return made


def of_rows(rows: Sequence[Sequence[float]]) -> Hydrograph:
    """A discharge from rows of time [s] and discharge [m3/s]. Raises InvalidInput."""
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"Expected up to {MOST_ROWS:,} rows of inflow. Received {len(rows):,}. Thin them out.")
    wrong = next((place for place, row in enumerate(rows, 1) if len(row) != 2), None)
    if wrong is not None:
        raise InvalidInput(
            f"Expected rows of time [s] and discharge [m3/s]. Received {len(rows[wrong - 1])} numbers in row {wrong}. "
            "Correct it."
        )
    return hydrograph([(float(time), float(rate)) for time, rate in rows])
