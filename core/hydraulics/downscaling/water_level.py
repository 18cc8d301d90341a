"""Water level between the centres of coarse cells, interpolated where their water is connected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.hydraulics.constants import WALL
from core.hydraulics.domain import Domain
from core.hydraulics.jit import compiled


class _Neighbours(NamedTuple):
    """The coarse row and column beside each fine one, on the side where it lies in its own, and their weights.

    rows: coarse row beside each fine row, the own at the grid's edge, shape (rows,).
    cols: coarse column beside each fine column, shape (cols,).
    row_weights: weight of that row against the own, 0 to 0.5, shape (rows,).
    col_weights: weight of that column against the own, shape (cols,).
    """

    rows: np.ndarray
    cols: np.ndarray
    row_weights: np.ndarray
    col_weights: np.ndarray


def interpolate_level(domain: Domain, level: np.ndarray, factor: int) -> np.ndarray:
    """The level at each fine cell's centre: bilinear between coarse centres whose water is connected, else the own.

    domain: fine terrain, shape (rows, cols).
    level: water level of each coarse cell, -WALL where it has no data, shape (coarse rows, coarse cols) [m].
    factor: fine cells along a coarse cell's side.

    Returns shape (rows, cols) [m], float64.
    """
    fine_level: np.ndarray = np.empty(domain.elevation.shape)
    rows, row_weights = _neighbours(fine_level.shape[0], factor, level.shape[0])
    cols, col_weights = _neighbours(fine_level.shape[1], factor, level.shape[1])
    connected_x, connected_y = _connections(domain, level, factor)
    neighbours = _Neighbours(rows, cols, row_weights, col_weights)
    _interpolate(level, connected_x, connected_y, factor, neighbours, fine_level)
    return fine_level


@compiled
def _interpolate(
    level: np.ndarray,
    connected_x: np.ndarray,
    connected_y: np.ndarray,
    factor: int,
    neighbours: _Neighbours,
    fine_level: np.ndarray,
) -> None:
    """Fill `fine_level`, see `interpolate_level`.

    level: of coarse cells, shape (coarse rows, coarse cols) [m].
    connected_x: from `_connections`, of left faces.
    connected_y: from `_connections`, of upper faces.
    factor: fine cells along a coarse cell's side.
    neighbours: of each fine row and column.
    fine_level: shape (rows, cols) [m].
    """
    for row in range(fine_level.shape[0]):
        own_row, next_row, row_weight = row // factor, neighbours.rows[row], neighbours.row_weights[row]
        for col in range(fine_level.shape[1]):
            own_col, next_col, col_weight = col // factor, neighbours.cols[col], neighbours.col_weights[col]
            own = level[own_row, own_col]
            along_x = connected_x[own_row, max(own_col, next_col)]
            along_y = connected_y[max(own_row, next_row), own_col]
            interpolated = own
            if along_x:
                interpolated += col_weight * (1 - row_weight) * (level[own_row, next_col] - own)
            if along_y:
                interpolated += row_weight * (1 - col_weight) * (level[next_row, own_col] - own)
            if along_x and along_y and connected_x[next_row, max(own_col, next_col)]:
                interpolated += row_weight * col_weight * (level[next_row, next_col] - own)
            fine_level[row, col] = interpolated


def _neighbours(fine_count: int, factor: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The coarse row (column) beside each fine one, and its weight, see `_Neighbours`.

    fine_count: number of fine rows or columns.
    factor: fine cells along a coarse cell's side.
    count: number of coarse rows or columns.
    """
    cells = np.arange(fine_count)
    offset = (cells + 0.5) / factor - (cells // factor + 0.5)
    neighbours = np.clip(cells // factor + np.where(offset < 0, -1, 1), 0, count - 1)
    return neighbours, np.abs(offset)


def _connections(domain: Domain, level: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether the water on both sides of each coarse cell's left (upper) face stands above the face's lowest sill.

    A cell at the grid's edge is connected with itself. Returns two bool arrays of the shape of `level`.
    """
    connected_x, connected_y = np.ones(level.shape, dtype=bool), np.ones(level.shape, dtype=bool)
    _find_connections(np.ascontiguousarray(domain.elevation), level, factor, connected_x, connected_y)
    return connected_x, connected_y


@compiled
def _find_connections(
    elevation: np.ndarray, level: np.ndarray, factor: int, connected_x: np.ndarray, connected_y: np.ndarray
) -> None:
    """Fill both arrays, see `_connections`. A sill is the higher ground beside a sub-face; no data is a wall."""
    rows, cols = elevation.shape
    for coarse_row in range(level.shape[0]):
        for coarse_col in range(level.shape[1]):
            top, left, own = coarse_row * factor, coarse_col * factor, level[coarse_row, coarse_col]
            if coarse_col > 0:
                sill = WALL
                for row in range(top, min(top + factor, rows)):
                    a, b = elevation[row, left - 1], elevation[row, left]
                    sill = min(sill, max(a, b)) if a < WALL and b < WALL else sill
                connected_x[coarse_row, coarse_col] = min(level[coarse_row, coarse_col - 1], own) > sill
            if coarse_row > 0:
                sill = WALL
                for col in range(left, min(left + factor, cols)):
                    a, b = elevation[top - 1, col], elevation[top, col]
                    sill = min(sill, max(a, b)) if a < WALL and b < WALL else sill
                connected_y[coarse_row, coarse_col] = min(level[coarse_row - 1, coarse_col], own) > sill
