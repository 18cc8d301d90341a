"""Rain and inflow over time from an uploaded CSV file.

The first column of these counts as the time: `time_s`, `time_min`, `time_h`, or `time` with dates and times as ISO 8601
has them, which count from the first row.

| column | means | between rows |
|---|---|---|
| `rain_mm_per_h`, or with `mm/h` in its name | rate | a straight line |
| `rain_mm`, or with `mm` in its name | depth from its row's time to the next row's | even |
| `discharge_m3_per_s` | inflow | a straight line |

The last row of depths counts for as long as the one before. Several columns of rain are members of an ensemble.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import numpy as np

from core.errors import InvalidInput, TooLarge
from core.systems.flood import storms
from core.systems.flood.columns import Table, table
from core.systems.flood.domain import Hydrograph
from core.systems.flood.event import MM_PER_HOUR

Unit = Literal["mm/h", "mm"]

SECONDS = {"time_s": 1.0, "time_min": 60.0, "time_h": 3600.0}
RATE_NAMES = ("mm_per_h", "mm/h", "mm_h", "mm h-1", "mmh")
MILLIMETRES = re.compile(r"(?<![a-z])mm(?![a-z])")
MOST_ROWS = 100_000


def rains(data: bytes, file: str, unit: Unit | None = None) -> list[Hydrograph]:
    """Each column of rain, the members of an ensemble if there are several. Raises InvalidInput, TooLarge.

    unit: what the columns hold whose names do not say it; all columns beside the time then count as rain.
    """
    found = _checked(table(data, file))
    times = _times(found)
    units = {name: _unit(name) or unit for name in found.names if not name.startswith("time")}
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
    found.need(["discharge_m3_per_s"])
    return _series(found.file, _times(found), found.numbers("discharge_m3_per_s"))


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
    name = next((one for one in (*SECONDS, "time") if one in found.names), None)
    if name is None:
        raise InvalidInput(
            f"Expected a column of time, {', '.join(SECONDS)} or time, in {found.file}. Received "
            f"{', '.join(found.names)!s:.80}. Rename it."
        )
    times = found.numbers(name) * SECONDS[name] if name in SECONDS else _moments(found)
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
    return times


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
        return _series(found.file, times, numbers * MM_PER_HOUR)
    return storms.steps(np.append(times, 2 * times[-1] - times[-2]), numbers)


def _series(file: str, times: np.ndarray, rates: np.ndarray) -> Hydrograph:
    try:
        return Hydrograph(times, rates)
    except InvalidInput as problem:
        raise InvalidInput(f"{file}: {problem.message}") from None
