"""A grid cut into square blocks of cells."""

from __future__ import annotations

import numpy as np


def blocks_shape(shape: tuple[int, ...], factor: int) -> tuple[int, int]:
    """Rows and columns of the blocks of factor x factor cells that cover a grid."""
    return -(-shape[0] // factor), -(-shape[1] // factor)


def in_blocks(raster: np.ndarray, factor: int, fill: float) -> np.ndarray:
    """A view of shape (rows, factor, cols, factor), filled up to whole blocks; reduce it over axes 1 and 3."""
    rows, cols = blocks_shape(raster.shape, factor)
    padding = (rows * factor - raster.shape[0], cols * factor - raster.shape[1])
    padded = np.pad(raster, ((0, padding[0]), (0, padding[1])), constant_values=fill) if any(padding) else raster
    return padded.reshape(rows, factor, cols, factor)
