"""The log of predictions: rows read within a cap, as a table and as CSV."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import inference
from core.store import Query, Store
from pages.parts.monitoring.filters import SOURCES
from pages.parts.shared import tables
from pages.parts.shared.words import system_names

MAX_IN_TABLE = 500
MAX_IN_CSV = 100_000
FOR_TABLE = (
    "id", "created_at", "system", "status", "value", "score", "abstained", "source", "version", "latency_ms", "error",
)  # fmt: skip
FOR_CSV = (
    "id", "created_at", "system", "version", "source", "actor", "batch", "status", "value", "score", "abstained",
    "reason", "error_kind", "error", "latency_ms", "input_hash", "site",
)  # fmt: skip


def read(log: Store, query: Query, columns: tuple[str, ...], limit: int) -> pd.DataFrame:
    """Newest rows first, with `label` and `correct` of their latest feedback; at most `limit`.

    `abstained` is True for all that reads "not sure": what the system abstained on, and scores below "likely".
    """
    rows = log.rows(query, columns, limit=limit)
    frame = pd.DataFrame(rows, columns=[*columns, "label", "correct"])
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    frame = frame.astype({"score": float, "latency_ms": float})
    frame["abstained"] = frame["abstained"].eq(True).astype(bool) | (frame["score"] < inference.SCALES["likely"])
    return frame


def to_csv(log: Store, query: Query, *, is_invented: bool = False) -> bytes:
    """The meant rows for a spreadsheet, at most MAX_IN_CSV of them; a first column says where they are invented."""
    rows = log.rows(query, FOR_CSV, limit=MAX_IN_CSV)
    columns = [*FOR_CSV, "label", "correct"]
    if not is_invented:
        return tables.to_csv(rows, columns)
    return tables.to_csv([{"log": "invented", **row} for row in rows], ["log", *columns])


def draw_table(frame: pd.DataFrame) -> str | None:
    """The rows as a table; the id of the chosen one."""
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
    chosen = st.dataframe(
        shown,
        hide_index=True,
        key="log-table",
        placeholder="–",
        alt="The log of predictions, newest first",
        on_select="rerun",
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
    row_indices = [row_index for row_index in chosen.selection.rows if row_index < len(frame)]
    return str(frame["id"].iloc[row_indices[0]]) if row_indices else None


def _word(row: Any) -> str:
    return "" if row.status != "answered" else inference.how_sure(row.score, bool(row.abstained))
