"""What was wrong with rows of a table: those rejected, and values put right or counted as missing, with reasons."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.parts.crime.table_desk import TableRun
from pages.parts.shared.words import counted, plain

MAX_UNSCROLLED = 7  # findings
MAX_FINDINGS = 500  # shown; the CSV has all
CSV_TYPE = "text/csv"


def draw(run: TableRun) -> None:
    """Rejected rows, and values that were put right or count as missing, each with its reason."""
    summary = run.summary
    if run.rejected:
        title = f"{counted(summary.rejected, 'row') if summary else 'rows'} rejected"
        few = summary is None or summary.rejected <= MAX_FINDINGS
        _draw_file(title, run.rejected, "rejected", expanded=few)
    if summary and summary.notes:
        st.caption(" ".join(plain(note[:1].upper() + note[1:]) for note in summary.notes))
    if run.noted:
        _draw_file("Values put right, or counted as missing", run.noted, "noted", expanded=False)


def _draw_file(title: str, path: Path, name: str, expanded: bool) -> None:
    with st.expander(title[:1].upper() + title[1:], expanded=expanded):
        frame = pd.read_csv(path, nrows=MAX_FINDINGS, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        st.dataframe(
            frame[["row", "value", "column", "message"]],
            hide_index=True,
            key=f"{name}-table",
            alt=title,
            height="content" if len(frame) <= MAX_UNSCROLLED else 300,
            column_config={"row": "Row", "value": "Value", "column": "Column", "message": "Why"},
        )
        if len(frame) == MAX_FINDINGS:
            st.caption(f"The first {MAX_FINDINGS} are shown; the CSV has them all.")
        st.download_button(
            f"Download the {name} as CSV",
            data=path.read_bytes,
            file_name=f"lookout-{name}.csv",
            mime=CSV_TYPE,
            on_click="ignore",
            key=f"{name}-download",
        )
