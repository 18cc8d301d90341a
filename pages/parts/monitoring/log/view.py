"""The log of the period: searched, sorted, a page at a time; and the story of one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

import streamlit as st

from core.errors import LookoutError
from core.store import LogPage, LogSearch, Query
from pages.parts.monitoring import figures
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.log import controls, logbook, moment_shown, pager, story
from pages.parts.shared.words import counted, moment, number

NOTHING = "Nothing in this period. Answers appear here as soon as somebody asks, from a page or by the API."
NO_MATCH = "No record matches. Search in another field, clear a filter or choose a longer period."


def draw(meant: Meant) -> None:
    """Which rows are shown, then these; first of all the story that an address leads to."""
    search = controls.choose(meant.query)
    if st.session_state.get("log-meant", (meant, search)) != (meant, search):  # the log begins at now again
        moment_shown.show_newest()
    st.session_state["log-meant"] = meant, search
    _draw_rows(meant, search)


@st.fragment(run_every=figures.REFRESH)
def _draw_rows(meant: Meant, search: LogSearch) -> None:
    """The log as it was at one moment, so that no row moves under the pointer; newer ones are announced."""
    opened, chosen = moment_shown.answer(), _is_chosen()
    if opened and not chosen:
        story.draw_or_refuse(opened)
    until = moment_shown.until()
    period = replace(search, query=_within(meant, search, until))
    try:
        page = _read(period)
        newer = shown_log.log().count(replace(search.query, since=until))
    except LookoutError as problem:
        st.error(problem.message)
        return
    _draw_head(page, newer, until, period)
    pager.draw_reach(page, searches=bool(search.conditions()))
    if not page.total:
        st.info(NO_MATCH if search.reads_rows or search.text else NOTHING)
        return
    pager.draw(page, pager.size())
    logbook.draw_table(logbook.framed(page.rows))
    if opened and chosen:
        story.draw_or_refuse(opened)
    elif not opened:
        st.caption("Choose a row to read its story.")


def _is_chosen() -> bool:
    """Whether a row of the table is chosen, below which its story stands."""
    return bool(st.session_state.get(moment_shown.TABLE, {}).get("selection", {}).get("rows"))


def _within(meant: Meant, search: LogSearch, until: datetime) -> Query:
    """The rows of the period that ended at a moment; an id and a batch are looked for in the whole log."""
    everywhere = search.is_by_id or search.batch is not None
    since = None if everywhere or meant.period is None else until - meant.period
    return replace(search.query, since=since, until=moment_shown.searched_until() or until)


def _read(search: LogSearch) -> LogPage:
    """The page of the address; the last one where the log has fewer."""
    rows = pager.size()
    page = shown_log.log().explorer.page(search, logbook.FOR_TABLE, rows, (moment_shown.page_number() - 1) * rows)
    if page.rows or not page.total:
        return page
    last = (page.total - 1) // rows
    st.session_state[moment_shown.PAGE] = last + 1
    return shown_log.log().explorer.page(search, logbook.FOR_TABLE, rows, last * rows)


def _draw_head(page: LogPage, newer: int, until: datetime, search: LogSearch) -> None:
    """How many records there are, the newer ones, and the downloads."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{counted(page.total, 'record')} up to {moment(until)}." + ("" if newer else " None since then."))
        with st.container(horizontal=True, width="content"):
            if newer:
                verb = "Search" if search.reads_rows or search.text else "Show"
                label = f"{verb} {counted(newer, 'newer record')}"
                st.button(label, on_click=moment_shown.show_newest, type="primary")
            if page.total:
                _draw_downloads(search, page.total)


def _draw_downloads(search: LogSearch, total: int) -> None:
    """The rows as files, made when they are asked for."""
    held = f"the first {number(logbook.MAX_IN_FILE)}" if total > logbook.MAX_IN_FILE else "them all"
    about = f"{counted(total, 'record')} in the order shown, times in UTC; the file has {held}."
    log, is_invented = shown_log.log(), shown_log.is_invented()  # later, when a file is made, there is no address
    name = "lookout-invented-log" if is_invented else "lookout-log"
    for kind, mime, content in (
        ("CSV", "text/csv", logbook.to_csv),
        ("Parquet", "application/vnd.apache.parquet", logbook.to_parquet),
    ):
        st.download_button(
            f"Download {kind}",
            data=partial(content, log, search, is_invented=is_invented),
            file_name=f"{name}.{kind.lower()}",
            mime=mime,
            on_click="ignore",
            help=about,
        )
