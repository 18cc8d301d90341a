"""Tables on the screen and out as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.words import viewer_zone, zone_name

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these; a quote before it makes it text (OWASP, CSV injection)."""


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> bytes:
    """Rows as UTF-8 CSV with a header; text that a spreadsheet would run is quoted, numbers stay numbers."""
    frame = pd.DataFrame(list(rows), columns=list(columns) if columns else None)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].map(harmless, na_action="ignore")
    return frame.to_csv(index=False).encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8


def harmless(value: Any) -> Any:
    """A cell's value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_SIGNS):
        return "'" + value
    return value


def moment_column(label: str = "Time") -> Any:
    """A column of times in the viewer's zone, which its tooltip names."""
    return st.column_config.DatetimeColumn(
        label, format="YYYY-MM-DD HH:mm:ss", help=f"In {zone_name()}. The CSV has it in UTC."
    )


def local(times: pd.Series) -> pd.Series:
    """Times in the viewer's zone."""
    return times.dt.tz_convert(viewer_zone())


def percent_column(label: str, meaning: str) -> Any:
    """A column of percentages in [0, 100] as a bar with a figure."""
    return st.column_config.ProgressColumn(label, format="%.0f %%", min_value=0, max_value=100, help=meaning)
