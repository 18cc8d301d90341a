"""A part of a forecast's grid at the size of a screen: which cells each pixel shows, and where the picture lies.

Pictures on a map are in Web Mercator, as Leaflet lays them out; those on paper are in the grid's own rows and columns.
A pixel takes the cell below its middle. Where a pixel is wider than a cell, cells are first brought together in blocks:
of depths the largest counts, so that no water vanishes when it is seen from afar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import InvalidInput
from core.maps.flood.contents import RasterReader
from core.maps.flood.forecast_folder import ForecastFolder, read_band

MAX_PIXELS = 1_000_000  # of a picture
PIXELS_PER_CELL = 2  # at most, to the side: a cell's border is then drawn within a quarter of a cell
NODES = 33  # to each side, whose coordinates are computed exactly; those of pixels are interpolated between them
MAX_CELLS_READ = 9_000_000  # of a band at its own resolution; where there are more, overviews are read
MAX_LATITUDE = 85.0  # degrees: Web Mercator ends there
EARTH = 6_378_137.0  # radius of Web Mercator's sphere [m]
MERCATOR, DEGREES = "EPSG:3857", "EPSG:4326"

Edges = tuple[float, float, float, float]
"""Four edges, in the order that the parameter says."""
Window = tuple[int, int, int, int]
"""First row, end row, first column, end column of some cells."""
BlockStatistic = Literal["max", "min", "mean"]
"""How the cells of a block become its one number; cells without data do not count."""


@dataclass(frozen=True, eq=False)
class View:
    """A picture of `width` x `height` pixels of a part of the grid.

    bounds: south, west, north, east of its edges [degrees]; None where it is in the grid's rows and columns.
    width, height: of the picture [px].
    window: first row, end row, first column, end column of the cells.
    step: cells to the side of a block.
    block_index: flat index of the block below each pixel, or the number of blocks where there is none;
        shape (height, width), int64.
    """

    bounds: Edges | None
    width: int
    height: int
    window: Window
    step: int
    block_index: np.ndarray

    @property
    def blocks(self) -> tuple[int, int]:
        """How many blocks there are: rows, columns."""
        return _block_counts(self.window, self.step)

    def lay(self, codes: np.ndarray) -> np.ndarray:
        """Colour codes of the pixels, 0 where there is no cell, from codes of the blocks; shape (height, width)."""
        padded = np.append(codes.ravel(), codes.dtype.type(0))
        pixels: np.ndarray = padded[self.block_index]
        return pixels


def whole_grid(folder: ForecastFolder, max_pixels: int = MAX_PIXELS) -> View:
    """The whole grid on a map. Raises InvalidInput where the forecast does not say where it lies."""
    rows, cols = folder.shape
    return _view(folder, _mercator_box(folder), (PIXELS_PER_CELL * cols, PIXELS_PER_CELL * rows), max_pixels)


def grid_part(folder: ForecastFolder, bounds: Edges, size: tuple[int, int]) -> View | None:
    """The part of the grid that lies within the edges of a screen; None where they do not meet.

    bounds: south, west, north, east of the screen's edges [degrees].
    size: width and height of the screen [px].
    """
    from rasterio import warp

    south, west, north, east = bounds
    south, north = max(south, -MAX_LATITUDE), min(north, MAX_LATITUDE)
    if not (south < north and west < east and min(size) > 0):  # NaN too
        return None
    wanted = warp.transform_bounds(DEGREES, MERCATOR, west, south, east, north)
    grid_box = _mercator_box(folder)
    cut = (
        max(wanted[0], grid_box[0]),
        max(wanted[1], grid_box[1]),
        min(wanted[2], grid_box[2]),
        min(wanted[3], grid_box[3]),
    )
    if cut[0] >= cut[2] or cut[1] >= cut[3]:
        return None
    screen_share = (cut[2] - cut[0]) / (wanted[2] - wanted[0]), (cut[3] - cut[1]) / (wanted[3] - wanted[1])
    rows, cols = folder.shape
    finest = (
        PIXELS_PER_CELL * cols * (cut[2] - cut[0]) / (grid_box[2] - grid_box[0]),
        PIXELS_PER_CELL * rows * (cut[3] - cut[1]) / (grid_box[3] - grid_box[1]),
    )
    pixels = [max(1, min(side * share, end)) for side, share, end in zip(size, screen_share, finest, strict=True)]
    return _view(folder, cut, (pixels[0], pixels[1]), MAX_PIXELS)


def unprojected(folder: ForecastFolder, max_pixels: int = MAX_PIXELS) -> View:
    """The whole grid in its own rows and columns, with square pixels: for paper, where no map projection is needed."""
    dx, dy = folder.cell_size
    rows, cols = folder.shape
    side = min(dx, dy)
    high, wide = rows * dy / side, cols * dx / side
    scale = min(1.0, np.sqrt(max_pixels / (high * wide)))
    height, width = max(1, int(high * scale)), max(1, int(wide * scale))
    grid_rows, grid_cols = (np.arange(height) + 0.5) * rows / height, (np.arange(width) + 0.5) * cols / width
    step = _step((0, rows, 0, cols), min(rows / height, cols / width))
    block_rows, block_cols = (grid_rows // step).astype(np.int64), (grid_cols // step).astype(np.int64)
    block_index = block_rows[:, None] * -(-cols // step) + block_cols
    return View(None, width, height, (0, rows, 0, cols), step, block_index)


def _mercator_box(folder: ForecastFolder) -> Edges:
    """West, south, east, north of the grid's edges in Web Mercator [m]. Raises InvalidInput near a pole."""
    from rasterio import warp
    from rasterio.transform import array_bounds

    folder.transformer(MERCATOR)  # refuses a grid without a place
    rows, cols = folder.shape
    left, bottom, right, top = array_bounds(rows, cols, folder.transform)
    box = warp.transform_bounds(folder.crs, MERCATOR, left, bottom, right, top, densify_pts=NODES)
    limit = EARTH * np.arctanh(np.sin(np.radians(MAX_LATITUDE)))
    if not (np.isfinite(box).all() and max(abs(box[1]), abs(box[3])) <= limit):
        raise InvalidInput(
            expected=f"a place between {MAX_LATITUDE:g} degrees south and north, for a map",
            received="one beyond",
            advice="Download the rasters and open them in a program for the poles.",
        )
    return box[0], box[1], box[2], box[3]


