"""Widths of the steps that are counted, and which of them a period is put together from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MINUTE, HOUR, DAY = LEVELS = (60, 3600, 86400)  # s
MINUTES_KEPT = 3 * DAY  # s: minutes of hours that ended longer ago are not kept


@dataclass(frozen=True)
class Steps:
    """Whole steps of one width [s], from `start` up to `stop` [s since 1970, UTC]."""

    level: int
    start: int
    stop: int


@dataclass(frozen=True)
class Counted:
    """How far the log is counted [s since 1970]: days before `days`, hours before `hours`, and so on.

    minutes_from: minutes are kept from here on.
    """

    days: int
    hours: int
    minutes: int
    minutes_from: int


def seconds(time: datetime) -> int:
    """Whole seconds between 1970 and a time."""
    return int(time.timestamp() // 1)


def moment(second: int) -> datetime:
    """The time of a second since 1970."""
    return datetime.fromtimestamp(second, UTC)


def floor(second: int, level: int) -> int:
    """When the step began that holds a second."""
    return second - second % level


def ceiling(second: int, level: int) -> int:
    """When the first step begins that does not begin before a second."""
    return -floor(-second, level)


def steps_of(start: int, stop: int, widest: int, counted: Counted) -> list[Steps]:
    """The kept steps, none wider than `widest`, that a period is put together from; they leave no gap between them.

    start, stop: the period [s since 1970]; what lies before the first and after the last of the steps is not kept.
    """
    counted_spans = {DAY: (0, counted.days), HOUR: (0, counted.hours), MINUTE: (counted.minutes_from, counted.minutes)}
    parts: list[Steps] = []
    gaps = [(start, stop)]
    for level in sorted((each for each in LEVELS if each <= widest), reverse=True):
        remaining = []
        for low, high in gaps:
            first, last = (
                ceiling(max(low, counted_spans[level][0]), level),
                floor(min(high, counted_spans[level][1]), level),
            )
            if first < last:
                parts.append(Steps(level, first, last))
                remaining += [gap for gap in ((low, first), (last, high)) if gap[0] < gap[1]]
            else:
                remaining.append((low, high))
        gaps = remaining
    return parts


def runs(starts: Iterator[int] | list[int], level: int) -> list[Steps]:
    """Ascending starts of steps as runs without gaps."""
    joined: list[Steps] = []
    for start in starts:
        if joined and start == joined[-1].stop:
            joined[-1] = Steps(level, joined[-1].start, start + level)
        else:
            joined.append(Steps(level, start, start + level))
    return joined
