"""What rain and inflows bring between two times: compiled, and exact for rates that are linear between rows."""

from __future__ import annotations

from core.hydraulics.forcing import ForcingSeries
from core.hydraulics.jit import compiled


@compiled
def volume_between(forcing: ForcingSeries, number: int, start: float, end: float) -> float:
    """The integral of one series from `start` to `end` [m for rain, m3 for inflow].

    forcing: all series.
    number: which of them, 0 for the rain.
    start: simulated time [s].
    end: simulated time, not before `start` [s].
    """
    return _volume_until(forcing, number, end) - _volume_until(forcing, number, start)


@compiled
def _volume_until(forcing: ForcingSeries, number: int, now: float) -> float:
    """The integral of one series up to a time: the volume at the row before it, and the trapezium from there."""
    first, last = forcing.starts[number], forcing.starts[number + 1] - 1
    if last < first or now <= forcing.time[first]:
        return 0.0
    if now >= forcing.time[last]:
        return float(forcing.volume[last])
    row, end = first, last
    while end - row > 1:  # bisection
        middle = (row + end) // 2
        if forcing.time[middle] <= now:
            row = middle
        else:
            end = middle
    elapsed = now - forcing.time[row]
    slope = (forcing.rate[row + 1] - forcing.rate[row]) / (forcing.time[row + 1] - forcing.time[row])
    return float(forcing.volume[row] + elapsed * (forcing.rate[row] + 0.5 * elapsed * slope))
