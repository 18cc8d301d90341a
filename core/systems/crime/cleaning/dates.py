"""Dates and times in the many ways that tables write them, turned into local time; doubtful ones are told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from core.errors import InvalidInput, refusal

EARLIEST, LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")
SLASHED = re.compile(r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ T,]+(.*?))?\s*$")
OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
EXCEL_DAYS = re.compile(r"^\d{5}(?:\.\d+)?$")
EXCEL_EPOCH = pd.Timestamp("1899-12-30")  # day 0 of Excel's serial dates

MESSAGES = {
    "no_date": "Expected a date and time such as 2014-09-30 23:51. The row cannot be placed in time.",
    "ambiguous_date": "The column mixes day-first and month-first dates, and this one can be read both ways. "
    "Say which it is with --day-first or --no-day-first, or write dates as 2014-09-30.",
    "date_out_of_range": "Expected a year from 1900 to 2099.",
    "clock_gap": "The clock skipped this hour when summer time began. The time is used as written.",
    "clock_fold": "The clock showed this hour twice when summer time ended. The time is used as written.",
}


@dataclass(frozen=True)
class ParsedDates:
    """A column of dates as read.

    moments: local times, datetime64[us], shape (rows,), NaT where unread.
    problems: {kind: (which rows, boolean, shape (rows,); message)}.
    notes: how the column was read, in sentences.
    """

    moments: pd.Series
    problems: dict[str, tuple[np.ndarray, str]]
    notes: list[str] = field(default_factory=list)


def parse_dates(values: pd.Series, *, timezone: str | None = None, day_first: bool | None = None) -> ParsedDates:
    """Read a column of dates, distinct texts once.

    values: texts, cells of Excel or times, shape (rows,).
    timezone: IANA name of the city's clock; times with an offset are turned onto it (without one, their own clock is
        kept), and hours that this clock skipped or showed twice are told.
    day_first: what 03/04/2014 means; judged from values that can only be read one way if None.

    Raises InvalidInput for an unknown time zone.
    """
    zone = _zone(timezone)
    notes: list[str] = []
    if pd.api.types.is_datetime64_any_dtype(values):
        moments = _local_times(values, zone, notes)
        problems = {"no_date": moments.isna().to_numpy()}
    else:
        codes, distinct = pd.factorize(values)
        texts = pd.Series(np.asarray(distinct, dtype=object))
        read, unclear = _read_texts(texts, zone, day_first, notes)
        moments = pd.Series(np.append(read.to_numpy(), np.datetime64("NaT"))[codes], index=values.index)
        ambiguous = np.append(unclear, False)[codes]
        problems = {"no_date": moments.isna().to_numpy() & ~ambiguous, "ambiguous_date": ambiguous}
    with np.errstate(invalid="ignore"):
        outside = ((moments < EARLIEST) | (moments >= LATEST)).to_numpy()
    problems["date_out_of_range"] = outside
    moments = moments.astype("datetime64[us]").mask(pd.Series(outside, index=values.index))
    problems |= _clock_changes(moments, zone)
    messages = {kind: (where, MESSAGES[kind]) for kind, where in problems.items() if where.any()}
    return ParsedDates(moments, messages, notes)


def parse_date(text: str, keep_offset: bool = False) -> datetime:
    """A single date; with its offset if it has one and `keep_offset`. ValueError says what was expected."""
    if keep_offset and OFFSET.search(text.strip()) and ":" in text:
        aware = pd.to_datetime(text.strip(), format="ISO8601", errors="coerce")
        if not pd.isna(aware):
            return aware.to_pydatetime()  # type: ignore[no-any-return]
    moments = parse_dates(pd.Series([text], dtype=object)).moments
    if moments.isna().iloc[0]:
        raise ValueError(refusal("a date and time such as 2014-09-30 23:51", f"{text!r:.60}", "Write it so."))
    return moments.iloc[0].to_pydatetime()  # type: ignore[no-any-return]


def _zone(timezone: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone) if timezone else None
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(
            expected="an IANA time zone such as America/Los_Angeles",
            received=f"{timezone!r:.60}",
            advice="Check its spelling.",
        ) from None


def _local_times(values: pd.Series, zone: ZoneInfo | None, notes: list[str]) -> pd.Series:
    """Times of a typed column on the city's clock, or on their own if that is not known."""
    if getattr(values.dtype, "tz", None) is None:
        return values
    if zone is None:
        notes.append(f"times of zone {values.dtype.tz} are kept on that clock; name the city's with --timezone.")
        return values.dt.tz_localize(None)
    notes.append(f"times of zone {values.dtype.tz} were turned into {zone}.")
    return values.dt.tz_convert(zone).dt.tz_localize(None)


def _read_texts(
    texts: pd.Series, zone: ZoneInfo | None, day_first: bool | None, notes: list[str]
) -> tuple[pd.Series, np.ndarray]:
    """Distinct texts (or cells of Excel) into local times, and which of them can be read in two ways."""
    strings = texts.astype("string").str.strip().fillna("")
    slashed = strings.str.fullmatch(SLASHED.pattern).to_numpy(dtype=bool)
    with_offset = (
        strings.str.contains(OFFSET, na=False).to_numpy(dtype=bool)
        & ~slashed
        & strings.str.contains(":").to_numpy(dtype=bool)
    )
    moments = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    bare = ~slashed & ~with_offset
    moments[bare] = _read_bare(strings[bare])
    if with_offset.any():
        moments[with_offset] = _read_offsets(strings[with_offset], zone, notes)
    unclear = np.zeros(len(texts), dtype=bool)
    if slashed.any():
        read, doubtful = _read_slashed(strings[slashed], day_first, notes)
        moments[slashed] = read
        unclear[slashed] = doubtful
    return moments, unclear


