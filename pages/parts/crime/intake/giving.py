"""Tables of incidents on their way in: dropped, pasted, or invented as an example; each gets an address at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.errors import LookoutError
from pages.parts.crime import table_desk
from pages.parts.crime.example import example
from pages.parts.crime.table_desk import ADDRESS, MAX_PASTED, SUFFIXES, TableRun
from pages.parts.shared.words import plain

DROPS = "crime-drops"
"""How often something was given: part of the widgets' keys, so that each is empty again afterwards."""
PROBLEM = "crime-problem"
"""Why the last table was not taken."""


def draw_file() -> None:
    """Show a field onto which a file with a table of incidents is dropped."""
    key = f"table-{st.session_state.setdefault(DROPS, 0)}"
    st.file_uploader(
        "Drop a table here: CSV, Parquet or Excel, one incident in each row",
        type=list(SUFFIXES),
        key=key,
        on_change=_take_file,
        args=(key,),
    )


def draw_pasting() -> None:
    """Rows copied from a spreadsheet or a CSV."""
    key = f"paste-{st.session_state.setdefault(DROPS, 0)}"
    st.text_area(
        "Paste rows with their header",
        key=key,
        height=160,
        max_chars=MAX_PASTED,
        placeholder="date\tdistrict\tblock\n2014-09-30 23:51\tMISSION\t1200 Block of MARKET ST",
    )
    st.button("Take these rows", on_click=_take_pasted, args=(key,))


def draw_problem() -> None:
    """Why the last table was not taken."""
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem))


def try_example(metadata: Mapping[str, Any]) -> None:
    """Give invented rows."""
    take(lambda: table_desk.give("invented rows.csv", example(metadata)))


def take(give: Callable[[], TableRun]) -> None:
    """Keep a table and open it, or say why it cannot be one."""
    st.session_state[DROPS] = st.session_state.get(DROPS, 0) + 1
    try:
        run = give()
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state.pop(PROBLEM, None)
    open_table(run)


def open_table(run: TableRun) -> None:
    """Go to the address of a table."""
    st.query_params[ADDRESS] = run.id


def close_table() -> None:
    """Go back to where a table is given."""
    st.query_params.pop(ADDRESS, None)


def change_table(run: TableRun) -> None:
    """Open the same table anew, with its columns as they were chosen; its answers stay under their own address."""
    take(lambda: table_desk.again(run))


def draw_line(run: TableRun, changeable: bool = True) -> None:
    """The table in one line, and how to change it or give another."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="given"):
        size = f", {run.size}" if run.size else ""
        st.markdown(f"**{plain(run.name)}**{size}", width="content")
        if changeable:
            st.button(
                "Change", key="change-table", type="tertiary", on_click=change_table, args=(run,),
                help="The same table with other columns. These answers stay under Recent work.",
            )  # fmt: skip
        st.button("Another table", key="another-table", type="tertiary", on_click=close_table)


def _take_file(key: str) -> None:
    if (file := st.session_state[key]) and _is_new(key):
        take(lambda: table_desk.give(file.name, file.getvalue()))


def _take_pasted(key: str) -> None:
    if (text := st.session_state.get(key)) and _is_new(key):
        take(lambda: table_desk.paste(text))


def _is_new(key: str) -> bool:
    """Whether what a widget holds was not taken before: a browser that has not redrawn yet tells it once more."""
    return key.endswith(f"-{st.session_state[DROPS]}")
