"""When a flood begins, as a person types it: 22:00, +90 min, or a date and a time; and times of a typed table."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import streamlit as st

from core.errors import InvalidInput
from core.written_numbers import NO_BREAK
from pages.parts.shared.words import plain, viewer_zone, zone_name

KEY = "flood-start"
ROUNDED_TO = 5  # minutes of the start that nobody typed
PAST_STILL_TODAY = timedelta(hours=6)  # a clock time longer ago than this is tomorrow's
MINUTE, DAY = 60.0, 86_400.0  # [s]
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
FROM_NOW = re.compile(r"\+\s*(\d{1,5})\s*(?:min|minutes)?|(\d{1,5})\s*(?:min|minutes)")
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2})")
DATE_FORMAT = "%Y-%m-%d %H:%M"


def typed() -> str:
    """What stands in the field of the start; empty where nobody typed anything."""
    return str(st.session_state.get(KEY) or "")


def draw_field() -> None:
    """The field of the start."""
    st.text_input(
        "Rain starts", key=KEY, placeholder="22:00 or +90 min", persist_state="session",
        help=f"A clock time ({plain(zone_name())}), minutes from now, or a date with a time such as 2026-11-28 22:00. "
        "Empty: now, rounded to five minutes.",
    )  # fmt: skip


def now() -> datetime:
    """This moment in the viewer's zone."""
    return datetime.now(viewer_zone())


def read(text: str, present: datetime) -> datetime:
    """The start that a person means. Raises InvalidInput.

    text: what was typed; empty for now, rounded up to ROUNDED_TO minutes.
    present: this moment in the person's zone.
    """
    text = text.strip()
    if not text:
        return rounded_up(present)
    if match := FROM_NOW.fullmatch(text):
        minute = present.replace(second=0, microsecond=0)
        return minute + timedelta(minutes=int(match[1] or match[2]))
    if match := CLOCK.fullmatch(text):
        today = datetime.combine(present.date(), _clock_time(match[1], match[2], text), present.tzinfo)
        return today if present - today <= PAST_STILL_TODAY else today + timedelta(days=1)
    if match := MOMENT.fullmatch(text):
        try:
            return datetime.strptime(f"{match[1]} {match[2]}", DATE_FORMAT).replace(tzinfo=present.tzinfo)
        except ValueError:
            raise _refusal(text) from None
    raise _refusal(text)


def rounded_up(present: datetime) -> datetime:
    """The next whole ROUNDED_TO minutes."""
    minute = present.replace(second=0, microsecond=0)
    if minute < present:
        minute += timedelta(minutes=1)
    return minute + timedelta(minutes=-minute.minute % ROUNDED_TO)


def in_words(start: datetime, present: datetime) -> str:
    """A start as people say it: "22:00 today", "06:00 tomorrow", "22:00 on 28 Nov 2026"."""
    start = start.astimezone(present.tzinfo)
    days = (start.date() - present.date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    return f"{start:%H:%M} {near or f'on {start.day}{NO_BREAK}{start:%b}{NO_BREAK}{start:%Y}'}"


def read_column(texts: Sequence[str], present: datetime) -> tuple[list[float], datetime | None]:
    """Times of a typed table: minutes since the start, or clock times from the first row on.

    texts: one for each row, all minutes or all clock times; midnight may lie between two rows.
    Returns seconds since the start, ascending as far as they were typed so, and the start that the first clock time
    says; None for minutes. Raises InvalidInput.
    """
    clocks = [CLOCK.fullmatch(text.strip()) for text in texts]
    if not any(clocks):
        return [MINUTE * _minutes(text) for text in texts], None
    seconds: list[float] = []
    for text, match in zip(texts, clocks, strict=True):
        if match is None:
            raise InvalidInput(
                expected="times that are all clock times such as 22:00, or all minutes since the start",
                received=f"{text!r:.40} among clock times",
                advice="Write them alike.",
            )
        clock_time = _clock_time(match[1], match[2], text)
        of_day = 60 * MINUTE * clock_time.hour + MINUTE * clock_time.minute
        if seconds:
            of_day += DAY * max(0, math.ceil((seconds[-1] - of_day) / DAY))  # after midnight
        seconds.append(of_day)
    return [second - seconds[0] for second in seconds], read(texts[0], present)


def _minutes(text: str) -> float:
    try:
        return float(text.strip().removesuffix("min").strip().replace(",", "."))
    except ValueError:
        raise InvalidInput(
            expected="a clock time such as 22:00, or minutes since the start such as 30",
            received=f"{text!r:.40}",
            advice="Correct it.",
        ) from None


def _clock_time(hour: str, minute: str, text: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise _refusal(text)
    return time(int(hour), int(minute))


def _refusal(text: str) -> InvalidInput:
    return InvalidInput(
        expected="a clock time such as 22:00, minutes from now such as +90 min, or 2026-11-28 22:00",
        received=f"{text!r:.40}",
        advice="Correct the start of the rain.",
    )
