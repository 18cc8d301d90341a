"""Pictures lie where the water is, in every kind of coordinates, and are never larger than a screen."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer

from core.errors import InvalidInput
from core.hydraulics.hazard import depth_class
from core.maps.flood import forecast_folder, pictures, views, water_edge
from tests.maps.flood.conftest import BRITISH, DEGREES, FAR_NORTH, POLAR, UTM, Write, mixed, pool

EDGE = [[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in (water_edge.INK, water_edge.HALO)]
MERCATOR = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)


def classes(picture: bytes) -> np.ndarray:
    """Steps of the scale, 0 for none and for the edge of the water; shape (height, width)."""
    image = Image.open(BytesIO(picture))
    colours = np.array(image.getpalette()).reshape(-1, 3).tolist()
    edge = [index for index, colour in enumerate(colours) if index and colour in EDGE]
    codes = np.asarray(image)
    return np.where(np.isin(codes, edge), 0, codes)


def pixels(view: views.View, longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column, with fractions, at which Leaflet shows places: linear in Web Mercator between the bounds."""
    south, west, north, east = view.bounds
    left, bottom = MERCATOR.transform(west, south)
    right, top = MERCATOR.transform(east, north)
    x, y = MERCATOR.transform(longitude, latitude)
    return (top - y) / (top - bottom) * view.height, (x - left) / (right - left) * view.width


