"""An area's table of design rain: how deep it rains within a duration once in so many years.

The table is a CSV file of `return_period_years`, `duration_min`, `depth_mm` with a row for each pair of period and
duration, as weather services publish it. Between its rows the depth is a power of the duration, and grows evenly with
the logarithm of the period, which is what Gumbel's distribution does but for short periods; outside of them nothing is
said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.tables.columns import table as csv_table

FILE = "design_rain.csv"
COLUMNS = ("return_period_years", "duration_min", "depth_mm")
MAX_PERIOD, MAX_MINUTES, MAX_DEPTH = 1_000_000, 1e5, 1e4  # [a], [min], [mm]


@dataclass(frozen=True)
class DesignRain:
    """Depth of rain by how often it is reached, and within how long.

    periods: return periods, ascending, shape (periods,) [a].
    durations: ascending, shape (durations,) [s].
    depths: growing both ways, shape (periods, durations) [mm].
    """

    periods: NDArray[np.float64]
    durations: NDArray[np.float64]
    depths: NDArray[np.float64]

    def depth(self, period: float, duration: float) -> float:
        """Depth of the rain of a duration [s] once in so many years [mm]. Raises InvalidInput outside of the table."""
        _check_within("a return period", "years", period, self.periods)
        return float(np.interp(np.log(period), np.log(self.periods), self._depths(duration)))

    def period(self, depth: float, duration: float) -> float:
        """Once in how many years a rain of a depth [mm] within a duration [s] falls. Raises InvalidInput outside."""
        depths = self._depths(duration)
        _check_within(f"a depth within {duration / 60:g} min", "mm", depth, depths)
        return float(np.exp(np.interp(depth, depths, np.log(self.periods))))

    def _depths(self, duration: float) -> NDArray[np.float64]:
        """Depth for each period; shape (periods,)."""
        _check_within("a duration", "min", duration / 60, self.durations / 60)
        log_duration, log_durations = np.log(duration), np.log(self.durations)
        return np.exp([np.interp(log_duration, log_durations, np.log(row)) for row in self.depths])


def _check_within(what: str, unit: str, value: float, entries: NDArray[np.float64]) -> None:
    """Raise InvalidInput for a value outside of the table's entries, which ascend."""
    slack = 1e-9 * entries[-1]
    if not entries[0] - slack <= value <= entries[-1] + slack:
        raise InvalidInput(
            expected=f"{what} within the area's table of design rain, {entries[0]:.4g} to {entries[-1]:.4g} {unit}",
            received=f"{value:.4g} {unit}",
            advice="Choose one within, or give depth and duration yourself.",
        )


def parse(data: bytes, file_name: str = FILE) -> DesignRain:
    """The table in a CSV file's bytes. Raises InvalidInput for one that has gaps or does not grow."""
    table = csv_table(data, file_name)
    table.need(COLUMNS)
    periods, minutes, depths = (table.numbers(name) for name in COLUMNS)
    limits = (MAX_PERIOD, MAX_MINUTES, MAX_DEPTH)
    for name, numbers, limit in zip(COLUMNS, (periods, minutes, depths), limits, strict=True):
        wrong = np.flatnonzero(~((numbers > 0) & (numbers <= limit)))
        if wrong.size:
            raise InvalidInput(
                expected=f"{name} above 0 and up to {limit:g} in {file_name}",
                received=f"{numbers[wrong[0]]:g} in row {wrong[0] + 2}",
                advice="Correct it.",
            )
    return _filled(periods, minutes, depths, file_name)


def _filled(
    periods: NDArray[np.float64], minutes: NDArray[np.float64], depths: NDArray[np.float64], file_name: str
) -> DesignRain:
    """The table from its rows, each of shape (rows,) [a], [min], [mm]. Raises InvalidInput."""
    row_periods, rows = np.unique(periods, return_inverse=True)
    col_minutes, cols = np.unique(minutes, return_inverse=True)
    if len(row_periods) < 2 or len(col_minutes) < 2 or len(depths) != len(row_periods) * len(col_minutes):
        raise InvalidInput(
            expected=f"one row for each pair of at least two periods and two durations in {file_name}",
            received=f"{len(depths)} rows of {len(row_periods)} periods and {len(col_minutes)} durations",
            advice="Fill the gaps, keep one of each.",
        )
    grid = np.full((len(row_periods), len(col_minutes)), np.nan)
    grid[rows, cols] = depths
    if np.isnan(grid).any():
        row, col = np.argwhere(np.isnan(grid))[0]
        raise InvalidInput(
            expected=f"one row for each pair in {file_name}",
            received=f"none of {row_periods[row]:g} years and {col_minutes[col]:g} min",
            advice="Add it.",
        )
    if (np.diff(grid, axis=0) <= 0).any() or (np.diff(grid, axis=1) < 0).any():
        raise InvalidInput(
            expected=f"depths in {file_name} that grow with the return period and do not fall with the duration",
            received="others",
            advice="Check for swapped columns.",
        )
    return DesignRain(row_periods, col_minutes * 60.0, grid)


def keep(data: bytes, home: Path) -> DesignRain:
    """Give an area, by its folder, this table in place of the one it has. Raises InvalidInput."""
    rain = parse(data)
    new = home / f"{FILE}.new"
    lines = [
        f"{period:.10g},{duration / 60:.10g},{rain.depths[row, col]:.10g}"
        for row, period in enumerate(rain.periods)
        for col, duration in enumerate(rain.durations)
    ]
    new.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    new.replace(home / FILE)  # atomic: a reader sees the old table or the new one
    return rain


def of(home: Path) -> DesignRain | None:
    """The table of an area, by its folder; None if it has none."""
    path = home / FILE
    return parse(path.read_bytes()) if path.is_file() else None
