"""Figures and times in words: what a tired person reads once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core import inference
from core.evaluation.shares import with_interval
from core.written_numbers import NARROW_NO_BREAK, NO_BREAK, milliseconds, percent, significant, whole

__all__ = [
    "NARROW_NO_BREAK",
    "NO_BREAK",
    "PERIODS",
    "ago",
    "counted",
    "milliseconds",
    "moment",
    "number",
    "percent",
    "plain",
    "significant",
    "sure",
    "system_names",
    "time_left",
    "viewer_zone",
    "with_interval",
    "zone_name",
]

PERIODS = {
    "Last hour": timedelta(hours=1),
    "Last 24 hours": timedelta(hours=24),
    "Last 7 days": timedelta(days=7),
    "Last 30 days": timedelta(days=30),
    "All": None,
}


def sure(score: float, abstained: bool) -> str:
    """How sure an answer is, a word and a number: "likely (78 %)"."""
    word = inference.how_sure(score, abstained)
    advice = ": have a person look" if word == "not sure" else ""
    return f"{word}{advice} ({percent(score)})"


def system_names() -> dict[str, str]:
    """{identifier of a system: its name for people}."""
    return {card.name: card.title for card in inference.catalogue()}


def number(count: float) -> str:
    """Thousands grouped by a narrow space, which no language reads as a decimal point."""
    return whole(count)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun: "1 photo", "3 photos"."""
    return f"{number(count)}{NO_BREAK}{singular if count == 1 else plural or singular + 's'}"


def time_left(seconds: float | None) -> str:
    """What remains of a long work: "about 40 s left", "about 3 min left"."""
    if seconds is None:
        return "estimating the time left"
    if seconds < 2:
        return "almost done"
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def viewer_zone() -> tzinfo:
    """The time zone of the browser; UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_name() -> str:
    """What the viewer's time zone is called, for the title of an axis or a column."""
    return str(viewer_zone())


def moment(when: datetime) -> str:
    """A time in the viewer's zone, to the minute."""
    return f"{when.astimezone(viewer_zone()):%Y-%m-%d %H:%M}"


def ago(when: datetime, now: datetime | None = None) -> str:
    """How long ago, roughly: "just now", "5 min ago", "3 days ago"."""
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), name)} ago"
    return "just now"


def plain(text: object) -> str:
    """Text of unknown origin (a file's name, a message) with Markdown's signs made harmless."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~$:" else sign for sign in " ".join(str(text).split()))
