"""Inflow at places on the map: in the right cell, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from core.errors import InvalidInput
from core.hydraulics.domain import hydrograph
from core.systems.flood.forcing import inflows
from core.systems.flood.terrain.terrain import Terrain
from tests.support.terrains import CORNER, UTM, invented

SERIES = hydrograph([(0, 1), (60, 2)])
TURN = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)


def ground(crs: str | None = UTM) -> Terrain:
    """20 x 30 cells; the last row has no data."""
    depth = np.zeros((20, 30))
    depth[19] = np.nan
    found: Terrain = invented(depth, crs).terrain
    return found


def place(col: float, row: float) -> tuple[float, float]:
    east, north = TURN.transform(CORNER[0] + 10 * col, CORNER[1] - 10 * row)
    return float(east), float(north)


@pytest.mark.parametrize(("col", "row", "cell"), [(0.01, 0.01, [0, 0]), (29.99, 18.99, [18, 29]), (7.4, 3.6, [3, 7])])
def test_a_place_is_found_in_its_cell(col: float, row: float, cell: list[int]) -> None:
    found = inflows.at(ground(), *place(col, row), SERIES)
    assert found.cells.tolist() == [cell]
    found.check(ground().elevation)


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (
            place(-0.01, 5),
            r"a place on the terrain, longitude 15.00000 to 15.00382, latitude 45.15168 to 45.15348\. Received 15, 45",
        ),
        (place(30.01, 5), "a place on the terrain"),
        (place(5, 20.01), "a place on the terrain"),
        (place(5, 19.5), "Received one on a cell without data"),
        ((45.15, 15.0), "a place on the terrain"),
        ((-170.0, -89.9), "a place on the terrain"),
        ((15.0, 145.0), "a place as longitude and latitude"),
        ((float("nan"), 45.0), "a place as longitude and latitude"),
        ((float("inf"), 45.0), "a place as longitude and latitude"),
    ],
    ids=str,
)
def test_a_place_off_the_data_is_refused(where: tuple[float, float], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        inflows.at(ground(), *where, SERIES)


def test_a_terrain_nowhere_has_no_places() -> None:
    with pytest.raises(InvalidInput, match="a terrain with a coordinate system"):
        inflows.at(ground(None), 15.0, 45.0, SERIES)
