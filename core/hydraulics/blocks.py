"""A grid cut into square blocks of cells."""

from __future__ import annotations

import numpy as np


def blocks_shape(shape: tuple[int, ...], factor: int) -> tuple[int, int]:
    """Rows and columns of the blocks of factor x factor cells that cover a grid of a shape (rows, cols)."""
    return -(-shape[0] // factor), -(-shape[1] // factor)


def in_blocks(raster: np.ndarray, factor: int, fill: float) -> np.ndarray:
    """A raster cut into blocks; reduce it over axes 1 and 3 for one number a block.

    raster: shape (rows, cols).
    factor: cells along a block's side.
    fill: value of the cells by which the last row and column of blocks are filled up.

    Returns shape (block rows, factor, block cols, factor); a view of the raster where nothing is filled up.
    """
    rows, cols = blocks_shape(raster.shape, factor)
    padding = (rows * factor - raster.shape[0], cols * factor - raster.shape[1])
    padded = np.pad(raster, ((0, padding[0]), (0, padding[1])), constant_values=fill) if any(padding) else raster
    return padded.reshape(rows, factor, cols, factor)
