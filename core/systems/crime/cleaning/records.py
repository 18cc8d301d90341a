"""From a raw table to records: what cannot be used is told with its row and column, nothing is lost in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.systems.crime.cleaning import dates
from core.systems.crime.cleaning.column_mapping import Columns
from core.tables.reader import Raw

TRUE = {"true", "t", "yes", "y", "1", "1.0"}
FALSE = {"false", "f", "no", "n", "0", "0.0"}
LONGEST = 300  # characters of a text that are kept
FAR = 2.0  # degrees from the table's middle beyond which a place is in another city
WHOLE = re.compile(r"\d+\.0")
FEW = 20  # rows below which a table has no middle to speak of

REPEATED = "repeated"  # a row that is the same as an earlier one, and is kept
REJECTED = ("no_date", "no_label", "duplicate", "broken_row", "nothing")
"""Kinds of problem that cost the row; with any other kind the row stays and only the value counts as missing."""


@dataclass(frozen=True)
class Problems:
    """What was wrong: one row per finding, with row (as a spreadsheet numbers it), column, kind, value and message."""

    frame: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Findings by kind."""
        return {str(kind): int(count) for kind, count in self.frame["kind"].value_counts(sort=False).items()}

    @property
    def rejected(self) -> int:
        """Rows that are not used."""
        return int(self.frame.loc[self.frame["rejected"], "row"].nunique())


@dataclass(frozen=True)
class Records:
    """Clean records.

    frame: columns datetime (local time), latitude, longitude [degrees, WGS 84], district, address, location_type,
    description (text or None), domestic (1, 0 or -1 for unknown) and, if the table has it, label; shape (rows, 9).
    rows: each record's row in the file; shape (rows,).
    """

    frame: pd.DataFrame
    rows: np.ndarray
    problems: Problems
    columns: Columns
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def pick(self, chosen: np.ndarray) -> Records:
        """Some of the records, by mask or by place; the findings stay whole."""
        return Records(
            self.frame.iloc[chosen].reset_index(drop=True), self.rows[chosen], self.problems, self.columns, self.notes
        )


@dataclass
class _Found:
    """Findings while they are being made."""

    rows: np.ndarray
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, kind: str, column: str, where: np.ndarray, values: Any, message: str) -> None:
        """Note a finding for each place in `where` (boolean, shape (rows,))."""
        if where.any():
            shown = pd.Series(values).astype("string").str.slice(0, 60)[where].to_numpy(dtype=object)
            self.parts.append(
                pd.DataFrame(
                    {
                        "row": self.rows[where],
                        "column": column,
                        "kind": kind,
                        "value": shown,
                        "message": message,
                        "rejected": kind in REJECTED,
                    }
                )
            )

    def whole(self) -> Problems:
        """All findings by row."""
        empty = pd.DataFrame(columns=["row", "column", "kind", "value", "message", "rejected"])
        frame = pd.concat(self.parts, ignore_index=True) if self.parts else empty.astype({"rejected": bool})
        return Problems(frame.sort_values("row", kind="stable").reset_index(drop=True))


def clean(
    raw: Raw,
    columns: Columns,
    *,
    needs: Sequence[str] = ("date",),
    timezone: str | None = None,
    day_first: bool | None = None,
    keep_duplicates: bool = False,
) -> Records:
    """The records of a table.

    needs: parts without which a row is rejected, of date, label and description. timezone: IANA name of the city's
    clock, into which times with an offset are turned. day_first: how 03/04/2014 is meant; judged from the column if
    None. keep_duplicates: say which rows are doubles, and keep them. Raises InvalidInput if a needed part has no
    column.
    """
    _check_needs(columns, needs)
    found = _Found(raw.rows)
    chosen = columns.chosen
    frame = pd.DataFrame(index=raw.frame.index)
    moments, notes = _moments(raw.frame, chosen, found, timezone, day_first, required="date" in needs)
    frame["datetime"] = moments
    frame["latitude"], frame["longitude"] = _places(raw.frame, chosen, found)
    for part in ("district", "address", "location_type", "description", "label"):
        frame[part] = _texts(raw.frame, chosen.get(part))
    frame["domestic"] = _flags(raw.frame, chosen, found)
    keep = _usable(frame, raw.frame, chosen, found, needs)
    doubled = _doubles(raw.frame, keep, found, chosen, keep_duplicates)
    keep = keep if keep_duplicates else keep & ~doubled
    problems = _with_broken(found.whole(), raw.broken)
    frame = frame.drop(columns=[] if "label" in chosen else ["label"])
    return Records(frame[keep].reset_index(drop=True), raw.rows[keep], problems, columns, (*raw.notes, *notes))


