"""The one bar of filters over a result: search, category, district, hour, confidence, and an area of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
import streamlit as st

from pages.parts.crime.run_result import UNKNOWN, RecordFilter, TableResult
from pages.parts.crime.table_desk import TableRun
from pages.parts.crime.words import MODES
from pages.parts.shared.words import counted, number, plain

if TYPE_CHECKING:
    from core.maps.incidents import Choice

AREA = "crime-area"
"""The session's entry of what the map hands over: a `ChosenArea`."""


class ChosenArea(TypedDict):
    """What a person chose on the map of a table."""

    work: str
    """The table's id."""
    indices: np.ndarray
    """Row numbers of the records in the result."""
    title: str
    choice: Choice


def key_of(run: TableRun, name: str) -> str:
    """The key of one filter: of its table alone, which it does not outlive, and another one once it was cleared."""
    cleared = st.session_state.get(_cleared(run), 0)
    return f"filter-{name}-{run.id}" + (f"-{cleared}" if cleared else "")


def _cleared(run: TableRun) -> str:
    return f"filters-cleared-{run.id}"


def draw(run: TableRun, result: TableResult) -> RecordFilter:
    """Filters, only those that can tell the records apart."""
    frame = result.frame
    cells = st.columns([2, 2, 2, 1.5, 1.5])
    words = cells[0].text_input(
        "Search",
        key=key_of(run, "words"),
        placeholder="offence text, block, category, row",
        help="Looks through all records: each word must stand in some text of the record, or be its row.",
    )
    categories = sorted(map(str, frame["category"].cat.categories))
    values = cells[1].multiselect("Category", categories, key=key_of(run, "category"), placeholder="All")
    districts = sorted(map(str, frame["district"].cat.categories)) + (
        [UNKNOWN] if frame["district"].isna().any() else []
    )
    inside: list[str] = []
    if len(districts) > 1:
        inside = cells[2].multiselect("District", districts, key=key_of(run, "district"), placeholder="All")
    hours = (0, 23)
    if frame["datetime"].notna().any():
        hours = cells[3].slider("Hour of the day", 0, 23, (0, 23), key=key_of(run, "hours"))
    low, high = cells[4].slider("Confidence [%]", 0, 100, (0, 100), key=key_of(run, "score"))
    modes: list[str] = []
    if frame["mode"].nunique() > 1:
        modes = st.pills(
            "Answered",
            list(MODES),
            selection_mode="multi",
            default=None,
            format_func=MODES.__getitem__,
            key=key_of(run, "mode"),
        )
    return RecordFilter(tuple(values), tuple(inside), hours, (low / 100, high / 100), tuple(modes), words or "")


def area_of(run: TableRun) -> ChosenArea | None:
    """The area of the map that a person chose for this table."""
    area: ChosenArea | None = st.session_state.get(AREA)
    return area if area is not None and area.get("work") == run.id else None


def within(record_indices: np.ndarray, area: ChosenArea | None) -> np.ndarray:
    """The records that lie in the area too, in their order."""
    return record_indices if area is None else record_indices[np.isin(record_indices, area["indices"])]


def draw_state(run: TableRun, choice: RecordFilter, shown: int, total: int) -> None:
    """How many records are left by the filters, and the way to be rid of them; nothing where none narrows."""
    area = area_of(run)
    if not choice.narrows and area is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="filter-state"):
        where = f", in {plain(area['title'].replace('The ', 'the ', 1))}" if area else ""
        st.caption(f"{number(shown)} of {counted(total, 'record')} fit the filters{where}.", width="content")
        st.button("Clear filters", key="clear-filters", type="tertiary", on_click=clear, args=(run,))


def clear(run: TableRun) -> None:
    """Show all records again."""
    st.session_state[_cleared(run)] = st.session_state.get(_cleared(run), 0) + 1
    if area_of(run):
        del st.session_state[AREA]
