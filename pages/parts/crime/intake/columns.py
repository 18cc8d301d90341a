"""How a table's columns are used, as named or guessed, for a person to change; and the button that begins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from core.contract import Preview
from core.errors import LookoutError
from core.inference import SystemCard
from pages.parts.crime import table_desk
from pages.parts.crime.intake import city
from pages.parts.crime.table_desk import TableRun, note
from pages.parts.shared.words import percent, plain

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
MAX_SENTENCE = 400  # characters of one


def draw(card: SystemCard, run: TableRun) -> None:
    """The table before it is answered: whose city it is, the button that begins, its columns and its first rows."""
    with st.container(border=True, key="columns"):
        try:
            preview, problem = run.preview(), None
        except LookoutError as refused:
            preview, problem = None, refused.message
        chosen = preview.chosen if preview else None
        if chosen is not None:
            city.draw(card, run, chosen)
        _draw_start(card, run, chosen)
        if preview is not None:
            _say(preview, run)
            st.dataframe(
                as_text(preview.frame.head(SHOWN)), hide_index=True, placeholder="–", alt="The first rows of the table"
            )
        else:
            st.error(plain(problem))
        _draw_changes(run, dict(chosen) if chosen is not None else {**run.preview({}).chosen, **run.named})


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as they are read, whatever their types: a column of a workbook may mix them."""
    return frame.astype("string").fillna("")


def _say(preview: Preview, run: TableRun) -> None:
    """How the columns would be used, in sentences."""
    lines = [
        f"- **{PARTS[part]}**: column {plain(column)}{_basis(part, preview, run)}"
        for part, column in preview.chosen.items()
    ]
    rest = [line for line in preview.sentences if line.partition(":")[0] not in preview.chosen]
    left, shown = st.columns(2, gap="large")
    left.markdown("How its columns are used:\n" + "\n".join(lines) if lines else "No column was recognised.")
    if rest:
        sentences = [line if len(line) < MAX_SENTENCE else line[:MAX_SENTENCE] + "…" for line in rest[:MAX_NAMED]]
        shown.markdown("Not used:\n" + "\n".join(f"- {plain(line)}" for line in sentences))
        if len(rest) > MAX_NAMED:
            shown.caption(f"And {len(rest) - MAX_NAMED} more columns.")


def _basis(part: str, preview: Preview, run: TableRun) -> str:
    """What a use rests on: nothing to add where a person chose it."""
    if part in run.named:
        return ""
    if part in preview.certainties:
        return f" (guessed from its values: {percent(preview.certainties[part])} fit)"
    return " (guessed)"


def _draw_changes(run: TableRun, chosen: dict[str, str]) -> None:
    """One list of columns for each part, and how dates are meant; it stays as open as a person left it."""
    names = [str(name) for name in run.preview({}).frame.columns]
    unclear = "date" not in chosen and "description" not in chosen
    opened = f"change-columns-{run.id}"
    st.session_state.setdefault(opened, unclear)  # what is open at first stays open until a person closes it
    with st.expander("Change the columns", key=opened, on_change="rerun"):
        cells = [*st.columns(3), *st.columns(3), *st.columns(3)]
        for cell, (part, label) in zip(cells, PARTS.items(), strict=True):
            key = f"column-{part}-{run.id}"
            st.session_state[key] = chosen.get(part, NONE)  # a guess may have changed with another part
            cell.selectbox(
                label,
                [NONE, *names],
                format_func=lambda name: name or "not in the table",
                key=key,
                on_change=_name,
                args=(run, part, key),
            )
        zone, order = st.columns(2)
        zone_key, order_key = f"zone-{run.id}", f"order-{run.id}"
        zone.selectbox(
            "Clock of the city, for times with an offset",
            ZONES,
            index=None,
            placeholder="as written",
            accept_new_options=True,
            key=zone_key,
            on_change=lambda: note(run, timezone=st.session_state[zone_key]),
        )
        order.selectbox(
            "What 03/04/2014 means",
            tuple(ORDERS),
            format_func=ORDERS.__getitem__,
            key=order_key,
            on_change=lambda: note(run, day_first=st.session_state[order_key]),
        )


def _name(run: TableRun, part: str, key: str) -> None:
    note(run, map={**table_desk.of(run.id).named, part: st.session_state[key]})


def _draw_start(card: SystemCard, run: TableRun, chosen: Mapping[str, str] | None) -> None:
    ready = chosen is not None and ("date" in chosen or "description" in chosen)
    if chosen is not None and not ready:
        st.warning("Expected a column with the date and time, or with the offence text. Choose one below.")
    st.button(
        f"Predict {run.size or 'the table'}",
        type="primary",
        disabled=not ready,
        on_click=partial(begin, run, str(card.champion)),
        key="predict",
    )
    if chosen is not None and ready and "description" in chosen:
        st.caption(
            "Records with an offence text are coded from it; the others are answered from place and time alone. "
            "To answer all of them from place and time, take the offence text away below."
        )


def begin(run: TableRun, version: str) -> None:
    """Answer a table, or go on with it."""
    try:
        table_desk.start(run, version)
    except LookoutError as problem:
        st.toast(plain(problem.message))