def _check_needs(columns: Columns, needs: Sequence[str]) -> None:
    lacking = [part for part in needs if part not in columns.chosen]
    if not needs and not {"date", "description"} & set(columns.chosen):
        lacking = ["date or description"]
    if lacking:
        raise InvalidInput(
            f"Expected a column for {lacking[0]}. Received none that looks like it among: "
            f"{', '.join([*columns.chosen.values(), *columns.unused][:30]) or 'no usable columns'}. "
            f"Name it: --map {lacking[0].partition(' ')[0]}=COLUMN."
        )


def _moments(
    frame: pd.DataFrame,
    chosen: Mapping[str, str],
    found: _Found,
    timezone: str | None,
    day_first: bool | None,
    required: bool,
) -> tuple[pd.Series, list[str]]:
    if "date" not in chosen:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]"), []
    column = chosen["date"]
    parsed = dates.parse(frame[column], timezone=timezone, day_first=day_first)
    for kind, (where, message) in parsed.problems.items():
        lost = kind in ("no_date", "ambiguous_date", "date_out_of_range")
        told = kind if not lost else "no_date" if required else "unread_date"
        found.add(told, column, where, frame[column], message)
    return parsed.moments, [f"{column}: {note}" for note in parsed.notes]


def _places(frame: pd.DataFrame, chosen: Mapping[str, str], found: _Found) -> tuple[pd.Series, pd.Series]:
    """Latitude and longitude; what lies nowhere, at 0, 0 or in another city counts as missing."""
    missing = pd.Series(np.nan, index=frame.index)
    if "latitude" not in chosen or "longitude" not in chosen:
        return missing, missing.copy()
    names = f"{chosen['latitude']}, {chosen['longitude']}"
    texts = frame[chosen["latitude"]].astype("string") + ", " + frame[chosen["longitude"]].astype("string")
    north, east = (_numbers(frame[chosen[part]]) for part in ("latitude", "longitude"))
    given = frame[chosen["latitude"]].notna().to_numpy() & frame[chosen["longitude"]].notna().to_numpy()
    unread = given & (np.isnan(north) | np.isnan(east))
    found.add("no_number", names, unread, texts, "Expected degrees as numbers. The place counts as missing.")
    swapped = _swapped(north, east)
    north, east = np.where(swapped, east, north), np.where(swapped, north, east)
    found.add("swapped_coordinates", names, swapped, texts, "Latitude and longitude were swapped; they were put right.")
    with np.errstate(invalid="ignore"):
        nowhere = (np.abs(north) > 80) | (np.abs(east) > 180) | ((np.abs(north) < 0.01) & (np.abs(east) < 0.01))
    found.add("impossible_coordinates", names, nowhere, texts, "No city lies there. The place counts as missing.")
    north[nowhere], east[nowhere] = np.nan, np.nan
    far = _far(north, east)
    found.add("far_coordinates", names, far, texts, "Far from all other rows. The place counts as missing.")
    lost = far | np.isnan(north) | np.isnan(east)
    north[lost], east[lost] = np.nan, np.nan
    return pd.Series(north, index=frame.index), pd.Series(east, index=frame.index)


def _numbers(values: pd.Series) -> np.ndarray:
    """Numbers; a comma may be the decimal sign."""
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype("string").str.strip().str.replace(",", ".", regex=False), errors="coerce")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan).copy())


def _swapped(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    """Rows whose two numbers only make sense the other way round: by range, or by where the other rows lie."""
    with np.errstate(invalid="ignore"):
        by_range = (np.abs(north) > 90) & (np.abs(north) <= 180) & (np.abs(east) <= 80)
    right = ~by_range & np.isfinite(north) & np.isfinite(east)
    if right.sum() < FEW:
        return np.asarray(by_range)
    middle = np.median(north[right]), np.median(east[right])
    if abs(middle[0] - middle[1]) < 2 * FAR:
        return np.asarray(by_range)
    with np.errstate(invalid="ignore"):
        by_place = (np.abs(east - middle[0]) < FAR) & (np.abs(north - middle[1]) < FAR)
    return np.asarray(by_range | by_place)


def _far(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    known = np.isfinite(north) & np.isfinite(east)
    if known.sum() < FEW:
        return np.zeros(len(north), dtype=bool)
    middle = np.median(north[known]), np.median(east[known])
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(north - middle[0]) > FAR) | (np.abs(east - middle[1]) > FAR))


