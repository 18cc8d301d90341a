"""One band of a GeoTIFF or an ASCII grid, opened without trust: bounded by its header, before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput, TooLarge
from core.systems.flood.terrain.raster_types import RasterFile, Window

MAX_CELLS = 4096 * 4096  # of a grid in memory
MAX_CELLS_IN_FILE = 500_000_000  # that are read to be averaged into a coarser grid
MAX_BLOCK = 64_000_000  # cells: what a file makes a reader decode at once
STARTS = {b"II*\0": "GTiff", b"MM\0*": "GTiff", b"II+\0": "GTiff", b"MM\0+": "GTiff"}
GRID_STARTS = (b"ncol", b"nrow", b"xllc", b"yllc")  # lines of an ASCII grid's head come in any order
BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"  # what some programs put first, and GDAL does not expect
MIN_NUMBER, MAX_NUMBER = -3_000.0, 30_000.0  # marks of no data such as -32768, -9999 and 1e38 lie outside [m or feet]
PICTURE_BANDS = (3, 4)


@contextmanager
def opened(source: Path | bytes) -> Iterator[RasterFile]:
    """The open rasterio dataset of a file or of a file's bytes; InvalidInput says what is wrong with it."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    name = source.name if isinstance(source, Path) else "a file"
    if isinstance(source, bytes):
        source = source.lstrip(BEFORE_TEXT)
    driver = _driver(source, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # what lacks is told by terrain_file.read
        try:
            if isinstance(source, Path):
                with rasterio.open(source, driver=driver) as dataset:
                    yield dataset
            else:
                with rasterio.MemoryFile(source) as memory, memory.open(driver=driver) as dataset:
                    yield dataset
        except (RasterioError, ValueError) as problem:
            reason = f" ({problem!s:.80})" if "previous exception" not in str(problem) else " or breaks off"
            raise _no_raster(name, f"damaged{reason}") from None


def _driver(source: Path | bytes, name: str) -> str:
    """GDAL's name of the format, from the first bytes; no other of its formats is tried."""
    if isinstance(source, Path) and not source.is_file():
        raise _no_raster(f"{source}", "no file")
    if isinstance(source, Path):
        with source.open("rb") as file:
            start = file.read(4)
    else:
        start = source[:4]
    driver = "AAIGrid" if start.lower() in GRID_STARTS else STARTS.get(start)
    if driver is None:
        what = "empty" if not start else "neither of them"
        raise _no_raster(name, what)
    return driver


def band(dataset: RasterFile, factor: int = 1) -> tuple[NDArray[np.float64], list[str]]:
    """The first band, NaN where there is no data, and sentences on what was done. Raises InvalidInput, TooLarge.

    factor: so many cells to the south and to the east are averaged into one; cells without data have no say.
    Returns float64 of shape (height / factor, width / factor), rounded up.
    """
    notes = check(dataset, factor)
    rows, cols = -(-dataset.height // factor), -(-dataset.width // factor)
    if factor == 1:
        return numbers(dataset, ((0, rows), (0, cols))), notes
    means = np.full((rows, cols), np.nan)
    strip = np.full((factor, cols * factor), np.nan)
    for row in range(rows):
        strip[:] = np.nan
        rows_read = (row * factor, min((row + 1) * factor, dataset.height))
        values = numbers(dataset, (rows_read, (0, dataset.width)))
        strip[: len(values), : dataset.width] = values
        cells = strip.reshape(factor, cols, factor)
        count = np.isfinite(cells).sum(axis=(0, 2))
        means[row] = np.where(count > 0, np.nansum(cells, axis=(0, 2)) / np.maximum(count, 1), np.nan)
    notes.append(f"Each {factor} x {factor} cells of the file were averaged into one.")
    return means, notes


def numbers(dataset: RasterFile, window: Window, out_shape: tuple[int, int] | None = None) -> NDArray[np.float64]:
    """A part of the first band, scaled as the file says, NaN for no data; thinned out to `out_shape`, if given."""
    stored = dataset.read(1, masked=True, window=window, out_shape=out_shape)
    values: NDArray[np.float64] = np.ma.filled(stored.astype(np.float64), np.nan)
    values[~((values > MIN_NUMBER) & (values < MAX_NUMBER))] = np.nan
    return values * float(dataset.scales[0]) + float(dataset.offsets[0])


def check(dataset: RasterFile, factor: int) -> list[str]:
    """Refuse by the header what cannot be elevations or would not fit; sentences on what is passed over."""
    compression = dataset.compression.value if dataset.compression else ""
    kind = np.dtype(dataset.dtypes[0])
    if "JPEG" in compression.upper():
        raise InvalidInput(
            expected="elevations as they were measured",
            received="a GeoTIFF compressed as JPEG, which blurs them",
            advice="Export it with LZW, Deflate or no compression.",
        )
    if kind.kind == "c" or (kind == np.uint8 and dataset.count in PICTURE_BANDS):
        raise InvalidInput(
            expected="one band of elevations [m]",
            received=f"{dataset.count} bands of {kind}, a picture by its looks",
            advice="Choose the terrain model itself, not a drawing of it.",
        )
    _check_size(dataset, factor)
    if dataset.count > 1:
        return [f"The file has {dataset.count} bands: the first counts as the elevation, the others are left out."]
    return []


def _check_size(dataset: RasterFile, factor: int) -> None:
    rows, cols = -(-dataset.height // factor), -(-dataset.width // factor)
    block = max(height * width for height, width in dataset.block_shapes)
    if dataset.height * dataset.width > MAX_CELLS_IN_FILE or block > MAX_BLOCK:
        raise TooLarge(
            expected=f"a file of up to {MAX_CELLS_IN_FILE:,} cells in blocks of up to {MAX_BLOCK:,}",
            received=f"{dataset.height:,} x {dataset.width:,} in blocks of {block:,}",
            advice="Cut out the area that matters, tiled.",
        )
    if rows * cols > MAX_CELLS:
        needed = int(np.ceil(np.sqrt(dataset.height * dataset.width / MAX_CELLS)))
        raise TooLarge(
            expected=f"up to {MAX_CELLS:,} cells (4,096 x 4,096)",
            received=f"{rows:,} x {cols:,}",
            advice="Cut out the area that matters, or ask for cells "
            f"{needed} times as wide, of {needed * dataset.res[0]:g}: they are averaged.",
        )


def _no_raster(name: str, what: str) -> InvalidInput:
    """The refusal of a file that is no terrain model. name: of the file; what: what it is instead."""
    return InvalidInput(
        expected="a terrain model as GeoTIFF or ASCII grid",
        received=f"{name}, which is {what}",
        advice="Export it again.",
    )
