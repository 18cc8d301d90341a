"""Where an answer came from: who asked, which version, how long it took, and what stands beside it in its batch."""

from __future__ import annotations

import streamlit as st

from core import inference
from core.store import JudgedRow, LoggedPrediction
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import SOURCES
from pages.parts.monitoring.log import moment_shown
from pages.parts.shared.answers import name
from pages.parts.shared.words import milliseconds, moment, plain, sure, system_names

BESIDE = 2  # rows of the batch on each side
COLUMNS = ("id", "created_at", "status", "value", "score", "abstained", "error")


def draw(row: LoggedPrediction) -> None:
    """Time, version, source, ids, the version's card, and the neighbours."""
    system = system_names().get(row["system"], row["system"])
    source = SOURCES.get(row["source"], row["source"])
    site = f", site {plain(row['site'])}" if row["site"] else ""
    st.markdown("**Where it came from**")
    st.caption(
        f"{moment(row['created_at'])} ({row['created_at']:%Y-%m-%d %H:%M:%S} UTC), {plain(system)} "
        f"{plain(row['version'])}, from {plain(source)} by {plain(row['actor'])}{site}, "
        f"{milliseconds(row['latency_ms'])}."
    )
    st.code(row["id"], language=None)
    card = inference.version_card(row["system"], row["version"])
    if card is not None:
        with st.popover(f"The card of version {plain(row['version'])}"):
            st.markdown(card)
    _draw_batch(row)


def _draw_batch(row: LoggedPrediction) -> None:
    """The rows of the same batch just before and after, each a way to its story."""
    if row["batch"] is None:
        return
    st.markdown("Asked in one batch with others:")
    st.code(row["batch"], language=None)
    neighbours = shown_log.log().explorer.neighbours(row, COLUMNS, BESIDE)
    if not neighbours:
        st.markdown("No other answer of it is in the log.")
    key = (row["created_at"], row["id"])
    for each in neighbours:
        side = "Before" if (each["created_at"], each["id"]) < key else "After"
        st.button(
            f"{side}: {_line(each)}",
            key=f"beside-{each['id']}",
            on_click=moment_shown.open_answer,
            args=(each["id"],),
            type="tertiary",
        )


def _line(row: JudgedRow) -> str:
    if row["status"] != "answered":
        return "no answer"
    return f"{plain(name(row['value'] or 'no guess'))}, {sure(row['score'] or 0.0, bool(row['abstained']))}"
