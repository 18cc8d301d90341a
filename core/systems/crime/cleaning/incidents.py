"""From a raw table to incident records: what cannot be used is told with its row and column, nothing goes silently."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.systems.crime.cleaning.column_mapping import ColumnMapping
from core.systems.crime.cleaning.coordinates import clean_coordinates
from core.systems.crime.cleaning.dates import parse_dates
from core.systems.crime.cleaning.findings import REPEATED, Findings, FindingsCollector
from core.tables.raw_table import RawTable

TRUE = {"true", "t", "yes", "y", "1", "1.0"}
FALSE = {"false", "f", "no", "n", "0", "0.0"}
MAX_TEXT = 300  # characters of a text that are kept
MAX_COLUMNS_SHOWN = 30
WHOLE_NUMBER = re.compile(r"\d+\.0")


@dataclass(frozen=True)
class IncidentRecords:
    """Clean records.

    frame: columns datetime (local time), latitude, longitude [degrees, WGS 84], district, address, location_type,
        description (text or None), domestic (1, 0 or -1 for unknown) and, if the table has it, label; shape (n, 9).
    rows: each record's row in the file, int, shape (n,).
    findings: what was wrong with the table.
    columns: how its columns were used.
    notes: what was found out about the file, in sentences.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    findings: Findings
    columns: ColumnMapping
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def pick(self, chosen: np.ndarray) -> IncidentRecords:
        """Some of the records, by mask or by index; the findings stay those of the whole table."""
        frame = self.frame.iloc[chosen].reset_index(drop=True)
        return IncidentRecords(frame, self.rows[chosen], self.findings, self.columns, self.notes)


@dataclass(frozen=True)
class CleaningOptions:
    """How a table is cleaned.

    needs: parts without which a row is rejected, of date, label and description.
    timezone: IANA name of the city's clock, onto which times with an offset are turned.
    day_first: how 03/04/2014 is meant; judged from the column if None.
    keep_duplicates: tell which rows are doubles, and keep them.
    """

    needs: Sequence[str] = ("date",)
    timezone: str | None = None
    day_first: bool | None = None
    keep_duplicates: bool = False


def clean_table(raw: RawTable, columns: ColumnMapping, options: CleaningOptions) -> IncidentRecords:
    """The incident records of a table as read. Raises InvalidInput if a needed part has no column."""
    _check_needs(columns, options.needs)
    collector = FindingsCollector(raw.rows)
    chosen = columns.chosen
    frame = pd.DataFrame(index=raw.frame.index)
    frame["datetime"], notes = _clean_dates(raw.frame, chosen, collector, options)
    frame["latitude"], frame["longitude"] = clean_coordinates(raw.frame, chosen, collector)
    for part in ("district", "address", "location_type", "description", "label"):
        frame[part] = clean_texts(raw.frame, chosen.get(part))
    frame["domestic"] = _clean_flags(raw.frame, chosen, collector)
    keep = _usable_rows(frame, raw.frame, chosen, collector, options.needs)
    doubled = _doubled_rows(raw.frame, keep, collector, chosen, options.keep_duplicates)
    keep = keep if options.keep_duplicates else keep & ~doubled
    findings = collector.findings(raw.broken)
    frame = frame.drop(columns=[] if "label" in chosen else ["label"])
    notes = [*raw.notes, *notes]
    return IncidentRecords(frame[keep].reset_index(drop=True), raw.rows[keep], findings, columns, tuple(notes))


def _check_needs(columns: ColumnMapping, needs: Sequence[str]) -> None:
    lacking = [part for part in needs if part not in columns.chosen]
    if not needs and not {"date", "description"} & set(columns.chosen):
        lacking = ["date or description"]
    if lacking:
        present = [*columns.chosen.values(), *columns.unused][:MAX_COLUMNS_SHOWN]
        raise InvalidInput(
            expected=f"a column for {lacking[0]}",
            received=f"none that looks like it among: {', '.join(present) or 'no usable columns'}",
            advice=f"Name it: --map {lacking[0].partition(' ')[0]}=COLUMN.",
        )


