"""Monitoring: how much is asked, how fast and how surely it is answered, and how often that was right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from core.errors import LookoutError
from core.store import Query, store
from pages.parts.monitoring import filters, logbook, period, story, vitals
from pages.parts.monitoring.filters import Meant
from pages.parts.shared.words import counted, moment, number, percent

TITLE = "Monitoring"
GROUP = "Watch"
ORDER = 10

REFRESH = timedelta(seconds=10)
REFRESHED = (
    f"By this machine's clock. Figures and charts refresh every {REFRESH.seconds} seconds; on a long log less often, "
    "so that counting takes at most a twentieth of the time."
)


@st.fragment(run_every=REFRESH)
def watch(meant: Meant) -> None:
    """Figures and charts of the period that ends now, of all its rows; they draw themselves anew, in place."""
    status = st.empty()  # one line all the time, so that nothing moves when the counting ends
    try:
        counts = period.read(meant, lambda share: status.caption(f"Counting the period, {percent(share)}."))
    except LookoutError as problem:
        st.error(problem.message)
        return
    status.caption(f"All {counted(counts.n, 'row')} of the period, as of {moment(counts.until)}.", help=REFRESHED)
    vitals.draw_figures(counts)
    vitals.draw_charts(counts, is_open=meant.period is None)


@st.fragment(run_every=REFRESH)
def draw_log(meant: Meant, shown: Query) -> None:
    """The log as it was at one moment, so that no row moves under the pointer; newer ones are announced."""
    until = st.session_state.setdefault("log-until", datetime.now(UTC))
    query = filters.narrowed(replace(meant.now(), until=until), shown)
    newer = store().count(filters.narrowed(replace(meant.query, since=until), shown))
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
        st.caption(f"The newest {number(logbook.MAX_IN_TABLE)} are shown; the CSV has {csv_holds(total)}.")
    if chosen:
        story.draw(chosen)
    else:
        st.caption("Choose a row to read its story.")


def csv_holds(total: int) -> str:
    """How many rows the CSV has."""
    return f"the newest {number(logbook.MAX_IN_CSV)}" if total > logbook.MAX_IN_CSV else "them all"


def show_newest() -> None:
    """Let the log reach up to now."""
    st.session_state["log-until"] = datetime.now(UTC)
    st.session_state.pop("log-table", None)


def download(query: Query, total: int) -> None:
    """The log as CSV, made when it is asked for."""
    st.download_button(
        "Download CSV",
        data=lambda: logbook.to_csv(query),
        file_name="lookout-log.csv",
        mime="text/csv",
        on_click="ignore",
        help=f"{counted(total, 'record')}, times in UTC; the file has {csv_holds(total)}.",
    )


st.title("Monitoring", anchor=False)
st.markdown("How much is asked, how surely it is answered, and how often that was right.")
try:
    meant = filters.choose()
except LookoutError as problem:
    st.error(problem.message)
    st.stop()
watch(meant)
st.subheader("Log", anchor=False)
shown = filters.choose_shown()
if st.session_state.get("log-meant") != (meant, shown):  # other filters: the log begins at now again
    st.session_state["log-meant"] = meant, shown
    show_newest()
draw_log(meant, shown)
