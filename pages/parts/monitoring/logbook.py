"""The log of predictions: which rows are meant, read within a cap, and the story of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import JsonValue

from core import inference
from core.store import LoggedPrediction, Query, store
from pages.parts.shared import tables
from pages.parts.shared.words import PERIODS, counted, milliseconds, moment, percent, plain, sure

ANY = "All"
FOR_CHARTS = ("created_at", "status", "score", "abstained", "latency_ms", "version", "system")
MAX_FOR_CHARTS = 20_000  # rows: half a second to read, and more than a screen can tell apart
MAX_IN_TABLE = 500
MAX_IN_CSV = 100_000
FOR_TABLE = (
    "id", "created_at", "system", "status", "value", "score", "abstained", "source", "version", "latency_ms", "error",
)  # fmt: skip
FOR_CSV = (
    "id", "created_at", "system", "version", "source", "actor", "batch", "status", "value", "score", "abstained",
    "reason", "error_kind", "error", "latency_ms", "input_hash",
)  # fmt: skip


@dataclass(frozen=True)
class Meant:
    """Which rows a person asked for."""

    query: Query
    """Without `since` where a period slides along with the clock."""
    period: timedelta | None

    def now(self) -> Query:
        """The rows of the period that ends now."""
        return replace(self.query, since=datetime.now(UTC) - self.period) if self.period else self.query


def choose() -> Meant:
    """The filters: system, version, source and period. They keep their place when the person comes back."""
    titles = {card.name: card.title for card in inference.catalogue()}
    columns = st.columns(4)
    with columns[0]:
        system = _pick("System", sorted({*titles, *store().distinct("system")}), "log-system", titles)
    with columns[1]:
        version = _pick("Version", store().distinct("version", Query(system=system)), "log-version")
    with columns[2]:
        names = {"page": "Pages", "api": "API", "cli": "Command line"}
        source = _pick("Source", store().distinct("source"), "log-source", names)
    with columns[3]:
        period = st.selectbox("Period", PERIODS, index=1, key="log-period", persist_state="session")
    return Meant(Query(system=system, version=version, source=source), PERIODS[period])


def _pick(label: str, options: list[str], key: str, names: dict[str, str] | None = None) -> str | None:
    shown = {ANY: None, **{(names or {}).get(option, option): option for option in options}}
    if st.session_state.get(key) not in (None, *shown):
        st.session_state[key] = ANY  # what was chosen is no longer in the log
    return shown[st.selectbox(label, shown, key=key, persist_state="session")]


def read(query: Query, columns: tuple[str, ...], limit: int) -> pd.DataFrame:
    """Newest rows first, with `label` and `correct` of their latest feedback; at most `limit`.

    `abstained` is True for all that reads "not sure": what the system abstained on, and scores below "likely".
    """
    rows = store().rows(query, columns, limit=limit)
    frame = pd.DataFrame(rows, columns=[*columns, "label", "correct"])
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    frame = frame.astype({"score": float, "latency_ms": float})
    frame["abstained"] = frame["abstained"].eq(True).astype(bool) | (frame["score"] < inference.SCALES["likely"])
    return frame


@st.cache_data(ttl=timedelta(seconds=30), max_entries=16, show_spinner=False)
def for_charts(meant: Meant, _query: Query, total: int) -> pd.DataFrame:
    """The newest rows for figures and charts, read again when their number changes, for feedback at least every 30 s.

    _query: `meant` by the clock; total: how many rows it holds now.
    """
    return read(_query, FOR_CHARTS, MAX_FOR_CHARTS)


def to_csv(query: Query) -> bytes:
    """The meant rows for a spreadsheet, at most MAX_IN_CSV of them."""
    return tables.to_csv(store().rows(query, FOR_CSV, limit=MAX_IN_CSV), [*FOR_CSV, "label", "correct"])


def draw_table(frame: pd.DataFrame) -> str | None:
    """The rows as a table; the id of the chosen one."""
    shown = pd.DataFrame(
        {
            "time": tables.local(frame["created_at"]),
            "system": frame["system"],
            "answer": frame["value"].where(frame["status"] == "answered", "failed"),
            "how_sure": [_word(row) for row in frame.itertuples()],
            "score": 100 * frame["score"],
            "truth": frame["label"],
            "source": frame["source"],
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


def draw_story(prediction_id: str) -> None:
    """All that the log knows of one prediction: answer, what else it might be, why it failed, what people said."""
    row = store().prediction(prediction_id)
    with st.container(border=True, key="story"):
        if row["status"] == "answered":
            st.markdown(f"#### {plain(row['value'] or 'no guess')}", anchors=False)
            st.markdown(f"**{sure(row['score'] or 0.0, bool(row['abstained']))}**")
            if row["reason"]:
                st.markdown(plain(row["reason"]))
            others = ", ".join(
                f"{plain(other['value'])} {percent(other['score'])}" for other in row["alternatives"] or []
            )
            if others:
                st.markdown(f"Probabilities: {others}")
            if row["details"]:
                others = ", ".join(
                    f"{plain(name.replace('_', ' '))}: {_shown(part)}" for name, part in row["details"].items()
                )
                st.markdown(f"It also said: {others}")
        else:
            st.markdown("#### No answer", anchors=False)
            st.markdown(plain(row["error"]))
        _draw_history(row)
        st.caption(
            f"{moment(row['created_at'])} ({row['created_at']:%Y-%m-%d %H:%M:%S} UTC), {plain(row['system'])} "
            f"{plain(row['version'])}, from {plain(row['source'])} by {plain(row['actor'])}, "
            f"{milliseconds(row['latency_ms'])}. The input itself is kept only with consent; its fingerprint is "
            f"{(row['input_hash'] or 'not known')[:12]}."
        )
        st.code(row["id"], language=None)


def _shown(value: JsonValue) -> str:
    """A detail as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else plain(value)


def _draw_history(row: LoggedPrediction) -> None:
    if not row["outcomes"]:
        st.markdown("Nobody has said yet whether this was right.")
        return
    st.markdown(f"{counted(len(row['outcomes']), 'judgement')}; the last one counts:")
    for outcome in row["outcomes"]:
        verdict = "right" if outcome["correct"] else f"wrong, it is {outcome['label']}"
        consent = ", photo kept with consent" if outcome["kept_input"] else ""
        st.markdown(f"- {moment(outcome['created_at'])}: {plain(verdict)} ({plain(outcome['actor'])}{consent})")
