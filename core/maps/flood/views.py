"""A part of a forecast's grid at the size of a screen: which cells each pixel shows, and where the picture lies.

Pictures on a map are in Web Mercator, as Leaflet lays them out; those on paper are in the grid's own rows and columns.
A pixel takes the cell below its middle. Where a pixel is wider than a cell, cells are first brought together in blocks:
of depths the greatest counts, so that no water vanishes when it is seen from afar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.errors import InvalidInput
from core.maps.flood.folder import Folder, band

MOST_PIXELS = 1_000_000  # of a picture
FINEST = 2  # pixels to the side of a cell: a cell's border is then drawn within a quarter of a cell
NODES = 33  # to each side, at which places are computed exactly; between them they are interpolated
MOST_READ = 9_000_000  # cells of a band that are looked at one by one; of more, means of a few
FARTHEST_NORTH = 85.0  # degrees: Web Mercator ends there
EARTH = 6_378_137.0  # radius of Web Mercator's sphere [m]
MERCATOR, DEGREES = "EPSG:3857", "EPSG:4326"

Joined = Literal["greatest", "least", "mean"]


@dataclass(frozen=True, eq=False)
class View:
    """A picture of `width` x `height` pixels of a part of the grid.

    bounds: south, west, north, east of its edges [degrees]; None where it is in the grid's rows and columns.
    window: first row, end row, first column, end column of the cells. step: cells to the side of a block.
    place: of each pixel in the blocks, row by row, or their number for none; shape (height, width).
    """

    bounds: tuple[float, float, float, float] | None
    width: int
    height: int
    window: tuple[int, int, int, int]
    step: int
    place: np.ndarray

    @property
    def blocks(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        top, bottom, left, right = self.window
        return -(-(bottom - top) // self.step), -(-(right - left) // self.step)

    def lay(self, codes: np.ndarray) -> np.ndarray:
        """Pixels of shape (height, width) from one number for each block; 0 where there is no cell."""
        padded = np.append(codes.ravel(), codes.dtype.type(0))
        pixels: np.ndarray = padded[self.place]
        return pixels


def whole(folder: Folder, most: int = MOST_PIXELS) -> View:
    """All of it on a map, in up to `most` pixels. Raises InvalidInput where the forecast does not say where it lies."""
    rows, cols = folder.shape
    west, south, east, north = _on_mercator(folder)
    return _view(folder, (west, south, east, north), (FINEST * cols, FINEST * rows), most)


def part(folder: Folder, bounds: tuple[float, float, float, float], size: tuple[int, int]) -> View | None:
    """What lies within `bounds` (south, west, north, east) [degrees], for a screen of `size` (width, height) [px].

    None where nothing does.
    """
    from rasterio import warp

    south, west, north, east = bounds
    south, north = max(south, -FARTHEST_NORTH), min(north, FARTHEST_NORTH)
    if not (south < north and west < east and min(size) > 0):  # NaN too
        return None
    wanted = warp.transform_bounds(DEGREES, MERCATOR, west, south, east, north)
    known = _on_mercator(folder)
    cut = [max(wanted[0], known[0]), max(wanted[1], known[1]), min(wanted[2], known[2]), min(wanted[3], known[3])]
    if cut[0] >= cut[2] or cut[1] >= cut[3]:
        return None
    share = (cut[2] - cut[0]) / (wanted[2] - wanted[0]), (cut[3] - cut[1]) / (wanted[3] - wanted[1])
    rows, cols = folder.shape
    finest = (
        FINEST * cols * (cut[2] - cut[0]) / (known[2] - known[0]),
        FINEST * rows * (cut[3] - cut[1]) / (known[3] - known[1]),
    )
    pixels = [max(1, min(asked * of, fine)) for asked, of, fine in zip(size, share, finest, strict=True)]
    return _view(folder, (cut[0], cut[1], cut[2], cut[3]), (pixels[0], pixels[1]), MOST_PIXELS)


def plain(folder: Folder, most: int = MOST_PIXELS) -> View:
    """All of it in the grid's own rows and columns, square on paper; in up to `most` pixels."""
    dx, dy = folder.cell_size
    rows, cols = folder.shape
    side = min(dx, dy)
    high, wide = rows * dy / side, cols * dx / side
    scale = min(1.0, np.sqrt(most / (high * wide)))
    height, width = max(1, int(high * scale)), max(1, int(wide * scale))
    at_rows, at_cols = (np.arange(height) + 0.5) * rows / height, (np.arange(width) + 0.5) * cols / width
    step = _step((0, rows, 0, cols), min(rows / height, cols / width))
    place = (at_rows // step).astype(np.int64)[:, None] * -(-cols // step) + (at_cols // step).astype(np.int64)
    return View(None, width, height, (0, rows, 0, cols), step, place)


def _on_mercator(folder: Folder) -> tuple[float, float, float, float]:
    """West, south, east, north of the grid's edges in Web Mercator [m]."""
    from rasterio import warp
    from rasterio.transform import array_bounds

    folder.to_crs(MERCATOR)  # refuses a grid without a place
    rows, cols = folder.shape
    left, bottom, right, top = array_bounds(rows, cols, folder.transform)
    found = warp.transform_bounds(folder.crs, MERCATOR, left, bottom, right, top, densify_pts=NODES)
    farthest = EARTH * np.arctanh(np.sin(np.radians(FARTHEST_NORTH)))
    if not (np.isfinite(found).all() and max(abs(found[1]), abs(found[3])) <= farthest):
        raise InvalidInput(
            f"Expected a place between {FARTHEST_NORTH:g} degrees south and north, for a map. Received one beyond. "
            "Download the rasters and open them in a program for the poles."
        )
    return found[0], found[1], found[2], found[3]


def _view(folder: Folder, box: tuple[float, float, float, float], pixels: tuple[float, float], most: int) -> View:
    """The view of a box in Web Mercator (west, south, east, north), in about `pixels` (width, height)."""
    from rasterio import warp

    west, south, east, north = box
    scale = min(1.0, np.sqrt(most / (pixels[0] * pixels[1])))
    width, height = (max(1, round(one * scale - 0.5)) for one in pixels)
    cols, rows = _cells_of_pixels(folder, box, width, height)
    window = _window(folder, rows, cols)
    step = _step(window, min(_apart(rows, 0), _apart(cols, 1)))
    degrees = warp.transform_bounds(MERCATOR, DEGREES, west, south, east, north)
    bounds = (degrees[1], degrees[0], degrees[3], degrees[2])
    made = View(bounds, width, height, window, step, np.empty((0, 0), np.int64))
    down, across = ((rows - window[0]) // step).astype(np.int64), ((cols - window[2]) // step).astype(np.int64)
    inside = (rows >= window[0]) & (rows < window[1]) & (cols >= window[2]) & (cols < window[3])
    block_rows, block_cols = made.blocks
    place = np.where(inside, down * block_cols + across, block_rows * block_cols)
    return View(bounds, width, height, window, step, place)


def _cells_of_pixels(
    folder: Folder, box: tuple[float, float, float, float], width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Column and row, with fractions, below the middle of each pixel; shape (height, width)."""
    west, south, east, north = box
    across, down = np.linspace(0.0, 1.0, NODES), np.linspace(0.0, 1.0, NODES)
    x, y = np.meshgrid(west + across * (east - west), north - down * (north - south))
    found = np.asarray(folder.to_crs(MERCATOR).transform(x, y))
    cols, rows = ~folder.transform @ (found[0], found[1])
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        raise InvalidInput("Expected a place that its coordinate system reaches. Received one beyond. Look elsewhere.")
    to_the_side, to_below = _weights(width), _weights(height)
    return to_below @ cols @ to_the_side.T, to_below @ rows @ to_the_side.T


def _weights(pixels: int) -> np.ndarray:
    """How much each of the nodes counts for the middle of each pixel; shape (pixels, NODES)."""
    at = (np.arange(pixels) + 0.5) / pixels * (NODES - 1)
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(NODES)))


def _window(folder: Folder, rows: np.ndarray, cols: np.ndarray) -> tuple[int, int, int, int]:
    """The cells that pixels touch: first row, end row, first column, end column; at least one cell."""
    made = []
    for found, size in zip((rows, cols), folder.shape, strict=True):
        first = min(max(0, int(np.floor(found.min()))), size - 1)
        made += [first, max(first + 1, min(size, int(np.floor(found.max())) + 1))]
    return made[0], made[1], made[2], made[3]


def _step(window: tuple[int, int, int, int], apart: float) -> int:
    """Cells to the side of a block, of pixels that are so many cells apart; even where only means of a few are read."""
    step = max(1, int(apart))
    large = (window[1] - window[0]) * (window[3] - window[2]) > MOST_READ
    return step - step % 2 if large and step > 1 else step


def _apart(found: np.ndarray, axis: int) -> float:
    """Cells from one pixel to the next, on average."""
    size = found.shape[axis]
    first, last = found.take(0, axis), found.take(size - 1, axis)
    return float(np.abs(last - first).mean() / (size - 1)) if size > 1 else 1.0


_JOIN: dict[Joined, Callable[..., Any]] = {"greatest": np.fmax, "least": np.fmin, "mean": np.add}


def read(view: View, dataset: Any, number: int = 1, joined: Joined = "greatest") -> np.ndarray:
    """A band by blocks; shape `view.blocks`, NaN where no cell of a block has data. joined: what a block shows."""
    top, bottom, left, right = view.window
    coarse = 1 if (bottom - top) * (right - left) <= MOST_READ else max(1, view.step // 2)
    size = (-(-(bottom - top) // coarse), -(-(right - left) // coarse))
    named = {} if coarse == 1 else {"out_shape": size}
    cells = band(dataset, number, window=((top, bottom), (left, right)), **named)
    return _in_blocks(cells, view.blocks, view.step // coarse, joined)


def _in_blocks(cells: np.ndarray, blocks: tuple[int, int], step: int, joined: Joined) -> np.ndarray:
    """Blocks of `step` x `step` cells; the last ones may be smaller."""
    if step == 1:
        return cells
    padding = ((0, blocks[0] * step - cells.shape[0]), (0, blocks[1] * step - cells.shape[1]))
    padded = np.pad(cells, padding, constant_values=np.nan)
    parts = [padded[down::step, right::step] for down in range(step) for right in range(step)]
    if joined != "mean":
        made = parts[0].copy()
        for one in parts[1:]:
            _JOIN[joined](made, one, out=made)
        return made
    known = sum(np.isfinite(one).astype(np.float32) for one in parts)
    total = sum(np.nan_to_num(one) for one in parts)
    return np.where(known > 0, total / np.maximum(known, 1), np.float32(np.nan)).astype(np.float32)