def _view(folder: ForecastFolder, box: Edges, pixels: tuple[float, float], max_pixels: int) -> View:
    """The view of a box in Web Mercator.

    box: west, south, east, north [m].
    pixels: width and height that the picture should have [px]; both are reduced alike where they are too many.
    """
    from rasterio import warp

    west, south, east, north = box
    scale = min(1.0, np.sqrt(max_pixels / (pixels[0] * pixels[1])))
    width, height = (max(1, round(size * scale - 0.5)) for size in pixels)
    cols, rows = _cells_of_pixels(folder, box, width, height)
    window = _window(folder, rows, cols)
    step = _step(window, min(_spacing(rows, 0), _spacing(cols, 1)))
    degrees = warp.transform_bounds(MERCATOR, DEGREES, west, south, east, north)
    bounds = (degrees[1], degrees[0], degrees[3], degrees[2])
    down, across = ((rows - window[0]) // step).astype(np.int64), ((cols - window[2]) // step).astype(np.int64)
    inside = (rows >= window[0]) & (rows < window[1]) & (cols >= window[2]) & (cols < window[3])
    block_rows, block_cols = _block_counts(window, step)
    block_index = np.where(inside, down * block_cols + across, block_rows * block_cols)
    return View(bounds, width, height, window, step, block_index)


def _block_counts(window: Window, step: int) -> tuple[int, int]:
    """Rows and columns of blocks in a window; the last ones may be cut off."""
    top, bottom, left, right = window
    return -(-(bottom - top) // step), -(-(right - left) // step)


def _cells_of_pixels(folder: ForecastFolder, box: Edges, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of the grid, with fractions, below the middle of each pixel; shape (height, width) each."""
    west, south, east, north = box
    across, down = np.linspace(0.0, 1.0, NODES), np.linspace(0.0, 1.0, NODES)
    x, y = np.meshgrid(west + across * (east - west), north - down * (north - south))
    grid_xy = np.asarray(folder.transformer(MERCATOR).transform(x, y))
    cols, rows = ~folder.transform @ (grid_xy[0], grid_xy[1])
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        raise InvalidInput(
            expected="a place that its coordinate system reaches", received="one beyond", advice="Look elsewhere."
        )
    column_weights, row_weights = _weights(width), _weights(height)
    return row_weights @ cols @ column_weights.T, row_weights @ rows @ column_weights.T


def _weights(pixels: int) -> np.ndarray:
    """Weights of the nodes in linear interpolation to the middle of each pixel; shape (pixels, NODES)."""
    position = (np.arange(pixels) + 0.5) / pixels * (NODES - 1)
    return np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(NODES)))


def _window(folder: ForecastFolder, rows: np.ndarray, cols: np.ndarray) -> Window:
    """The cells that pixels touch: first row, end row, first column, end column; at least one cell."""
    window: list[int] = []
    for indices, size in zip((rows, cols), folder.shape, strict=True):
        first = min(max(0, int(np.floor(indices.min()))), size - 1)
        window += [first, max(first + 1, min(size, int(np.floor(indices.max())) + 1))]
    return window[0], window[1], window[2], window[3]


def _step(window: Window, spacing: float) -> int:
    """Cells to the side of a block, for pixels that are `spacing` cells apart; even where overviews are read."""
    step = max(1, int(spacing))
    large = (window[1] - window[0]) * (window[3] - window[2]) > MAX_CELLS_READ
    return step - step % 2 if large and step > 1 else step


def _spacing(indices: np.ndarray, axis: int) -> float:
    """Cells from one pixel to the next along an axis, on average."""
    size = indices.shape[axis]
    first, last = indices.take(0, axis), indices.take(size - 1, axis)
    return float(np.abs(last - first).mean() / (size - 1)) if size > 1 else 1.0


def read_blocks(view: View, dataset: RasterReader, number: int = 1, statistic: BlockStatistic = "max") -> np.ndarray:
    """A band of an open raster, one number for each block of a view.

    number: of the band, from 1.
    statistic: how a block's cells become one number.
    Returns float32 of shape `view.blocks`, NaN where no cell of a block has data.
    """
    top, bottom, left, right = view.window
    coarse = 1 if (bottom - top) * (right - left) <= MAX_CELLS_READ else max(1, view.step // 2)
    size = (-(-(bottom - top) // coarse), -(-(right - left) // coarse))
    window = ((top, bottom), (left, right))
    cells = read_band(dataset, number, window=window, out_shape=None if coarse == 1 else size)
    return _in_blocks(cells, view.blocks, view.step // coarse, statistic)


def _in_blocks(cells: np.ndarray, blocks: tuple[int, int], step: int, statistic: BlockStatistic) -> np.ndarray:
    """Blocks of `step` x `step` cells; the last ones may be smaller."""
    if step == 1:
        return cells
    padding = ((0, blocks[0] * step - cells.shape[0]), (0, blocks[1] * step - cells.shape[1]))
    padded = np.pad(cells, padding, constant_values=np.nan)
    parts = [padded[down::step, right::step] for down in range(step) for right in range(step)]
    if statistic != "mean":
        extreme = np.fmax if statistic == "max" else np.fmin
        reduced = parts[0].copy()
        for part in parts[1:]:
            extreme(reduced, part, out=reduced)
        return reduced
    count = sum(np.isfinite(part).astype(np.float32) for part in parts)
    total = sum(np.nan_to_num(part) for part in parts)
    return np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan)).astype(np.float32)
