"""The clock of a flood: times since its start as people plan by them, "22:29 (29 min)"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.maps.flood.vectors import duration_words
from core.written_numbers import NO_BREAK

MINUTE = 60.0  # [s]


@dataclass(frozen=True)
class Clock:
    """Turns times since the start into clock times; without a start all are told as elapsed times.

    start: the moment from which times count, in the time zone of whoever reads; None where it is not known.
    """

    start: datetime | None = None

    def moment(self, seconds: float) -> datetime:
        """The moment so long after the start [s], in the zone of the start. ValueError without a start."""
        if self.start is None:
            raise ValueError("a clock without a start has no moments")
        # by UTC: within a zone, adding counts the hands of the clock, which jump twice a year
        return (self.start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self.start.tzinfo)

    def time(self, seconds: float) -> str:
        """The clock time, "22:29"; with the day where it is another than that of the start; elapsed without a start."""
        if self.start is None:
            return elapsed(seconds)
        moment = self.moment(seconds + MINUTE / 2)  # to the nearest minute
        day = "" if moment.date() == self.start.date() else f"{moment.day}{NO_BREAK}{moment:%b}{NO_BREAK}"
        return f"{day}{moment:%H:%M}"

    def dated(self, seconds: float) -> str:
        """The clock time with its day, for a file: "28 Nov 22:29"; elapsed without a start."""
        if self.start is None:
            return elapsed(seconds)
        moment = self.moment(seconds + MINUTE / 2)
        return f"{moment.day}{NO_BREAK}{moment:%b}{NO_BREAK}{moment:%H:%M}"

    def begins(self) -> str:
        """A sentence for a file: the moment from which times count; empty where it is not known."""
        return "" if self.start is None else f"Times count from {self.start:%Y-%m-%d %H:%M %Z}, when the rain starts."

    def both(self, seconds: float | None) -> str:
        """The clock time with the elapsed one: "22:29 (29 min)"; "never" where there is none."""
        if seconds is None:
            return "never"
        if self.start is None:
            return elapsed(seconds)
        return f"{self.time(seconds)} ({elapsed(seconds)})"

    def within(self, seconds: float | None, low: float | None, high: float | None) -> str:
        """The clock time with its interval, "22:29 (22:10 to 22:55)"; as `both` where none is known."""
        if seconds is None or low is None or high is None:
            return self.both(seconds)
        return f"{self.time(seconds)} ({self.time(low)} to {self.time(high)})"

    def sentence(self, seconds: float | None) -> str:
        """When something comes, as a part of a sentence: "at 22:29 (29 min)", "after 29 min", "at the start".

        With a start it is "at the start (22:00)".
        """
        if seconds is None:
            return "at a time that is not known"
        if self.start is None:
            return f"after {elapsed(seconds)}" if seconds >= MINUTE else "at the start"
        if seconds < MINUTE / 2:
            return f"at the start ({self.time(seconds)})"
        return f"at {self.time(seconds)} ({elapsed(seconds)})"


ELAPSED = Clock()
"""Tells all times as elapsed ones."""


def elapsed(seconds: float) -> str:
    """A time since the start that no line breaks: "1 h 30 min"; below a minute "at the start"."""
    return duration_words(seconds).replace(" ", NO_BREAK) if seconds >= MINUTE / 2 else "at the start"
