"""The log of the period: its rows, and the story of the chosen one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.store import Query, Store
from pages.parts.monitoring import figures, filters, source
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.log import logbook, story
from pages.parts.shared.words import counted, moment, number


def draw(meant: Meant) -> None:
    """Which rows are shown, then these."""
    shown = filters.choose_shown()
    if st.session_state.get("log-meant") != (meant, shown):  # other filters: the log begins at now again
        st.session_state["log-meant"] = meant, shown
        _show_newest()
    _draw_rows(meant, shown)


@st.fragment(run_every=figures.REFRESH)
def _draw_rows(meant: Meant, shown: Query) -> None:
    """The log as it was at one moment, so that no row moves under the pointer; newer ones are announced."""
    until = st.session_state.setdefault("log-until", source.now())
    query = filters.narrowed(replace(meant.now(), until=until), shown)
    log = source.log()
    newer = log.count(filters.narrowed(replace(meant.query, since=until), shown))
    total = log.count(query)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{counted(total, 'record')} up to {moment(until)}." + ("" if newer else " None since then."))
        with st.container(horizontal=True, width="content"):
            if newer:
                st.button(f"Show {counted(newer, 'newer record')}", on_click=_show_newest, type="primary")
            if total:
                _download(log, query, total)
    if not total:
        st.info("Nothing in this period. Answers appear here as soon as somebody asks, from a page or by the API.")
        return
    chosen = logbook.draw_table(logbook.read(log, query, logbook.FOR_TABLE, logbook.MAX_IN_TABLE))
    if total > logbook.MAX_IN_TABLE:
        st.caption(f"The newest {number(logbook.MAX_IN_TABLE)} are shown; the CSV has {_csv_holds(total)}.")
    if chosen:
        story.draw(chosen)
    else:
        st.caption("Choose a row to read its story.")


def _csv_holds(total: int) -> str:
    """How many rows the CSV has."""
    return f"the newest {number(logbook.MAX_IN_CSV)}" if total > logbook.MAX_IN_CSV else "them all"


def _show_newest() -> None:
    """Let the log reach up to now."""
    st.session_state["log-until"] = source.now()
    st.session_state.pop("log-table", None)


def _download(log: Store, query: Query, total: int) -> None:
    """The log as CSV, made when it is asked for."""
    is_invented = source.is_invented()
    st.download_button(
        "Download CSV",
        data=lambda: logbook.to_csv(log, query, is_invented=is_invented),
        file_name="lookout-invented-log.csv" if is_invented else "lookout-log.csv",
        mime="text/csv",
        on_click="ignore",
        help=f"{counted(total, 'record')}, times in UTC; the file has {_csv_holds(total)}.",
    )
