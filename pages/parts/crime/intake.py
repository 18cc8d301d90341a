"""Tables of incidents on their way in: given or pasted, with their columns as guessed, for a person to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from pages.parts.crime.example import example
from pages.parts.crime.table_desk import MAX_PASTED, SUFFIXES, GivenTable, TableDesk
from pages.parts.shared.words import counted, plain

NONE = ""
PARTS = {
    "date": "Date and time",
    "description": "Offence text, in the officer's words",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "district": "District",
    "address": "Block or crossing",
    "location_type": "Kind of place",
    "domestic": "Filed as domestic",
    "label": "True category, to check the answers",
}
"""What a column can be, as the page names it."""
ORDERS = {None: "as the values allow", True: "day first", False: "month first"}
ZONES = (
    "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "Europe/London", "Europe/Paris",
    "Europe/Berlin", "UTC",
)  # fmt: skip
SHOWN = 5  # rows of the table that are shown
MAX_NAMED = 12  # unused columns that are listed


def draw_giving(desk: TableDesk) -> None:
    """Drop a file, or try the example."""
    key = f"table-{desk.drops}"
    st.file_uploader(
        "Drop a table here: CSV, Parquet or Excel, one incident in each row",
        type=list(SUFFIXES),
        key=key,
        on_change=_take,
        args=(desk, key),
    )


def draw_pasting(desk: TableDesk) -> None:
    """Rows copied from a spreadsheet or a CSV."""
    key = f"paste-{desk.drops}"
    st.text_area(
        "Paste rows with their header",
        key=key,
        height=160,
        max_chars=MAX_PASTED,
        placeholder="date\tdistrict\tblock\n2014-09-30 23:51\tMISSION\t1200 Block of MARKET ST",
    )
    st.button("Take these rows", on_click=_paste, args=(desk, key))


def try_example(desk: TableDesk, metadata: Mapping[str, Any]) -> None:
    """Put invented rows on the desk."""
    desk.take("invented rows.csv", example(metadata))


def _take(desk: TableDesk, key: str) -> None:
    if file := st.session_state[key]:
        desk.take(file.name, file.getvalue())


def _paste(desk: TableDesk, key: str) -> None:
    if text := st.session_state.get(key):
        desk.paste(text)


def draw_columns(desk: TableDesk) -> None:
    """The table at hand: how its columns are used, what is left out and why, and the button that begins."""
    if (table := desk.table) is None:
        return
    with st.container(border=True, key="columns"):
        st.markdown(f"#### {plain(table.name)}", anchors=False)
        try:
            preview, problem = table.preview(), None
        except LookoutError as refused:
            preview, problem = None, refused.message
        if preview is not None:
            _say(preview.chosen, table, preview.sentences)
            st.dataframe(
                as_text(preview.frame.head(SHOWN)), hide_index=True, placeholder="–", alt="The first rows of the table"
            )
        else:
            st.error(plain(problem))
        _draw_changes(table, dict(preview.chosen) if preview else {**table.first.chosen, **table.named})
        _draw_start(desk, table, preview.chosen if preview else None)


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as they are read, whatever their types: a column of a workbook may mix them."""
    return frame.astype("string").fillna("")


def _say(chosen: Mapping[str, str], table: GivenTable, sentences: tuple[str, ...]) -> None:
    """How the columns would be used, in sentences."""
    lines = [
        f"- **{PARTS[part]}**: column {plain(column)}" + ("" if part in table.named else " (guessed)")
        for part, column in chosen.items()
    ]
    rest = [line for line in sentences if line.partition(":")[0] not in chosen]
    left, shown = st.columns(2, gap="large")
    left.markdown("How its columns are used:\n" + "\n".join(lines) if lines else "No column was recognised.")
    if rest:
        shown.markdown(
            "Not used:\n"
            + "\n".join(f"- {plain(line if len(line) < 400 else line[:400] + '…')}" for line in rest[:MAX_NAMED])
        )
        if len(rest) > MAX_NAMED:
            shown.caption(f"And {len(rest) - MAX_NAMED} more columns.")


def _draw_changes(table: GivenTable, chosen: dict[str, str]) -> None:
    """One list of columns for each part, and how dates are meant."""
    names = _names(table)
    with st.expander("Change the columns", expanded="date" not in chosen and "description" not in chosen):
        cells = [*st.columns(3), *st.columns(3), *st.columns(3)]
        for cell, (part, label) in zip(cells, PARTS.items(), strict=True):
            key = f"column-{part}-{id(table)}"
            st.session_state[key] = chosen.get(part, NONE)  # a guess may have changed with another part
            cell.selectbox(
                label,
                [NONE, *names],
                format_func=lambda name: name or "not in the table",
                key=key,
                on_change=_name,
                args=(table, part, key),
            )
        zone, order = st.columns(2)
        zone_key, order_key = f"zone-{id(table)}", f"order-{id(table)}"
        zone.selectbox(
            "Clock of the city, for times with an offset",
            ZONES,
            index=None,
            placeholder="as written",
            accept_new_options=True,
            key=zone_key,
            on_change=lambda: setattr(table, "timezone", st.session_state[zone_key]),
        )
        order.selectbox(
            "What 03/04/2014 means",
            tuple(ORDERS),
            format_func=ORDERS.__getitem__,
            key=order_key,
            on_change=lambda: setattr(table, "day_first", st.session_state[order_key]),
        )


def _names(table: GivenTable) -> list[str]:
    """The table's columns; of a table whose mapping was refused too."""
    return [str(name) for name in table.first.frame.columns]


def _name(table: GivenTable, part: str, key: str) -> None:
    table.named[part] = st.session_state[key]


def _draw_start(desk: TableDesk, table: GivenTable, chosen: Mapping[str, str] | None) -> None:
    ready = chosen is not None and ("date" in chosen or "description" in chosen)
    if chosen is not None and not ready:
        st.warning("Expected a column with the date and time, or with the offence text. Choose one above.")
    rows = table.rows
    counted_rows = (
        "the table" if rows is None else counted(rows[0], "row") if rows[1] else f"about {counted(rows[0], 'row')}"
    )
    with st.container(horizontal=True):
        st.button(f"Predict {counted_rows}", type="primary", disabled=not ready, on_click=desk.start, key="predict")
        st.button("Put it away", on_click=lambda: setattr(desk, "table", None), key="put-away")
    if chosen is not None and ready and "description" in chosen:
        st.caption(
            "Records with an offence text are coded from it; the others are answered from place and time alone. "
            "To answer all of them from place and time, take the offence text away above."
        )
