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

from core.errors import InvalidInput, TooLarge
from core.hydraulics.domain import MAX_DURATION, Hydrograph
from core.systems.flood.event import MM_PER_HOUR
from core.systems.flood.forcing import storms
from core.tables.columns import Table, table

Unit = Literal["mm/h", "mm"]

TIMES = ("time_s", "time_min", "time_h")
UNITS = {"s": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}
RATE_NAMES = ("mm_per_h", "mm/h", "mm_h", "mm h-1", "mmh")
MILLIMETRES = re.compile(r"(?<![a-z])mm(?![a-z]| ?/|_per| [a-z]+-1)")
SUMMED = re.compile(r"cumul|accum")
DISCHARGES = ("m3_per_s", "m3/s", "m³/s")
MOST_ROWS = 100_000


def rains(data: bytes, file: str, unit: Unit | None = None) -> list[Hydrograph]:
    """Each column of rain, the members of an ensemble if there are several. Raises InvalidInput, TooLarge.

    unit: what the columns hold whose names do not say it; all columns beside the time then count as rain.
    """
    found = _checked(table(data, file))
    times = _times(found)
    units = {name: _unit(name) or unit for name in found.names if not (name.startswith("time") or _seconds(name))}
    wanted = {name: said for name, said in units.items() if said is not None}
    if not wanted:
        raise InvalidInput(
            f"Expected a column of rain, rain_mm_per_h or rain_mm, in {file}. Received "
            f"{', '.join(units) or 'none beside the time'!s:.80}. Rename it, or say what its numbers are."
        )
    if len(wanted) > storms.MOST_MEMBERS:
        raise TooLarge(
            f"Expected up to {storms.MOST_MEMBERS} columns of rain in {file}. Received {len(wanted)}. Leave some out."
        )
    return [_rain(found, name, said, times) for name, said in wanted.items()]


def inflow(data: bytes, file: str) -> Hydrograph:
    """A discharge over time [m3/s]. Raises InvalidInput, TooLarge."""
    found = _checked(table(data, file))
    wanted = [name for name in found.names if any(one in name for one in DISCHARGES)]
    if len(wanted) != 1:
        raise InvalidInput(
            f"Expected one column of discharge, discharge_m3_per_s, in {file}. Received "
            f"{', '.join(found.names)!s:.80}. Rename it, or leave the others out."
        )
    return _series(found.file, _times(found), found.numbers(wanted[0]))


def _checked(found: Table) -> Table:
    if len(found.rows) < 2:
        raise InvalidInput(
            f"Expected at least two rows of time and rain or inflow in {found.file}. Received {len(found.rows)}. Add "
            "the others."
        )
    if len(found.rows) > MOST_ROWS:
        raise TooLarge(
            f"Expected up to {MOST_ROWS:,} rows in {found.file}. Received {len(found.rows):,}. Keep the hours that "
            "matter."
        )
    return found


def _times(found: Table) -> np.ndarray:
    """Seconds of each row."""
    units = {one: _seconds(one) for one in found.names}
    name = next((one for one, unit in units.items() if unit), "time" if "time" in units else None)
    if name is None:
        raise InvalidInput(
            f"Expected a column of time, {', '.join(TIMES)} or time, in {found.file}. Received "
            f"{', '.join(found.names)!s:.80}. Rename it."
        )
    unit = units[name]
    times = found.numbers(name) * unit if unit else _moments(found)
    if (np.diff(times) <= 0).any():
        place = int(np.flatnonzero(np.diff(times) <= 0)[0])
        raise InvalidInput(
            f"Expected times that ascend in {found.file}. Received {found.rows[place + 1][name]!r:.40} in row "
            f"{place + 3}, after {found.rows[place][name]!r:.40}. Sort the rows and keep one per time."
        )
    if times[0] < 0:
        raise InvalidInput(
            f"Expected times from 0 on in {found.file}. Received {found.rows[0][name]!r:.40}. Count from the start."
        )
    if times[-1] > MAX_DURATION:
        raise TooLarge(
            f"Expected up to {MAX_DURATION / 86_400:g} days in {found.file}. Received {times[-1] / 86_400:.3g}. Keep "
            "the hours that matter."
        )
    return times


def _seconds(name: str) -> float | None:
    """How many seconds one of a column of time has, by its name: 60 for `time_min`, `Time [min]` or `Minutes`."""
    words = re.findall(r"[a-z]+", name)
    if words[:1] == ["time"]:
        words = words[1:]
    elif max(map(len, words), default=0) < len("hour"):  # "min" may be the least of something
        return None
    return UNITS.get(words[0].removesuffix("s") or "s") if len(words) == 1 else None


def _moments(found: Table) -> np.ndarray:
    """Seconds since the first row, of dates and times."""
    made: list[datetime] = []
    for place, text in enumerate(found.texts("time")):
        try:
            made.append(datetime.fromisoformat(text.strip()))
            _ = made[-1] - made[0]  # one with and one without an offset cannot be compared
        except (ValueError, TypeError):
            raise InvalidInput(
                f"Expected a date and time like 2026-01-31T14:00 as time in row {place + 2} of {found.file}, all with "
                f"an offset or all without. Received {text!r:.40}. Correct it, or use time_s."
            ) from None
    return np.array([(one - made[0]).total_seconds() for one in made])


def _unit(name: str) -> Unit | None:
    if SUMMED.search(name):
        return None
    if any(one in name for one in RATE_NAMES):
        return "mm/h"
    return "mm" if MILLIMETRES.search(name) else None


def _rain(found: Table, name: str, unit: Unit, times: np.ndarray) -> Hydrograph:
    numbers = found.numbers(name)
    if (numbers < 0).any():
        place = int(np.flatnonzero(numbers < 0)[0])
        raise InvalidInput(
            f"Expected rain of 0 or more as {name} in row {place + 2} of {found.file}. Received {numbers[place]:g}. "
            "Correct it: a gauge's mark of a gap is no rain."
        )
    if unit == "mm/h":
        made = _series(found.file, times, numbers * MM_PER_HOUR)
    else:
        made = storms.steps(np.append(times, 2 * times[-1] - times[-2]), numbers)
    return storms.possible(made)


def _series(file: str, times: np.ndarray, rates: np.ndarray) -> Hydrograph:
    try:
        return Hydrograph(times, rates)
    except InvalidInput as problem:
        raise InvalidInput(f"{file}: {problem.message}") from None
