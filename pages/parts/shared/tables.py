"""Tables on the screen and out as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.tables.spreadsheet import harmless_frame
from pages.parts.shared.words import viewer_zone, zone_name


def to_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str] | None = None, *, header: bool = True) -> bytes:
    """Rows as UTF-8 CSV; text that a spreadsheet would run is quoted, numbers stay numbers.

    header: whether it begins with the names of the columns; without, it goes on where an earlier piece ended.
    """
    frame = harmless_frame(pd.DataFrame(list(rows), columns=list(columns) if columns else None))
    text: str = frame.to_csv(index=False, header=header)
    return text.encode("utf-8-sig" if header else "utf-8")  # the mark tells spreadsheets that it is UTF-8


def moment_column(label: str = "Time") -> ColumnConfig:
    """A column of times in the viewer's zone, which its tooltip names."""
    return st.column_config.DatetimeColumn(
        label, format="YYYY-MM-DD HH:mm:ss", help=f"In {zone_name()}. The CSV has it in UTC."
    )


def local(times: pd.Series) -> pd.Series:
    """Times in the viewer's zone."""
    return times.dt.tz_convert(viewer_zone())


def percent_column(label: str, meaning: str) -> ColumnConfig:
    """A column of percentages in [0, 100] as a bar with a figure."""
    return st.column_config.ProgressColumn(label, format="%.0f %%", min_value=0, max_value=100, help=meaning)
