"""Rain and inflow over time from an uploaded CSV file.

The first column of these counts as the time: `time_s`, `time_min`, `time_h` (or the like, `Time [min]` or `Hours`), or
`time` with dates and times as ISO 8601 has them, which count from the first row.

| column | means | between rows |
|---|---|---|
| `rain_mm_per_h`, or with `mm/h` in its name | rate | a straight line |
| `rain_mm`, or with `mm` in its name | depth from its row's time to the next row's | even |
| `discharge_m3_per_s`, or with `m3/s` in its name | inflow | a straight line |

The last row of depths counts for as long as the one before. Several columns of rain are members of an ensemble. Rates
by the minute or the day, and depths summed up from the start, are not taken for any of these.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput, TooLarge
from core.hydraulics.domain import MAX_DURATION, Hydrograph
from core.systems.flood.forcing import storms
from core.systems.flood.forcing.units import MM_PER_HOUR
from core.tables.columns import CsvTable
from core.tables.columns import table as csv_table

RainUnit = Literal["mm/h", "mm"]

TIMES = ("time_s", "time_min", "time_h")
UNITS = {"s": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}
RATE_NAMES = ("mm_per_h", "mm/h", "mm_h", "mm h-1", "mmh")
MILLIMETRES = re.compile(r"(?<![a-z])mm(?![a-z]| ?/|_per| [a-z]+-1)")
SUMMED = re.compile(r"cumul|accum")
DISCHARGES = ("m3_per_s", "m3/s", "m³/s")
MAX_ROWS = 100_000


def rains(data: bytes, file_name: str, unit: RainUnit | None = None) -> list[Hydrograph]:
    """Each column of rain, the members of an ensemble if there are several [m/s]. Raises InvalidInput, TooLarge.

    data: the bytes of a CSV file.
    file_name: for errors.
    unit: of the columns whose names do not tell theirs; all columns beside the time then count as rain.
    """
    table = _checked(csv_table(data, file_name))
    times = _times(table)
    units = {name: _unit(name) or unit for name in table.names if not (name.startswith("time") or _seconds(name))}
    rain_units = {name: column_unit for name, column_unit in units.items() if column_unit is not None}
    if not rain_units:
        raise InvalidInput(
            expected=f"a column of rain, rain_mm_per_h or rain_mm, in {file_name}",
            received=f"{', '.join(units) or 'none beside the time'!s:.80}",
            advice="Rename it, or say what its numbers are.",
        )
    if len(rain_units) > storms.MAX_MEMBERS:
        raise TooLarge(
            expected=f"up to {storms.MAX_MEMBERS} columns of rain in {file_name}",
            received=f"{len(rain_units)}",
            advice="Leave some out.",
        )
    return [_rain(table, name, column_unit, times) for name, column_unit in rain_units.items()]


def start(data: bytes, file_name: str) -> datetime | None:
    """The first date and time of a table whose times are such; None where they count from a start. Raises InvalidInput.

    Without an offset where the file has none.
    """
    table = _checked(csv_table(data, file_name))
    if "time" not in table.names or any(_seconds(name) for name in table.names):
        return None
    _seconds_since_first(table)
    return datetime.fromisoformat(table.texts("time")[0].strip())


def inflow(data: bytes, file_name: str) -> Hydrograph:
    """A discharge over time [m3/s]. Raises InvalidInput, TooLarge."""
    table = _checked(csv_table(data, file_name))
    columns = [name for name in table.names if any(mark in name for mark in DISCHARGES)]
    if len(columns) != 1:
        raise InvalidInput(
            expected=f"one column of discharge, discharge_m3_per_s, in {file_name}",
            received=f"{', '.join(table.names)!s:.80}",
            advice="Rename it, or leave the others out.",
        )
    return _series(table.file_name, _times(table), table.numbers(columns[0]))


def _checked(table: CsvTable) -> CsvTable:
    """The table, if it has two rows and not too many."""
    if len(table.rows) < 2:
        raise InvalidInput(
            expected=f"at least two rows of time and rain or inflow in {table.file_name}",
            received=f"{len(table.rows)}",
            advice="Add the others.",
        )
    if len(table.rows) > MAX_ROWS:
        raise TooLarge(
            expected=f"up to {MAX_ROWS:,} rows in {table.file_name}",
            received=f"{len(table.rows):,}",
            advice="Keep the hours that matter.",
        )
    return table


def _times(table: CsvTable) -> NDArray[np.float64]:
    """Time of each row from the first column of time, ascending from 0 or later; shape (rows,) [s]."""
    units = {name: _seconds(name) for name in table.names}
    name = next((column for column, unit in units.items() if unit), "time" if "time" in units else None)
    if name is None:
        raise InvalidInput(
            expected=f"a column of time, {', '.join(TIMES)} or time, in {table.file_name}",
            received=f"{', '.join(table.names)!s:.80}",
            advice="Rename it.",
        )
    unit = units[name]
    times = table.numbers(name) * unit if unit else _seconds_since_first(table)
    if (np.diff(times) <= 0).any():
        before = int(np.flatnonzero(np.diff(times) <= 0)[0])
        raise InvalidInput(
            expected=f"times that ascend in {table.file_name}",
            received=f"{table.rows[before + 1][name]!r:.40} in row {before + 3}, after "
            f"{table.rows[before][name]!r:.40}",
            advice="Sort the rows and keep one per time.",
        )
    if times[0] < 0:
        raise InvalidInput(
            expected=f"times from 0 on in {table.file_name}",
            received=f"{table.rows[0][name]!r:.40}",
            advice="Count from the start.",
        )
    if times[-1] > MAX_DURATION:
        raise TooLarge(
            expected=f"up to {MAX_DURATION / 86_400:g} days in {table.file_name}",
            received=f"{times[-1] / 86_400:.3g}",
            advice="Keep the hours that matter.",
        )
    return times


def _seconds(name: str) -> float | None:
    """The unit of a column of time by its name [s]: 60 for `time_min`, `Time [min]` or `Minutes`; None for others."""
    words = re.findall(r"[a-z]+", name)
    if words[:1] == ["time"]:
        words = words[1:]
    elif max(map(len, words), default=0) < len("hour"):  # "min" may be the least of something
        return None
    return UNITS.get(words[0].removesuffix("s") or "s") if len(words) == 1 else None


def _seconds_since_first(table: CsvTable) -> NDArray[np.float64]:
    """Time of each row since the first, where the times are dates and times; shape (rows,) [s]."""
    moments: list[datetime] = []
    for row_index, text in enumerate(table.texts("time")):
        try:
            moments.append(datetime.fromisoformat(text.strip()))
            _ = moments[-1] - moments[0]  # one with and one without an offset cannot be compared
        except (ValueError, TypeError):
            raise InvalidInput(
                expected=f"a date and time like 2026-01-31T14:00 as time in row {row_index + 2} of {table.file_name}, "
                "all with an offset or all without",
                received=f"{text!r:.40}",
                advice="Correct it, or use time_s.",
            ) from None
    return np.array([(moment - moments[0]).total_seconds() for moment in moments])


def _unit(name: str) -> RainUnit | None:
    """Unit of a column of rain by its name; None where that does not tell it."""
    if SUMMED.search(name):
        return None
    if any(mark in name for mark in RATE_NAMES):
        return "mm/h"
    return "mm" if MILLIMETRES.search(name) else None


def _rain(table: CsvTable, name: str, unit: RainUnit, times: NDArray[np.float64]) -> Hydrograph:
    """A column of rain [m/s]; times: of the rows, shape (rows,) [s]."""
    numbers = table.numbers(name)
    if (numbers < 0).any():
        row_index = int(np.flatnonzero(numbers < 0)[0])
        raise InvalidInput(
            expected=f"rain of 0 or more as {name} in row {row_index + 2} of {table.file_name}",
            received=f"{numbers[row_index]:g}",
            advice="Correct it: a gauge's mark of a gap is no rain.",
        )
    if unit == "mm/h":
        rain = _series(table.file_name, times, numbers * MM_PER_HOUR)
    else:
        rain = storms.steps(np.append(times, 2 * times[-1] - times[-2]), numbers)
    return storms.possible(rain)


def _series(file_name: str, times: NDArray[np.float64], rates: NDArray[np.float64]) -> Hydrograph:
    """A rate over time; errors name the file."""
    try:
        return Hydrograph(times, rates)
    except InvalidInput as problem:
        raise InvalidInput(f"{file_name}: {problem.message}") from None
