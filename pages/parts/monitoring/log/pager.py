"""Which rows of how many are shown, how many there are on a page, and the way to the others."""

from __future__ import annotations

import streamlit as st

from core.store import LogPage
from pages.parts.monitoring.log import moment_shown
from pages.parts.shared.words import counted, moment, number

SIZES = (50, 100, 500)
SIZE = "log-rows"
MAX_BUTTONS = 5  # numbers of pages side by side, so that they fit a narrow screen


def size() -> int:
    """How many rows a page has, as was chosen before."""
    stated = str(st.session_state.get(SIZE) or st.query_params.get(SIZE) or "")
    return int(stated) if stated in map(str, SIZES) else SIZES[1]


def draw(page: LogPage, rows_per_page: int) -> None:
    """The line of text, and below the table's upper edge the numbers of pages."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="log-pager"):
        st.markdown(f"Rows {number(page.offset + 1)} to {number(page.offset + len(page.rows))} of {number(page.total)}")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.selectbox(
                "Rows on a page", SIZES, index=SIZES.index(rows_per_page), key=SIZE, bind="query-params",
                on_change=moment_shown.begin, label_visibility="collapsed", width=110,
                format_func=lambda rows: f"{rows} rows",
            )  # fmt: skip
            pages = max(-(-page.total // rows_per_page), 1)
            st.pagination(
                pages,
                max_visible_pages=MAX_BUTTONS,
                key=moment_shown.PAGE,
                bind="query-params",
                on_change=moment_shown.let_go,
            )


def draw_reach(page: LogPage, searches: bool) -> None:
    """How far a search or an order reaches, and the way on, where it is not of all rows."""
    before = moment_shown.searched_until()
    if page.looked_through is None and before is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_reach(page, searches), width="content")
        if page.older is not None:
            further = "Search further back" if searches else "Sort those before"
            st.button(further, on_click=moment_shown.search_from, args=(page.older,), type="tertiary")
        if before is not None:
            st.button("Back to the newest", on_click=moment_shown.search_from, args=(None,), type="tertiary")


def _reach(page: LogPage, searches: bool) -> str:
    before = moment_shown.searched_until()
    newest = f"before {moment(before)}" if before else "newest"
    if page.looked_through is None or page.older is None:
        return f"Looked through all records {newest}."
    done = "Looked through" if searches else "Sorted among"
    which = (
        f"{counted(page.looked_through, 'record')} {newest}"
        if before
        else f"the newest {counted(page.looked_through, 'record')}"
    )
    return f"{done} {which}, back to {moment(page.older)}; older ones were not looked at."