def _read_bare(strings: pd.Series) -> pd.Series:
    """ISO 8601 first, then days of Excel, then whatever pandas can read one by one."""
    read = pd.to_datetime(strings, format="ISO8601", errors="coerce").astype("datetime64[us]")
    digits = strings.str.fullmatch(r"\d+(?:\.\d+)?").to_numpy(dtype=bool)
    serial = strings.str.fullmatch(EXCEL_DAYS.pattern).to_numpy(dtype=bool)
    read[digits & (strings.str.len() < 8).to_numpy()] = pd.NaT
    if serial.any():
        days = pd.to_numeric(strings[serial])
        read[serial] = (EXCEL_EPOCH + pd.to_timedelta(days, unit="D")).dt.round("s").astype("datetime64[us]")
    rest = read.isna().to_numpy() & ~digits & strings.str.contains(r"\d", na=False).to_numpy(dtype=bool)
    if rest.any():
        later = pd.to_datetime(strings[rest], format="mixed", errors="coerce", utc=True)
        read[rest] = later.dt.tz_localize(None).astype("datetime64[us]")
    return read


def _read_offsets(strings: pd.Series, zone: ZoneInfo | None, notes: list[str]) -> pd.Series:
    """Times with an offset: turned into the city's clock, or kept on their own if that is not known."""
    if zone is None:
        notes.append("times with an offset are kept on their own clock; name the city's with --timezone.")
        bare = strings.str.replace(OFFSET, "", regex=True).str.strip()
        return pd.to_datetime(bare, format="ISO8601", errors="coerce").astype("datetime64[us]")
    notes.append(f"times with an offset were turned into {zone}.")
    aware = pd.to_datetime(strings, format="ISO8601", errors="coerce", utc=True)
    return aware.dt.tz_convert(zone).dt.tz_localize(None).astype("datetime64[us]")


def _read_slashed(strings: pd.Series, day_first: bool | None, notes: list[str]) -> tuple[pd.Series, np.ndarray]:
    """30/09/2014, 09/30/2014 and the like: the order is what the values allow, else month first."""
    split = strings.str.extract(SLASHED)
    first, second, year = (pd.to_numeric(split[group]).to_numpy() for group in range(3))
    year = np.where(year < 70, year + 2000, np.where(year < 100, year + 1900, year))
    days, months = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    unclear = np.zeros(len(strings), dtype=bool)
    if day_first is None and days.any() and months.any():
        unclear = ~days & ~months & (first != second)
        notes.append("some dates have the day first and some the month; those that can be read both ways are rejected.")
    column_is_day_first = bool(days.any()) if day_first is None else day_first
    ordered = strings[(np.minimum(first, second) <= 12) & (np.maximum(first, second) <= 31)]
    if day_first is None and len(ordered) and not (days.any() and months.any()):
        notes.append(
            f"dates like {ordered.iloc[0]} were read with the {'day' if column_is_day_first else 'month'} first."
        )
    is_day_first = (days | (column_is_day_first & ~months)) & (first <= 31)
    day, month = np.where(is_day_first, first, second), np.where(is_day_first, second, first)
    clock = split[3].fillna("00:00").replace("", "00:00")
    iso = [f"{y:04.0f}-{m:02.0f}-{d:02.0f}" for y, m, d in zip(year, month, day, strict=True)]
    dates = pd.to_datetime(pd.Series(iso, index=strings.index), format="%Y-%m-%d", errors="coerce")
    read = (dates + _clock_times(clock)).astype("datetime64[us]")
    return read.mask(pd.Series(unclear, index=strings.index)), unclear


def _clock_times(clock: pd.Series) -> pd.Series:
    """Time of day [Timedelta] from 23:51, 23:51:07, 2351 or 11:51 PM; NaT if it is none."""
    parts = clock.str.upper().str.extract(r"^(\d{1,2}):?(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AP])?\.?M?\.?$")
    hour, minute, second = (pd.to_numeric(parts[group]).to_numpy(dtype=float) for group in range(3))
    half = parts[3].fillna("").to_numpy(dtype=object)
    hour = np.where(half == "P", hour % 12 + 12, np.where(half == "A", hour % 12, hour))
    wrong = ~((hour < 24) & (minute < 60))
    seconds = np.where(wrong, np.nan, hour * 3600 + minute * 60 + np.nan_to_num(second))
    return pd.Series(pd.to_timedelta(seconds, unit="s"), index=clock.index)


def _clock_changes(moments: pd.Series, zone: ZoneInfo | None) -> dict[str, np.ndarray]:
    """Hours that the city's clock skipped or showed twice; both are kept as written."""
    if zone is None:
        return {}
    existing = moments.dt.tz_localize(zone, nonexistent="NaT", ambiguous=np.zeros(len(moments), dtype=bool))
    gap = existing.isna().to_numpy() & moments.notna().to_numpy()
    once = moments.dt.tz_localize(zone, nonexistent="NaT", ambiguous="NaT")
    fold = once.isna().to_numpy() & ~gap & moments.notna().to_numpy()
    return {"clock_gap": gap, "clock_fold": fold}
