"""Rows of the log as a table on the screen, and as files of CSV and Parquet within a cap."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core import inference
from core.store import JudgedRow, LogSearch, Store
from pages.parts.monitoring.filters import SOURCES
from pages.parts.monitoring.log import moment_shown
from pages.parts.shared import tables
from pages.parts.shared.words import system_names

MAX_IN_FILE = 100_000  # rows
TABLE = moment_shown.TABLE
FOR_TABLE = (
    "id", "created_at", "system", "status", "value", "score", "abstained", "source", "version", "latency_ms", "error",
)  # fmt: skip
FOR_FILE = (
    "id", "created_at", "system", "version", "source", "actor", "batch", "status", "value", "score", "abstained",
    "reason", "error_kind", "error", "latency_ms", "input_hash", "site",
)  # fmt: skip
IN_FILE = [*FOR_FILE, "label", "correct"]


def framed(rows: Sequence[JudgedRow]) -> pd.DataFrame:
    """Rows with the columns of FOR_TABLE, `label` and `correct`.

    `abstained` is True for all that reads "not sure": what the system abstained on, and scores below "likely".
    """
    frame = pd.DataFrame(rows, columns=[*FOR_TABLE, "label", "correct"])
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    frame = frame.astype({"score": float, "latency_ms": float})
    frame["abstained"] = frame["abstained"].eq(True).astype(bool) | (frame["score"] < inference.SCALES["likely"])
    return frame


def to_csv(log: Store, search: LogSearch, *, is_invented: bool = False) -> bytes:
    """The rows for a spreadsheet, at most MAX_IN_FILE of them, read and written a piece at a time.

    is_invented: a first column says of each row that it is.
    """
    out, columns = io.BytesIO(), _columns(is_invented)
    for number, rows in enumerate(_pieces(log, search)):
        out.write(tables.to_csv(_marked(rows, is_invented), columns, header=number == 0))
    return out.getvalue() or tables.to_csv([], columns)


def to_parquet(log: Store, search: LogSearch, *, is_invented: bool = False) -> bytes:
    """The rows that `to_csv` gives as Parquet, with times and numbers as such."""
    rows = [row for piece in _pieces(log, search) for row in _marked(piece, is_invented)]
    out = io.BytesIO()
    pd.DataFrame(rows, columns=_columns(is_invented)).to_parquet(out, index=False)
    return out.getvalue()


def _pieces(log: Store, search: LogSearch) -> Iterator[list[JudgedRow]]:
    return log.explorer.export(search, FOR_FILE, MAX_IN_FILE)


def _columns(is_invented: bool) -> list[str]:
    return ["log", *IN_FILE] if is_invented else IN_FILE


def _marked(rows: Sequence[JudgedRow], is_invented: bool) -> Sequence[Mapping[str, object]]:
    return [{"log": "invented", **row} for row in rows] if is_invented else rows


def draw_table(frame: pd.DataFrame) -> None:
    """The rows as a table; the story of the chosen one is opened."""
    titles = system_names()
    shown = pd.DataFrame(
        {
            "time": tables.local(frame["created_at"]),
            "system": frame["system"].map(lambda name: titles.get(name, name)),
            "answer": frame["value"].where(frame["status"] == "answered", "failed"),
            "how_sure": [_word(row) for row in frame.itertuples()],
            "score": 100 * frame["score"],
            "truth": frame["label"],
            "source": frame["source"].map(lambda name: SOURCES.get(name, name)),
            "version": frame["version"],
            "latency_ms": frame["latency_ms"],
            "message": frame["error"],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        key=TABLE,
        placeholder="–",
        alt="The log of predictions",
        on_select=partial(_open_chosen, list(frame["id"])),
        selection_mode="single-row",
        column_config={
            "time": tables.moment_column(),
            "system": "System",
            "answer": "Answer",
            "how_sure": "How sure",
            "score": tables.percent_column("Score", "Calibrated probability that the answer is right."),
            "truth": "Truth, by feedback",
            "source": "Source",
            "version": "Version",
            "latency_ms": st.column_config.NumberColumn("Time to answer [ms]", format="%.1f"),
            "message": "Message",
        },
    )


def _open_chosen(ids: Sequence[str]) -> None:
    """Tell the story of the row that was chosen, or of none where it was let go."""
    chosen = [index for index in st.session_state[TABLE]["selection"]["rows"] if index < len(ids)]
    moment_shown.open_answer(ids[chosen[0]] if chosen else None)


def _word(row: Any) -> str:
    return "" if row.status != "answered" else inference.how_sure(row.score, bool(row.abstained))
