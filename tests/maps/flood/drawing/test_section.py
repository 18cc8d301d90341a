"""A section says what the rasters say along its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from core.errors import InvalidInput
from core.maps.flood import point_series
from core.maps.flood.drawing import section, section_map
from core.maps.flood.forecast_folder import ForecastFolder
from tests.maps.flood.conftest import BRITISH, DEGREES, LEAD_TIMES, UTM, Write, pool


def place(folder: ForecastFolder, row: float, col: float) -> tuple[float, float]:
    """Latitude and longitude of a place on the grid, by row and column from its corner."""
    x, y = folder.transform @ (col, row)
    longitude, latitude = Transformer.from_crs(folder.crs, "EPSG:4326", always_xy=True).transform(x, y)
    return latitude, longitude


def steps() -> np.ndarray:
    """Water as deep as the column's number in decimetres, shape (10, 20) [m]."""
    return np.tile(np.arange(20) / 10, (10, 1))


@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_depths_along_a_line_are_those_of_the_cells_that_it_crosses(written: Write, crs: str) -> None:
    folder = written(steps(), crs)
    found = section.read_section(folder, [place(folder, 5.5, 0.5), place(folder, 5.5, 19.5)])
    dx = folder.cell_size[0]
    cols = np.floor(0.5 + found.distance / dx + 1e-6).astype(int)
    inside = np.abs((0.5 + found.distance / dx) % 1 - 0.5) < 0.45  # not on the border of two cells
    assert found.distance[-1] == pytest.approx(19 * dx, rel=1e-3)
    assert found.max_depth[inside] == pytest.approx(cols[inside] / 10, abs=1e-5)
    assert found.depths[:, inside] == pytest.approx(np.outer([0.2, 0.6, 1.0], cols[inside] / 10), abs=1e-5)
    assert found.lead_times == LEAD_TIMES
    ground = 100 + 0.3 * cols + 2 * np.sin(1.0)  # as `invented` makes it, in row 5
    assert found.ground[inside] == pytest.approx(ground[inside], abs=1e-4)


def test_the_level_is_ground_and_water_where_there_is_water(written: Write) -> None:
    folder = written(steps())
    found = section.read_section(folder, [place(folder, 5.5, 0.5), place(folder, 5.5, 19.5)])
    level = found.level(None)
    assert np.isnan(level[found.max_depth < 0.05]).all()
    wet = found.max_depth >= 0.05
    assert level[wet] == pytest.approx((found.ground + found.max_depth)[wet])
    assert np.nanmax(found.level(0) - found.ground) == pytest.approx(0.2 * 1.9, abs=1e-5)


def test_a_bent_line_is_as_long_as_its_parts_and_is_empty_off_the_grid(written: Write) -> None:
    folder = written(pool())
    points = [place(folder, 30, -20), place(folder, 30, 40), place(folder, 90, 40)]
    found = section.read_section(folder, points)
    assert found.distance[-1] == pytest.approx(1200, rel=2e-3)  # 60 cells of 10 m, twice
    assert found.points == tuple(points)
    off = (found.distance < 195) | (found.distance > 905)
    assert np.isnan(found.max_depth[off]).all()
    assert np.isfinite(found.max_depth[~off & (found.distance > 205) & (found.distance < 895)]).all()


def test_no_data_stays_no_data(written: Write) -> None:
    depth = steps()
    depth[:, 5:10] = np.nan
    folder = written(depth)
    found = section.read_section(folder, [place(folder, 5.5, 0.5), place(folder, 5.5, 19.5)])
    hole = (found.distance > 50) & (found.distance < 90)
    assert np.isnan(found.ground[hole]).all()
    assert np.isnan(found.level(2)[hole]).all()


def test_a_long_line_has_as_many_samples_as_a_chart_shows(written: Write) -> None:
    folder = written(np.ones((3, 2000)))
    found = section.read_section(folder, [place(folder, 1.5, 0.5), place(folder, 1.5, 1999.5)])
    assert found.distance.size == section.MAX_SAMPLES


@pytest.mark.parametrize("points", [[], [(45.0, 15.0)], [(45.0, 15.0)] * 51])
def test_what_is_no_line_is_refused(written: Write, points: list[tuple[float, float]]) -> None:
    with pytest.raises(InvalidInput, match="a line of 2 to 50 points"):
        section.read_section(written(pool()), points)


@pytest.mark.parametrize("points", [[(10.0, 10.0), (10.0, 10.1)], [(-89.9, 0.0), (89.9, 179.0)]])
def test_a_line_elsewhere_is_refused(written: Write, points: list[tuple[float, float]]) -> None:
    with pytest.raises(InvalidInput, match="a line across the forecast's area"):
        section.read_section(written(pool()), points)


def test_a_line_reads_as_it_was_written() -> None:
    points = ((45.123456, -15.5), (45.2, -15.6), (45.3, 15.0))
    assert section.parsed(section.written(points)) == points
    assert section.parsed(" 45,15 ;46 , 16; ") == ((45.0, 15.0), (46.0, 16.0))
    assert len(section.parsed(section.EXAMPLE)) == 2


@pytest.mark.parametrize(
    "text", ["", "45, 15", "45, 15; here", "45, 15, 3; 46, 16", "95, 15; 46, 16", "45, 181; 46, 16", "nan, 1; 2, 3"]
)
def test_what_is_not_understood_says_what_is(text: str) -> None:
    with pytest.raises(InvalidInput, match="two or more points of latitude and longitude"):
        section.parsed(text)


def test_the_line_across_lies_on_the_grid(written: Write, tmp_path: Path) -> None:
    folder = written(pool(), BRITISH)
    found = section.read_section(folder, section_map.across(folder))
    assert np.isfinite(found.max_depth).all()
    assert found.max_depth.max() == pytest.approx(2.0, abs=0.1)  # through the middle of the pool


def test_the_deepest_place_is_the_one_that_headlines_name(written: Write) -> None:
    depth = pool()
    depth[7, 11] = 5.0
    folder = written(depth)
    latitude, longitude = point_series.deepest(folder) or (0.0, 0.0)
    point = point_series.read_point(folder, latitude, longitude)
    assert point is not None
    assert (point.row, point.col, point.max_depth) == (7, 11, 5.0)
    assert point_series.deepest(written(np.zeros((9, 9)))) is None
