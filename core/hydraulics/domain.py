"""What the solver is asked about: the ground, and the rates at which water comes in; checked, and free of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInput

EDGES = ("north", "east", "south", "west")
HIGHEST_MANNING = 1.0  # dense forest is 0.2 [s m-1/3]
LONGEST_EVENT = 30 * 86_400.0  # that is followed [s]


@dataclass(frozen=True)
class Domain:
    """Ground on a grid whose first row is the northernmost.

    elevation: ground above datum, shape (rows, cols), NaN where there is no data: a wall [m]. dx, dy: cell size to the
    east and to the south [m]. manning: one n for all, or shape (rows, cols) [s m-1/3]. open_edges: which of EDGES let
    water out; the others are closed.
    """

    elevation: np.ndarray
    dx: float
    dy: float
    manning: float | np.ndarray = 0.035
    open_edges: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.elevation.ndim != 2 or not np.isfinite(self.elevation).any():
            raise InvalidInput(
                f"Expected terrain with at least one cell of data. Received shape {self.elevation.shape}, "
                f"{int(np.isfinite(self.elevation).sum())} cells with data. Choose another area."
            )
        if not (0 < self.dx < np.inf and 0 < self.dy < np.inf):
            raise InvalidInput(f"Expected a cell size above 0 m. Received {self.dx} x {self.dy} m. Check the terrain.")
        n = np.asarray(self.manning)
        if (n.ndim and n.shape != self.elevation.shape) or not ((n >= 0) & (n <= HIGHEST_MANNING)).all():
            raise InvalidInput(
                f"Expected Manning's n from 0 to {HIGHEST_MANNING:g} (a road has 0.015, a lawn 0.03, woods 0.1), one "
                f"number or one per cell. Received {n.min():g} to {n.max():g}, shape {n.shape}. Correct it."
            )
        if unknown := sorted(self.open_edges - set(EDGES)):
            raise InvalidInput(f"Expected open edges out of {', '.join(EDGES)}. Received {unknown}. Correct the names.")


@dataclass(frozen=True)
class Hydrograph:
    """A rate over time: linear between rows, and zero before the first and after the last.

    times: ascending [s]. rates: not negative, of the same length [m/s for rain, m3/s for inflow].
    """

    times: np.ndarray
    rates: np.ndarray

    def __post_init__(self) -> None:
        times, rates = self.times, self.rates
        if times.ndim != 1 or times.shape != rates.shape or len(times) < 2:
            raise InvalidInput(f"Expected at least two rows of time and rate. Received {len(times)}. Add the others.")
        if not np.isfinite(times).all() or not np.isfinite(rates).all():
            place = int(np.flatnonzero(~(np.isfinite(times) & np.isfinite(rates)))[0])
            raise InvalidInput(f"Expected numbers. Received row {place + 1} without one. Fill it in or leave it out.")
        if (np.diff(times) <= 0).any():
            place = int(np.flatnonzero(np.diff(times) <= 0)[0]) + 1
            raise InvalidInput(
                f"Expected times that ascend. Received {times[place]:g} s after {times[place - 1]:g} s in row "
                f"{place + 1}. Sort the rows and keep one per time."
            )
        if (rates < 0).any():
            place = int(np.flatnonzero(rates < 0)[0])
            raise InvalidInput(
                f"Expected rates of 0 or more. Received {rates[place]:g} at {times[place]:g} s in row {place + 1}. "
                "Correct it: water that leaves is computed at the open edges."
            )

    @property
    def volumes(self) -> np.ndarray:
        """The integral of the rate up to each row [rate unit x s]."""
        between = 0.5 * (self.rates[1:] + self.rates[:-1]) * np.diff(self.times)
        return np.concatenate(([0.0], np.cumsum(between)))


@dataclass(frozen=True)
class Inflow:
    """Water that enters at cells, which share it evenly; cells: (row, col) of each, shape (n, 2); series in m3/s."""

    cells: np.ndarray
    series: Hydrograph

    def check(self, elevation: np.ndarray) -> None:
        """Raise InvalidInput where a cell is no place for water; elevation: shape (rows, cols), NaN for no data."""
        if self.cells.ndim != 2 or self.cells.shape[1] != 2 or not len(self.cells):
            raise InvalidInput("Expected at least one inflow cell, by row and column. Received none. Add one.")
        inside = ((self.cells >= 0) & (self.cells < elevation.shape)).all(axis=1)
        if not inside.all():
            row, col = self.cells[~inside][0].tolist()
            raise InvalidInput(
                f"Expected inflow cells within {elevation.shape[0]} rows and {elevation.shape[1]} columns. Received "
                f"row {row}, column {col} (counted from 0). Move the inflow onto the terrain."
            )
        if np.isnan(elevation[self.cells[:, 0], self.cells[:, 1]]).any():
            raise InvalidInput(
                "Expected inflow on cells that have an elevation. Received one on a cell without data. Move it."
            )


def hydrograph(rows: Sequence[tuple[float, float]], scale: float = 1.0) -> Hydrograph:
    """From rows of time [s] and rate; `scale` turns the rate into SI units."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return Hydrograph(table[:, 0], table[:, 1] * scale)