def _clean_dates(
    frame: pd.DataFrame, chosen: Mapping[str, str], collector: FindingsCollector, options: CleaningOptions
) -> tuple[pd.Series, list[str]]:
    """Local times, datetime64[us], shape (rows,), NaT where missing; and notes on how they were read."""
    if "date" not in chosen:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]"), []
    column = chosen["date"]
    parsed = parse_dates(frame[column], timezone=options.timezone, day_first=options.day_first)
    unread = "no_date" if "date" in options.needs else "unread_date"
    for kind, (where, message) in parsed.problems.items():
        lost = kind in ("no_date", "ambiguous_date", "date_out_of_range")
        collector.add(unread if lost else kind, column, where, frame[column], message)
    return parsed.moments, [f"{column}: {note}" for note in parsed.notes]


def clean_texts(frame: pd.DataFrame, column: str | None) -> pd.Series:
    """Trimmed text of one spacing, None where there is none; numbers (Community Area) without a decimal."""
    if column is None:
        return pd.Series(None, index=frame.index, dtype=object)
    values = frame[column]
    if pd.api.types.is_float_dtype(values) and values.dropna().mod(1).eq(0).all():
        values = values.astype("Int64")
    codes, distinct = pd.factorize(values)
    if len(distinct) and all(WHOLE_NUMBER.fullmatch(str(text)) for text in distinct):
        distinct = [str(text).removesuffix(".0") for text in distinct]
    cleaned = [re.sub(r"\s+", " ", str(text)).strip()[:MAX_TEXT] or None for text in distinct]
    texts = np.array([*cleaned, None], dtype=object)
    return pd.Series(texts[codes], index=frame.index, dtype=object)


def _clean_flags(frame: pd.DataFrame, chosen: Mapping[str, str], collector: FindingsCollector) -> np.ndarray:
    """1, 0, or -1 where unknown; int8, shape (rows,)."""
    column = chosen.get("domestic")
    if column is None:
        return np.full(len(frame), -1, dtype=np.int8)
    codes, distinct = pd.factorize(frame[column])
    flags = np.array([*(_flag(str(text)) for text in distinct), -1], dtype=np.int8)[codes]
    message = "Expected true or false. The flag counts as missing."
    unread = (flags == -1) & frame[column].notna().to_numpy()
    collector.add("no_flag", column, unread, frame[column], message)
    return np.asarray(flags)


def _flag(text: str) -> int:
    word = text.strip().lower()
    return 1 if word in TRUE else 0 if word in FALSE else -1


def _usable_rows(
    frame: pd.DataFrame,
    raw_frame: pd.DataFrame,
    chosen: Mapping[str, str],
    collector: FindingsCollector,
    needs: Sequence[str],
) -> np.ndarray:
    """Which rows have what is needed, boolean, shape (rows,). frame: cleaned; raw_frame: the same rows as they came."""
    keep = frame["datetime"].notna().to_numpy() if "date" in needs else np.ones(len(frame), dtype=bool)
    if "label" in needs:
        absent = frame["label"].isna().to_numpy()
        collector.add("no_label", chosen["label"], absent, frame["label"], "The row has no category to learn or check.")
        keep = keep & ~absent
    if "description" in needs:
        absent = frame["description"].isna().to_numpy()
        collector.add("nothing", chosen["description"], absent, frame["description"], "The row has no offence text.")
        keep = keep & ~absent
    if "date" not in needs:
        empty = frame["datetime"].isna().to_numpy() & frame["description"].isna().to_numpy()
        names = [chosen[part] for part in ("date", "description") if part in chosen]
        message = "Expected a date and time that can be read, or an offence text. The row has neither."
        values = raw_frame[names[0]] if names else frame["description"]
        collector.add("nothing", ", ".join(names), empty, values, message)
        keep = keep & ~empty
    return np.asarray(keep)


def _doubled_rows(
    raw_frame: pd.DataFrame, keep: np.ndarray, collector: FindingsCollector, chosen: Mapping[str, str], answered: bool
) -> np.ndarray:
    """Which rows repeat an earlier one in every column of the file; answered: whether they are kept.

    Returns boolean, shape (rows,).
    """
    codes = [pd.factorize(raw_frame[column])[0] for column in raw_frame.columns]
    doubled = pd.DataFrame(dict(enumerate(codes))).duplicated().to_numpy() & keep
    column = next(iter(chosen.values()))
    message = f"The same as an earlier row in every column; {'answered all the same' if answered else 'counted once'}."
    collector.add(REPEATED if answered else "duplicate", "", doubled, raw_frame[column], message)
    return np.asarray(doubled)
