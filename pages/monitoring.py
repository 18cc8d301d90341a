"""Monitoring: how much is asked, how fast and how surely it is answered, and how often that was right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from core import monitoring
from core.errors import LookoutError
from core.store import Query, store
from pages.parts.monitoring import logbook, vitals
from pages.parts.monitoring.logbook import Meant
from pages.parts.shared.words import counted, moment, number

TITLE = "Monitoring"
GROUP = "Watch"
ORDER = 10

REFRESH = timedelta(seconds=10)


@st.fragment(run_every=REFRESH)
def watch(meant: Meant) -> None:
    """Figures and charts of the period that ends now; they draw themselves anew, in place."""
    query, now = meant.now(), datetime.now(UTC)
    try:
        total = store().count(query)
        frame = logbook.for_charts(meant, query, total)
    except LookoutError as problem:
        st.error(problem.message)
        return
    vitals.draw_figures(monitoring.summarise(frame), frame, meant.period)
    if total > len(frame):
        st.info(
            f"The period holds {number(total)} predictions. Figures and charts are of the newest {number(len(frame))}, "
            f"since {moment(frame['created_at'].min())}. Choose a shorter period to see all of it."
        )
    vitals.draw_charts(frame, meant.period)
    st.caption(f"As of {moment(now)}, by this machine's clock. It refreshes every {REFRESH.seconds} seconds.")


@st.fragment(run_every=REFRESH)
def draw_log(meant: Meant) -> None:
    """The log as it was at one moment, so that no row moves under the pointer; newer ones are announced."""
    until = st.session_state.setdefault("log-until", datetime.now(UTC))
    query = replace(meant.now(), until=until)
    newer = store().count(replace(meant.query, since=until))
    total = store().count(query)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{counted(total, 'record')} up to {moment(until)}." + ("" if newer else " None since then."))
        with st.container(horizontal=True, width="content"):
            if newer:
                st.button(f"Show {counted(newer, 'newer record')}", on_click=show_newest, type="primary")
            if total:
                download(query, total)
    if not total:
        st.info("Nothing in this period. Answers appear here as soon as somebody asks, from a page or by the API.")
        return
    chosen = logbook.draw_table(logbook.read(query, logbook.FOR_TABLE, logbook.MAX_IN_TABLE))
    if total > logbook.MAX_IN_TABLE:
        st.caption(f"The newest {number(logbook.MAX_IN_TABLE)} are shown; the CSV has them all.")
    if chosen:
        logbook.draw_story(chosen)
    else:
        st.caption("Choose a row to read its story.")


def show_newest() -> None:
    """Let the log reach up to now."""
    st.session_state["log-until"] = datetime.now(UTC)
    st.session_state.pop("log-table", None)


def download(query: Query, total: int) -> None:
    """The log as CSV, made when it is asked for."""
    capped = f" The newest {number(logbook.MAX_IN_CSV)} of them." if total > logbook.MAX_IN_CSV else ""
    st.download_button(
        "Download CSV",
        data=lambda: logbook.to_csv(query),
        file_name="lookout-log.csv",
        mime="text/csv",
        on_click="ignore",
        help=f"{counted(total, 'record')}, times in UTC.{capped}",
    )


st.title("Monitoring", anchor=False)
st.markdown("How much is asked, how surely it is answered, and how often that was right.")
try:
    meant = logbook.choose()
except LookoutError as problem:
    st.error(problem.message)
    st.stop()
if st.session_state.get("log-meant") != meant:  # other filters: the log begins at now again
    st.session_state["log-meant"] = meant
    show_newest()
watch(meant)
st.subheader("Log", anchor=False)
draw_log(meant)