def places(opened: forecast_folder.ForecastFolder, seed: int = 0, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows within the grid, with fractions."""
    random = np.random.default_rng(seed)
    return random.uniform(1, opened.shape[1] - 1, count), random.uniform(1, opened.shape[0] - 1, count)


@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_a_pixel_shows_the_cell_below_it_within_half_a_cell(written: Write, crs: str) -> None:
    opened = written(mixed(), crs)
    view = views.whole_grid(opened)
    shown = classes(pictures.max_depth(opened, view).pictures[0])
    cols, rows = places(opened)
    x, y = opened.transform @ (cols, rows)
    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    down, right = pixels(view, np.asarray(longitude), np.asarray(latitude))
    found = shown[np.floor(down).astype(int), np.floor(right).astype(int)]
    with opened.raster("max_depth") as dataset:
        truth = depth_class(dataset.read(1))
    half = [(a, b) for a in (-0.5, 0, 0.5) for b in (-0.5, 0, 0.5)]
    near = [truth[np.floor(rows + a).astype(int), np.floor(cols + b).astype(int)] for a, b in half]
    assert np.any([found == one for one in near], axis=0).all()
    # and where the place is well inside its cell, it is that very cell
    inside = (np.abs(rows % 1 - 0.5) < 0.2) & (np.abs(cols % 1 - 0.5) < 0.2)
    assert inside.sum() > 30
    assert (found == truth[np.floor(rows).astype(int), np.floor(cols).astype(int)])[inside].all()


@pytest.mark.parametrize("crs", [UTM, BRITISH, DEGREES])
def test_a_part_lies_where_the_whole_has_it(written: Write, crs: str) -> None:
    opened = written(mixed(), crs)
    south, west, north, east = views.whole_grid(opened).bounds
    middle = ((south + north) / 2, (west + east) / 2)
    view = views.grid_part(opened, (middle[0], middle[1], north, east), (900, 700))
    assert view is not None
    assert view.bounds == pytest.approx((middle[0], middle[1], north, east), abs=1e-9)
    shown = classes(pictures.max_depth(opened, view).pictures[0])
    cols, rows = places(opened)
    x, y = opened.transform @ (np.floor(cols) + 0.5, np.floor(rows) + 0.5)
    longitude, latitude = map(np.asarray, Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y))
    kept = (latitude > middle[0] + 1e-5) & (longitude > middle[1] + 1e-5)
    down, right = pixels(view, longitude[kept], latitude[kept])
    with opened.raster("max_depth") as dataset:
        truth = depth_class(dataset.read(1))[np.floor(rows).astype(int), np.floor(cols).astype(int)][kept]
    assert kept.sum() > 30
    assert (shown[np.floor(down).astype(int), np.floor(right).astype(int)] == truth).all()


def test_a_small_grid_is_drawn_cell_by_cell(written: Write) -> None:
    view = views.whole_grid(written(mixed()))
    assert view.step == 1
    assert (view.width, view.height) == pytest.approx((120, 80), abs=8)  # two pixels a cell, less the turn of the grid


def test_no_picture_is_larger_than_a_screen_and_a_single_wet_cell_is_seen_from_afar(written: Write) -> None:
    depth = np.zeros((1500, 2200))
    depth[777, 1333] = 3.0
    opened = written(depth)
    view = views.whole_grid(opened)
    assert view.width * view.height <= views.MAX_PIXELS
    assert view.step == 1  # 3.3 million cells in a million pixels: not yet two cells to the side
    small = views.unprojected(opened, 40_000)
    assert small.step > 4
    shown = classes(pictures.max_depth(opened, small).pictures[0])
    assert (shown > 0).any()
    assert shown.max() == 5


def test_of_a_huge_grid_means_are_read_first(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = np.zeros((700, 1100))
    depth[:, 400:] = 1.0
    opened = written(depth)
    monkeypatch.setattr(views, "MAX_CELLS_READ", 100_000)
    view = views.unprojected(opened, 10_000)
    assert view.step % 2 == 0
    with opened.raster("max_depth") as dataset:
        blocks = views.read_blocks(view, dataset)
    assert blocks.shape == view.blocks
    edge = 400 // view.step
    assert (blocks[:, edge + 1 :] == 1).all()
    assert (blocks[:, : edge - 1] == 0).all()


@pytest.mark.parametrize(("statistic", "expected"), [("max", 4.0), ("min", 1.0), ("mean", 2.5)])
def test_blocks_show_the_greatest_the_least_or_the_mean(written: Write, statistic: Any, expected: float) -> None:
    depth = np.tile([[1.0, 2.0], [3.0, 4.0]], (10, 10))
    opened = written(depth)
    view = views.unprojected(opened, 100)
    assert view.step == 2
    with opened.raster("max_depth") as dataset:
        assert (views.read_blocks(view, dataset, statistic=statistic) == expected).all()


def test_blocks_know_no_data_only_where_no_cell_has_any() -> None:
    cells = np.array([[1.0, np.nan, np.nan], [3.0, np.nan, np.nan], [np.nan, 5.0, 7.0]], np.float32)
    found = views._in_blocks(cells, (2, 2), 2, "mean")
    assert found[0, 0] == 2.0
    assert np.isnan(found[0, 1])
    assert found[1, 0] == 5.0
    assert found[1, 1] == 7.0


@pytest.mark.parametrize(
    "bounds",
    [(50.0, 15.0, 51.0, 16.0), (1.0, 1.0, 1.0, 1.0), (46.0, 16.0, 45.0, 15.0), (float("nan"),) * 4, (-90, -180, 90, 0)],
)
def test_where_nothing_lies_nothing_is_shown(written: Write, bounds: Any) -> None:
    assert views.grid_part(written(pool()), bounds, (800, 600)) is None


@pytest.mark.parametrize("size", [(0, 0), (-5, 10), (1, 1), (100_000, 100_000)])
def test_a_screen_of_any_size_is_answered(written: Write, size: tuple[int, int]) -> None:
    opened = written(pool())
    view = views.grid_part(opened, (-80.0, -180.0, 80.0, 180.0), size)
    assert view is None or 1 <= view.width * view.height <= views.MAX_PIXELS
    if view is not None:
        assert pictures.max_depth(opened, view).pictures


@pytest.mark.parametrize("crs", [POLAR, FAR_NORTH])
def test_near_a_pole_there_is_no_map(written: Write, crs: str) -> None:
    with pytest.raises(InvalidInput, match="between 85 degrees south and north, for a map"):
        views.whole_grid(written(pool(), crs))


def test_the_rasters_on_disk_are_the_ones_shown(written: Write) -> None:
    """The bounds are those of rasterio, turned to degrees: no half cell is lost on the way."""
    opened = written(pool(), DEGREES)
    with rasterio.open(opened.path / "depth.tif") as dataset:
        left, bottom, right, top = dataset.bounds
    assert views.whole_grid(opened).bounds == pytest.approx((bottom, left, top, right), abs=1e-9)
