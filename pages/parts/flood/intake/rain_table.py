"""Rain as a table: typed in place, dropped as a CSV, or kept from the forecast that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import streamlit as st

from core.errors import InvalidInput
from core.written_numbers import NO_BREAK, significant
from pages.parts.flood.intake import start_form, templates
from pages.parts.flood.workbench import RainUnit, SeriesRows, bench
from pages.parts.shared.words import counted, plain, viewer_zone

KEPT = "flood-rain-kept"
TYPED = "flood-rain-typed"  # the table that is typed
DROPS = "flood-rain-drops"  # how many files were taken: a new number empties the field
TIME, AMOUNT = "Time", "Rain [mm]"
EMPTY_ROWS = ("0", "30", "60", "90")  # times that stand there before anything is typed
UNITS: dict[RainUnit, str] = {"mm/h": "rates in mm/h", "mm": "depths in mm"}


@dataclass(frozen=True)
class RainTable:
    """Rain out of a file or of a forecast.

    source: which, in words. members: one unless it is an ensemble. starts_at: as the table says, None where it does
    not.
    """

    source: str
    members: tuple[SeriesRows, ...]
    starts_at: datetime | None = None


@dataclass(frozen=True)
class TabledRain:
    """What the fields say: the members, and the start that dates or clock times name; None where there are none."""

    members: tuple[SeriesRows, ...]
    starts_at: datetime | None = None


def keep(source: str, members: Sequence[SeriesRows], starts_at: datetime | None = None) -> None:
    """Have this rain be the table's from now on."""
    st.session_state[KEPT] = RainTable(source, tuple(members), starts_at)


def choose() -> TabledRain | None:
    """The rain of the table; None while there is none. Raises InvalidInput, TooLarge."""
    table: RainTable | None = st.session_state.get(KEPT)
    if table is not None:
        rains = f", {counted(len(table.members), 'rain')}" if len(table.members) > 1 else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(table.source)}**{rains}", width="stretch")
            st.button("Remove", key="flood-rain-remove", on_click=_forget)
        return TabledRain(table.members, table.starts_at)
    typed = _type()
    _draw_file()
    return typed


def _forget() -> None:
    st.session_state[KEPT] = None
    st.session_state[DROPS] = st.session_state.get(DROPS, 0) + 1


def _type() -> TabledRain | None:
    """The rain that is typed in place; None while there are not two rows of it. Raises InvalidInput."""
    frame = st.data_editor(
        pd.DataFrame({TIME: EMPTY_ROWS, AMOUNT: pd.Series([None] * len(EMPTY_ROWS), dtype=float)}),
        num_rows="dynamic",
        hide_index=True,
        key=TYPED,
        placeholder="–",
        alt="Rain over time, to be typed",
        column_config={
            TIME: st.column_config.TextColumn(TIME, help="A clock time such as 22:00, or minutes since the start."),
            AMOUNT: st.column_config.NumberColumn(
                AMOUNT, min_value=0.0, format="%.1f", help="What falls from this row's time to the next one's."
            ),
        },
    )
    rain = typed_rain(frame, start_form.now())
    if rain is None:
        st.caption("Type times (22:00, or minutes) and what falls until the next row, or drop a table.")
    return rain


def typed_rain(frame: pd.DataFrame, present: datetime) -> TabledRain | None:
    """Rain from a typed table; None where fewer than two rows hold an amount. Raises InvalidInput.

    frame: columns TIME, as text, and AMOUNT [mm]; rows without an amount do not count.
    present: this moment in the zone of the typist.
    """
    rows = frame[frame[AMOUNT].notna()]
    if len(rows) < 2:
        return None
    texts = ["" if pd.isna(text) else str(text) for text in rows[TIME]]
    if "" in [text.strip() for text in texts]:
        raise InvalidInput(
            expected="a time in each row with rain", received="a row without", advice="Type it, or delete the row."
        )
    seconds, starts_at = start_form.read_column(texts, present)
    lines = [f"{time:.10g},{amount:.10g}" for time, amount in zip(seconds, rows[AMOUNT], strict=True)]
    table = "\n".join(["time_s,rain_mm", *lines])
    return TabledRain(tuple(bench().rains(table.encode(), "the table that was typed", None)), starts_at)


def _draw_file() -> None:
    """A field for a file; one that can be read is kept, and the page drawn anew. Raises InvalidInput, TooLarge."""
    drops = st.session_state.setdefault(DROPS, 0)
    file = st.file_uploader(
        "CSV with a column of time (time_s, time_min, time_h or time) and one or more of rain",
        type=["csv", "txt", "tsv"],
        key=f"flood-rain-file-{drops}",
        help="rain_mm_per_h holds rates, rain_mm depths from row to row. Several columns are an ensemble.",
    )
    templates.draw(templates.RAIN)
    if file is None:
        return
    units: list[RainUnit | None] = [None, *UNITS]
    unit = st.selectbox(
        "Columns that do not say it hold", units, key="flood-rain-unit",
        format_func=lambda choice: UNITS[choice] if choice else "no rain",
    )  # fmt: skip
    members, starts_at = bench().rains(file.getvalue(), file.name, unit), bench().rain_start(file.getvalue(), file.name)
    if starts_at is not None and starts_at.tzinfo is None:
        starts_at = starts_at.replace(tzinfo=viewer_zone())
    keep(file.name, members, starts_at)
    st.rerun()


def in_words(members: Sequence[SeriesRows]) -> str:
    """What a kept rain of a forecast is called: "The rain of the forecast shown, 60 mm"."""
    total = bench().summary(members[0]).total
    return (
        f"The rain of the forecast shown, {significant(total)}{NO_BREAK}mm" if len(members) == 1 else "The rains shown"
    )