def _texts(frame: pd.DataFrame, column: str | None) -> pd.Series:
    """Trimmed text of one spacing, None where there is none; numbers (Community Area) without a decimal."""
    if column is None:
        return pd.Series(None, index=frame.index, dtype=object)
    values = frame[column]
    if pd.api.types.is_float_dtype(values) and values.dropna().mod(1).eq(0).all():
        values = values.astype("Int64")
    codes, known = pd.factorize(values)
    if len(known) and all(WHOLE.fullmatch(str(text)) for text in known):
        known = [str(text).removesuffix(".0") for text in known]
    cleaned = [re.sub(r"\s+", " ", str(text)).strip()[:LONGEST] or None for text in known]
    kept = np.array([*cleaned, None], dtype=object)
    return pd.Series(kept[codes], index=frame.index, dtype=object)


def _flags(frame: pd.DataFrame, chosen: Mapping[str, str], found: _Found) -> np.ndarray:
    """1, 0, or -1 where unknown; int8, shape (rows,)."""
    column = chosen.get("domestic")
    if column is None:
        return np.full(len(frame), -1, dtype=np.int8)
    codes, known = pd.factorize(frame[column])
    meant = [
        1 if str(text).strip().lower() in TRUE else 0 if str(text).strip().lower() in FALSE else -1 for text in known
    ]
    flags = np.array([*meant, -1], dtype=np.int8)[codes]
    message = "Expected true or false. The flag counts as missing."
    found.add("no_flag", column, (flags == -1) & frame[column].notna().to_numpy(), frame[column], message)
    return np.asarray(flags)


def _usable(
    frame: pd.DataFrame, given: pd.DataFrame, chosen: Mapping[str, str], found: _Found, needs: Sequence[str]
) -> np.ndarray:
    """Which rows have what is needed. frame: cleaned; given: the same rows as they came."""
    keep = frame["datetime"].notna().to_numpy() if "date" in needs else np.ones(len(frame), dtype=bool)
    if "label" in needs:
        absent = frame["label"].isna().to_numpy()
        found.add("no_label", chosen["label"], absent, frame["label"], "The row has no category to learn or check.")
        keep = keep & ~absent
    if "description" in needs:
        absent = frame["description"].isna().to_numpy()
        found.add("nothing", chosen["description"], absent, frame["description"], "The row has no offence text.")
        keep = keep & ~absent
    if "date" not in needs:
        empty = frame["datetime"].isna().to_numpy() & frame["description"].isna().to_numpy()
        names = [chosen[part] for part in ("date", "description") if part in chosen]
        message = "Expected a date and time that can be read, or an offence text. The row has neither."
        values = given[names[0]] if names else frame["description"]
        found.add("nothing", ", ".join(names), empty, values, message)
        keep = keep & ~empty
    return np.asarray(keep)


def _doubles(frame: pd.DataFrame, keep: np.ndarray, found: _Found, chosen: Mapping[str, str], kept: bool) -> np.ndarray:
    """Rows that repeat an earlier one in every column."""
    codes = [pd.factorize(frame[column])[0] for column in frame.columns]
    doubled = pd.DataFrame(dict(enumerate(codes))).duplicated().to_numpy() & keep
    column = next(iter(chosen.values()))
    what = "answered all the same" if kept else "counted once"
    message = f"The same as an earlier row in every column; {what}."
    found.add(REPEATED if kept else "duplicate", "", doubled, frame[column], message)
    return np.asarray(doubled)


def _with_broken(problems: Problems, broken: Mapping[int, str]) -> Problems:
    if not broken:
        return problems
    lines = pd.DataFrame(
        {"row": list(broken), "column": "", "kind": "broken_row", "value": "", "message": list(broken.values())}
    ).assign(rejected=True)
    whole = pd.concat([problems.frame, lines], ignore_index=True) if len(problems.frame) else lines
    return Problems(whole.sort_values("row", kind="stable").reset_index(drop=True))
