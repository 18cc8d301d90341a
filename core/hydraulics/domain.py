"""What a solver is given: terrain, rates of rain and inflow, and times; checked, and free of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInput

EDGES = ("north", "east", "south", "west")
MAX_MANNING = 1.0  # dense forest has 0.2 [s m-1/3]
MAX_DURATION = 30 * 86_400.0  # of an event [s]


@dataclass(frozen=True)
class Domain:
    """Terrain on a grid whose first row is the northernmost.

    elevation: ground above datum, shape (rows, cols), NaN where there is no data: a wall [m].
    dx: cell size to the east [m].
    dy: cell size to the south [m].
    manning: Manning's n, one number for all cells or shape (rows, cols) [s m-1/3].
    open_edges: which of EDGES let water out; the others are closed.

    Raises InvalidInput where one of them makes no sense.
    """

    elevation: np.ndarray
    dx: float
    dy: float
    manning: float | np.ndarray = 0.035
    open_edges: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.elevation.ndim != 2 or not np.isfinite(self.elevation).any():
            raise InvalidInput(
                expected="terrain with at least one cell of data",
                received=f"shape {self.elevation.shape}, {int(np.isfinite(self.elevation).sum())} cells with data",
                advice="Choose another area.",
            )
        if not (0 < self.dx < np.inf and 0 < self.dy < np.inf):
            raise InvalidInput(
                expected="a cell size above 0 m", received=f"{self.dx} x {self.dy} m", advice="Check the terrain."
            )
        n = np.asarray(self.manning)
        if (n.ndim and n.shape != self.elevation.shape) or not ((n >= 0) & (n <= MAX_MANNING)).all():
            raise InvalidInput(
                expected=f"Manning's n from 0 to {MAX_MANNING:g} (a road has 0.015, a lawn 0.03, woods 0.1), one "
                "number or one per cell",
                received=f"{n.min():g} to {n.max():g}, shape {n.shape}",
                advice="Correct it.",
            )
        if unknown := sorted(self.open_edges - set(EDGES)):
            raise InvalidInput(
                expected=f"open edges out of {', '.join(EDGES)}", received=f"{unknown}", advice="Correct the names."
            )


@dataclass(frozen=True)
class Hydrograph:
    """A rate over time: linear between rows, and zero before the first and after the last.

    times: ascending, shape (rows,), at least two [s].
    rates: not negative, shape (rows,) [m/s for rain, m3/s for inflow].

    Raises InvalidInput where a row makes no sense; its text counts rows from 1.
    """

    times: np.ndarray
    rates: np.ndarray

    def __post_init__(self) -> None:
        times, rates = self.times, self.rates
        if times.ndim != 1 or times.shape != rates.shape or len(times) < 2:
            raise InvalidInput(
                expected="at least two rows of time and rate", received=f"{len(times)}", advice="Add the others."
            )
        if not np.isfinite(times).all() or not np.isfinite(rates).all():
            row = int(np.flatnonzero(~(np.isfinite(times) & np.isfinite(rates)))[0])
            raise InvalidInput(
                expected="numbers", received=f"row {row + 1} without one", advice="Fill it in or leave it out."
            )
        if (np.diff(times) <= 0).any():
            row = int(np.flatnonzero(np.diff(times) <= 0)[0]) + 1
            raise InvalidInput(
                expected="times that ascend",
                received=f"{times[row]:g} s after {times[row - 1]:g} s in row {row + 1}",
                advice="Sort the rows and keep one per time.",
            )
        if (rates < 0).any():
            row = int(np.flatnonzero(rates < 0)[0])
            raise InvalidInput(
                expected="rates of 0 or more",
                received=f"{rates[row]:g} at {times[row]:g} s in row {row + 1}",
                advice="Correct it: water that leaves is computed at the open edges.",
            )

    @property
    def volumes(self) -> np.ndarray:
        """The integral of the rate up to each row, shape (rows,) [rate unit x s]."""
        between = 0.5 * (self.rates[1:] + self.rates[:-1]) * np.diff(self.times)
        return np.concatenate(([0.0], np.cumsum(between)))


@dataclass(frozen=True)
class Inflow:
    """Water that enters at some cells, which share it evenly.

    cells: row and column of each, counted from 0, shape (cells, 2).
    series: inflow of all of them together [m3/s].
    """

    cells: np.ndarray
    series: Hydrograph

    def check(self, elevation: np.ndarray) -> None:
        """Raise InvalidInput where a cell cannot take water; elevation: shape (rows, cols), NaN for no data."""
        if self.cells.ndim != 2 or self.cells.shape[1] != 2 or not len(self.cells):
            raise InvalidInput(
                expected="at least one inflow cell, by row and column", received="none", advice="Add one."
            )
        inside = ((self.cells >= 0) & (self.cells < elevation.shape)).all(axis=1)
        if not inside.all():
            row, col = self.cells[~inside][0].tolist()
            raise InvalidInput(
                expected=f"inflow cells within {elevation.shape[0]} rows and {elevation.shape[1]} columns",
                received=f"row {row}, column {col} (counted from 0)",
                advice="Move the inflow onto the terrain.",
            )
        if np.isnan(elevation[self.cells[:, 0], self.cells[:, 1]]).any():
            raise InvalidInput(
                expected="inflow on cells that have an elevation",
                received="one on a cell without data",
                advice="Move it.",
            )


def hydrograph(rows: Sequence[tuple[float, float]], scale: float = 1.0) -> Hydrograph:
    """A hydrograph from rows of time [s] and rate; `scale` turns the rates into m/s or m3/s."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return Hydrograph(table[:, 0], table[:, 1] * scale)


def stop_times(lead_times: Sequence[float], duration: float) -> list[float]:
    """When a simulation pauses: at each lead time and at its end, ascending [s].

    Raises InvalidInput for a duration that is not above 0, and for lead times outside it.
    """
    if not 0 < duration < np.inf:
        raise InvalidInput(expected="a duration above 0 s", received=f"{duration}", advice="Correct it.")
    if outside := [seconds for seconds in lead_times if not 0 <= seconds <= duration]:
        raise InvalidInput(
            expected=f"lead times from 0 to the duration, {duration:g} s",
            received=f"{outside[0]:g} s",
            advice="Correct it.",
        )
    return sorted({*map(float, lead_times), float(duration)})
