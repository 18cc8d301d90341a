"""The part of a terrain in a box is those cells of the file, not an average of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from core.errors import InvalidInput
from core.settings import settings
from core.systems.flood.terrain import area_sizes, areas, rasters, terrain_file
from core.systems.flood.terrain.raster_part import Box
from tests.support import floods

ROWS, COLS = 60, 80
HEIGHTS = (100 + np.arange(ROWS)[:, None] + np.arange(COLS)[None, :] / 100).astype(np.float32)


def box_of(top: float, bottom: float, left: float, right: float, cell: float = 10.0) -> Box:
    """The box around some rows and columns of the grid, less a metre on each side."""
    corners = [floods.degrees(row, col, cell) for row in (top + 0.1, bottom - 0.1) for col in (left + 0.1, right - 0.1)]
    longitudes, latitudes = zip(*corners, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def test_the_cells_in_a_box_are_read_as_they_are() -> None:
    ground = terrain_file.read(floods.geotiff(HEIGHTS), box=box_of(10, 30, 20, 60))
    assert ground.elevation.shape == (20, 40)
    np.testing.assert_array_equal(ground.elevation, HEIGHTS[10:30, 20:60])
    assert ground.transform @ (0, 0) == (floods.CORNER[0] + 200, floods.CORNER[1] - 100)
    assert (ground.dx, ground.dy) == (10, 10)


def test_a_file_whose_first_row_is_the_southernmost_is_cut_at_the_same_place() -> None:
    south = Affine(10, 0, floods.CORNER[0], 0, 10, floods.CORNER[1] - 10 * ROWS)
    upside_down = floods.geotiff(HEIGHTS[::-1].copy(), transform=south)
    ground = terrain_file.read(upside_down, box=box_of(10, 30, 20, 60))
    np.testing.assert_array_equal(ground.elevation, HEIGHTS[10:30, 20:60])


def test_a_file_in_degrees_is_cut_before_it_is_moved() -> None:
    degrees = Affine(0.001, 0, 3.0, 0, -0.001, 1.0)
    data = floods.geotiff(HEIGHTS, crs="EPSG:4326", transform=degrees)
    ground = terrain_file.read(data, box=(3.0201, 0.9701, 3.0599, 0.9899))
    heights = ground.elevation[np.isfinite(ground.elevation)]
    assert HEIGHTS[10:30, 20:60].min() <= heights.min() < heights.max() <= HEIGHTS[10:30, 20:60].max()
    assert ground.elevation.size < 1.3 * 20 * 40


def test_a_box_over_the_edge_takes_what_there_is() -> None:
    assert terrain_file.read(floods.geotiff(HEIGHTS), box=box_of(50, 90, -30, 10)).elevation.shape == (10, 10)


def test_a_part_can_be_averaged_too() -> None:
    ground = terrain_file.read(floods.geotiff(HEIGHTS), cell_size=20, box=box_of(10, 30, 20, 60))
    np.testing.assert_allclose(
        ground.elevation, HEIGHTS[10:30, 20:60].reshape(10, 2, 20, 2).mean(axis=(1, 3)), rtol=1e-6
    )


@pytest.mark.parametrize("box", [(10.0, 50.0, 10.1, 50.1), (3.02, 0.99, 3.01, 0.98), (float("nan"), 0.0, 4.0, 1.0)])
def test_a_box_beside_the_terrain_is_refused(box: Box) -> None:
    with pytest.raises(InvalidInput, match="Expected a box over the terrain"):
        terrain_file.read(floods.geotiff(HEIGHTS), box=box)


def test_terrain_that_lies_nowhere_cannot_be_cut_until_its_system_is_named() -> None:
    data = floods.geotiff(HEIGHTS, crs=None)
    with pytest.raises(InvalidInput, match="Name the coordinate system"):
        terrain_file.read(data, box=box_of(10, 30, 20, 60))
    assert terrain_file.read(data, crs=floods.UTM, box=box_of(10, 30, 20, 60)).elevation.shape == (20, 40)


def test_too_large_a_file_is_kept_in_part_with_its_own_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "MAX_CELLS", 1000)
    monkeypatch.setenv("LOOKOUT_MAX_FLOOD_CELLS", "900")
    settings.cache_clear()
    data, box = floods.geotiff(HEIGHTS), box_of(10, 30, 20, 60)
    whole, part = area_sizes.look(data), area_sizes.look(data, None, box)
    assert (whole.rows, whole.cols, whole.fits, whole.forecast_fits) == (ROWS, COLS, 30, 30)
    assert (part.rows, part.cols, part.fits, part.forecast_fits) == (20, 40, 10, 10)
    made = areas.add("Part", data, tmp_path / "areas", box=box)
    assert (made.rows, made.cols, made.dx, made.notes) == (20, 40, 10, ())
    settings.cache_clear()


def test_a_preview_lies_where_the_terrain_does(tmp_path: Path) -> None:
    seen = terrain_file.preview(floods.geotiff(HEIGHTS))
    west, south, east, north = seen.box
    assert seen.box == pytest.approx(box_of(-0.1, ROWS + 0.1, -0.1, COLS + 0.1), abs=0.0002)  # two cells
    assert seen.pixel == pytest.approx(10, rel=0.02)
    to_mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    longitude, latitude = floods.degrees(20.5, 40.5)
    (left, top), (right, bottom), (x, y) = (
        to_mercator.transform(*place) for place in ((west, north), (east, south), (longitude, latitude))
    )
    row = int((top - y) / (top - bottom) * seen.heights.shape[0])
    col = int((x - left) / (right - left) * seen.heights.shape[1])
    assert seen.heights[row, col] == pytest.approx(HEIGHTS[20, 40], abs=1.02)  # a row more or less


def test_a_preview_is_never_larger_than_a_screen(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    path.write_bytes(floods.geotiff(np.zeros((900, 2500), np.float32) + np.arange(2500, dtype=np.float32)))
    assert max(terrain_file.preview(path).heights.shape) <= 1.1 * terrain_file.PREVIEW_SIDE
    with rasterio.open(path) as dataset:
        assert dataset.width == 2500


def test_a_preview_of_terrain_that_lies_nowhere_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Name its coordinate system"):
        terrain_file.preview(floods.geotiff(HEIGHTS, crs=None))
