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

from core.errors import InvalidInput
from core.tables.columns import table

FILE = "design_rain.csv"
COLUMNS = ("return_period_years", "duration_min", "depth_mm")
LONGEST_PERIOD = 1_000_000  # [a]


@dataclass(frozen=True)
class DesignRain:
    """periods: ascending [a]. durations: ascending [s]. depths: shape (periods, durations), growing both ways [mm]."""

    periods: np.ndarray
    durations: np.ndarray
    depths: np.ndarray

    def depth(self, period: float, duration: float) -> float:
        """Depth of the rain of a duration [s] once in so many years [mm]. Raises InvalidInput outside of the table."""
        _check_within("a return period", "years", period, self.periods)
        return float(np.interp(np.log(period), np.log(self.periods), self._depths(duration)))

    def period(self, depth: float, duration: float) -> float:
        """Once in how many years a rain of a depth [mm] within a duration [s] falls. Raises InvalidInput outside."""
        depths = self._depths(duration)
        _check_within(f"a depth within {duration / 60:g} min", "mm", depth, depths)
        return float(np.exp(np.interp(depth, depths, np.log(self.periods))))

    def _depths(self, duration: float) -> np.ndarray:
        """Depth for each period; shape (periods,)."""
        _check_within("a duration", "min", duration / 60, self.durations / 60)
        at, logs = np.log(duration), np.log(self.durations)
        return np.exp([np.interp(at, logs, np.log(row)) for row in self.depths])


def _check_within(what: str, unit: str, value: float, known: np.ndarray) -> None:
    slack = 1e-9 * known[-1]
    if not known[0] - slack <= value <= known[-1] + slack:
        raise InvalidInput(
            f"Expected {what} within the area's table of design rain, {known[0]:.4g} to {known[-1]:.4g} {unit}. "
            f"Received {value:.4g} {unit}. Choose one within, or give depth and duration yourself."
        )


def parse(data: bytes, file: str = FILE) -> DesignRain:
    """The table in a CSV file's bytes. Raises InvalidInput for one that has gaps or does not grow."""
    found = table(data, file)
    found.need(COLUMNS)
    periods, minutes, depths = (found.numbers(name) for name in COLUMNS)
    for name, numbers, most in zip(COLUMNS, (periods, minutes, depths), (LONGEST_PERIOD, 1e5, 1e4), strict=True):
        wrong = np.flatnonzero(~((numbers > 0) & (numbers <= most)))
        if wrong.size:
            raise InvalidInput(
                f"Expected {name} above 0 and up to {most:g} in {file}. Received {numbers[wrong[0]]:g} in row "
                f"{wrong[0] + 2}. Correct it."
            )
    return _filled(periods, minutes, depths, file)


def _filled(periods: np.ndarray, minutes: np.ndarray, depths: np.ndarray, file: str) -> DesignRain:
    rows, row = np.unique(periods, return_inverse=True)
    cols, col = np.unique(minutes, return_inverse=True)
    if len(rows) < 2 or len(cols) < 2 or len(depths) != len(rows) * len(cols):
        raise InvalidInput(
            f"Expected one row for each pair of at least two periods and two durations in {file}. Received "
            f"{len(depths)} rows of {len(rows)} periods and {len(cols)} durations. Fill the gaps, keep one of each."
        )
    made = np.full((len(rows), len(cols)), np.nan)
    made[row, col] = depths
    if np.isnan(made).any():
        first, other = np.argwhere(np.isnan(made))[0]
        raise InvalidInput(
            f"Expected one row for each pair in {file}. Received none of {rows[first]:g} years and {cols[other]:g} "
            "min. Add it."
        )
    if (np.diff(made, axis=0) <= 0).any() or (np.diff(made, axis=1) < 0).any():
        raise InvalidInput(
            f"Expected depths in {file} that grow with the return period and do not fall with the duration. Received "
            "others. Check for swapped columns."
        )
    return DesignRain(rows, cols * 60.0, made)


def keep(data: bytes, home: Path) -> DesignRain:
    """Give an area, by its folder, this table in place of the one it has. Raises InvalidInput."""
    made = parse(data)
    fresh = home / f"{FILE}.new"
    lines = [
        f"{period:.10g},{duration / 60:.10g},{made.depths[row, col]:.10g}"
        for row, period in enumerate(made.periods)
        for col, duration in enumerate(made.durations)
    ]
    fresh.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    fresh.replace(home / FILE)
    return made


def of(home: Path) -> DesignRain | None:
    """The table of an area, by its folder; None if it has none."""
    path = home / FILE
    return parse(path.read_bytes()) if path.is_file() else None
