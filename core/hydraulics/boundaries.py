"""Boundary conditions that both schemes share: outflow over open edges, cells of inflows, rain and inflow over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.hydraulics.constants import GRAVITY
from core.hydraulics.domain import Domain, Hydrograph, Inflow
from core.hydraulics.forcing import ForcingSeries

MIN_OUTLET_SLOPE = 1e-3  # of the ground at an open edge, where it is flat or rises outwards
INWARD = {"north": (1, 0), "south": (-1, 0), "west": (0, 1), "east": (0, -1)}


class Outlets(NamedTuple):
    """Cells that let water out, ordered by row, and how much: the lesser of normal and of critical flow.

    cells: row and column in a grid with a rim, counted from 0 at the rim, shape (outlets, 2).
    normal: normal flow is this times depth ** (5/3) [m/s], by Manning's formula; infinite where n = 0.
    critical: critical flow is this times depth ** (3/2) [m/s].
    """

    cells: np.ndarray
    normal: np.ndarray
    critical: np.ndarray


class Inlets(NamedTuple):
    """Cells where inflows enter, ordered by row.

    cells: row and column in a grid with a rim, and the number of the series, from 1, shape (inlets, 3).
    share: the cell's share of the series' volume, by the area of a cell [m-2].
    """

    cells: np.ndarray
    share: np.ndarray


def find_outlets(domain: Domain) -> Outlets:
    """The outermost cells with data, as seen from each open edge, with the flow that leaves them.

    Normal flow is that of Manning's formula, depth ** (5/3) * sqrt(slope) / n per metre of edge, on the ground's slope
    from the inner neighbour, at least MIN_OUTLET_SLOPE. Critical flow is depth * sqrt(g depth). A cell that is
    outermost for two edges lets out over both.
    """
    shape = domain.elevation.shape
    valid, manning = np.isfinite(domain.elevation), np.broadcast_to(domain.manning, shape)
    normal, critical = np.zeros(shape), np.zeros(shape)
    for edge in sorted(domain.open_edges):
        inward, width = INWARD[edge], domain.dy if edge in ("north", "south") else domain.dx
        rows, cols = _outermost(valid, edge)
        inner_rows = np.clip(rows + inward[0], 0, shape[0] - 1)
        inner_cols = np.clip(cols + inward[1], 0, shape[1] - 1)
        drop = (domain.elevation[inner_rows, inner_cols] - domain.elevation[rows, cols]) / width
        slope = np.fmax(drop, MIN_OUTLET_SLOPE)  # of a neighbour without data nothing is known
        with np.errstate(divide="ignore"):  # n = 0: critical flow is the lesser
            normal[rows, cols] += np.sqrt(slope) / (manning[rows, cols] * width)
        critical[rows, cols] += np.sqrt(GRAVITY) / width
    cells = np.argwhere(critical > 0)
    selected = cells[:, 0], cells[:, 1]
    return Outlets(cells + 1, normal[selected], critical[selected])


def _outermost(valid: np.ndarray, edge: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells with data that lie nearest to an edge."""
    towards_edge = valid if edge in ("north", "south") else valid.T
    lines = np.flatnonzero(towards_edge.any(axis=0))
    with_data = towards_edge[:, lines]
    if edge in ("north", "west"):
        nearest = with_data.argmax(axis=0)
    else:
        nearest = len(with_data) - 1 - with_data[::-1].argmax(axis=0)
    return (nearest, lines) if edge in ("north", "south") else (lines, nearest)


def find_inlets(domain: Domain, inflows: Sequence[Inflow]) -> Inlets:
    """The cells of all inflows, which share each inflow evenly; raises InvalidInput where one cannot take water."""
    cells, shares = [np.empty((0, 3), np.int64)], [np.empty(0)]
    for number, inflow in enumerate(inflows, 1):
        inflow.check(domain.elevation)
        count = len(inflow.cells)
        cells.append(np.column_stack([inflow.cells + 1, np.full(count, number)]).astype(np.int64))
        shares.append(np.full(count, 1.0 / (count * domain.dx * domain.dy)))
    all_cells = np.concatenate(cells)
    order = np.argsort(all_cells[:, 0], kind="stable")
    return Inlets(all_cells[order], np.concatenate(shares)[order])


def first_of_row(cells: np.ndarray, rows: int) -> np.ndarray:
    """Index of the first outlet or inlet in each row or below it, shape (rows,); cells: ordered by row, as above."""
    return np.searchsorted(cells[:, 0], np.arange(rows))


def forcing_series(rain: Hydrograph | None, inflows: Sequence[Inflow]) -> ForcingSeries:
    """Rain and the inflows, in their order; no rain is a series of zeros."""
    no_rain = Hydrograph(np.array([0.0, 1.0]), np.zeros(2))
    hydrographs = [rain or no_rain, *(inflow.series for inflow in inflows)]
    starts = np.concatenate(([0], np.cumsum([len(series.times) for series in hydrographs])))
    columns = [(series.times, series.rates, series.volumes) for series in hydrographs]
    return ForcingSeries(starts, *(np.concatenate(column).astype(np.float64) for column in zip(*columns, strict=True)))
