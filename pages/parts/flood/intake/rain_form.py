"""The rain of a forecast: a design storm, a table, or the coming hours; with its chart while it is edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.errors import LookoutError
from pages.parts.flood.water_charts import hyetograph
from pages.parts.flood.words import rain_line
from pages.parts.flood.workbench import AreaRecord, DesignRainTable, RainUnit, SeriesRows, bench
from pages.parts.shared import charts
from pages.parts.shared.words import counted, moment, plain

STORM, TABLE, COMING, NONE = "A design storm", "A table", "The coming hours", "No rain"
KINDS = (STORM, TABLE, COMING, NONE)
KIND = "flood-rain-kind"
DEPTH, MINUTES, SHAPE = "flood-rain-depth", "flood-rain-minutes", "flood-rain-shape"
YEARS = "flood-years"
INITIAL = {DEPTH: 40.0, MINUTES: 60.0}
SHAPES = {
    "block": "even all the time",
    "triangle": "rises and falls",
    "two bursts": "two bursts",
    "chicago": "sharp peak (Chicago)",
    "scs type ii": "SCS type II",
}
UNITS: dict[RainUnit, str] = {"mm/h": "rates in mm/h", "mm": "depths in mm"}
OUTLOOK = "flood-outlook"

Question = tuple[str, int, bool]
"""A question to the weather service: area, hours ahead, whether for all members of the ensemble."""
Outlook = tuple[datetime, list[SeriesRows]]
"""When the coming rain begins, and its members."""


@dataclass(frozen=True)
class ChosenRain:
    """members: rows of time [s] and rate [mm/h], one unless there are many rains; none for no rain."""

    members: tuple[SeriesRows, ...]


def choose(area: AreaRecord) -> ChosenRain | None:
    """The rain; None while it is not known yet, and then a caption or an error says why."""
    for key, value in INITIAL.items():
        st.session_state.setdefault(key, value)
    kind = st.segmented_control(
        "Rain", KINDS, default=STORM, required=True, key=KIND, persist_state="session", wrap=True
    )
    choices: dict[str, Callable[[AreaRecord], list[SeriesRows] | None]] = {
        STORM: _choose_storm,
        TABLE: _choose_table,
        COMING: _choose_coming_hours,
        NONE: lambda _area: [],
    }
    try:
        members = choices[str(kind)](area)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    return None if members is None else ChosenRain(tuple(members))


def draw_chart(rain: ChosenRain | None) -> None:
    """The hyetograph, and what it amounts to."""
    if rain is None or not rain.members:
        return
    totals = bench().summary(rain.members[0])
    dark = st.context.theme.type == "dark"
    figure = hyetograph(rain.members, totals)
    amount = rain_line(totals.total, totals.duration)
    alt = f"Rain over time: {amount}" if len(rain.members) == 1 else f"{len(rain.members)} rains over time"
    st.plotly_chart(charts.readable(figure, dark), key="flood-hyetograph", config=charts.CONFIG, alt=alt)


def _choose_storm(area: AreaRecord) -> list[SeriesRows]:
    workbench = bench()
    left, right = st.columns(2)
    left.number_input("Depth [mm]", 0.1, 2000.0, step=5.0, format="%.1f", key=DEPTH, persist_state="session")
    right.number_input("Within [min]", 1.0, 10_080.0, step=15.0, format="%.0f", key=MINUTES, persist_state="session")
    depth, minutes = float(st.session_state[DEPTH]), float(st.session_state[MINUTES])
    with st.popover("Shape and return period"):
        shape = st.selectbox(
            "Shape", workbench.SHAPES, format_func=lambda name: SHAPES[name], key=SHAPE, persist_state="session"
        )
        peak = st.slider(
            "Place of the peak in the storm", 0.05, 0.95, 0.4, key="flood-rain-peak", persist_state="session",
            help="Where the shape has one: 0.4 is a little before the middle.",
        )  # fmt: skip
        _draw_return_period(area, depth, minutes)
    return [workbench.storm(depth, minutes, str(shape), peak)]


def _draw_return_period(area: AreaRecord, depth: float, minutes: float) -> None:
    """How rare the storm is, and a depth by how rare it should be, where the area has a table of design rain."""
    table = bench().design_rain_of(area.name)
    if table is None:
        _draw_design_rain_upload(area)
        return
    try:
        rare = f"In this area about once in {table.period(depth, 60 * minutes):.2g} years, by its table of design rain."
    except LookoutError as problem:
        rare = problem.message
    st.caption(plain(rare))
    st.number_input("Once in [years]", 1.0, 1_000_000.0, value=30.0, step=10.0, key=YEARS)
    st.button("Set the depth", key="flood-by-years", on_click=_set_depth_by_years, args=(table,))
    if message := st.session_state.get("flood-years-problem"):
        st.error(plain(message))


def _draw_design_rain_upload(area: AreaRecord) -> None:
    """Give the area its table, as the weather service publishes it."""
    file = st.file_uploader(
        "Design rain of this area: CSV with return_period_years, duration_min, depth_mm", type=["csv"],
        key=f"flood-design-{area.name}",
    )  # fmt: skip
    if file is None:
        return
    try:
        bench().keep_design_rain(area.name, file.getvalue())
    except LookoutError as problem:
        st.error(plain(problem.message))
    else:
        st.rerun()


def _set_depth_by_years(table: DesignRainTable) -> None:
    years, minutes = (float(st.session_state[key]) for key in (YEARS, MINUTES))
    st.session_state["flood-years-problem"] = None
    try:
        st.session_state[DEPTH] = round(table.depth(years, 60 * minutes), 1)
    except LookoutError as problem:
        st.session_state["flood-years-problem"] = problem.message


def _choose_table(_area: AreaRecord) -> list[SeriesRows] | None:
    file = st.file_uploader(
        "CSV with a column of time (time_s, time_min, time_h or time) and one or more of rain",
        type=["csv", "txt", "tsv"],
        key="flood-rain-file",
        help="rain_mm_per_h holds rates, rain_mm depths from row to row. Several columns are an ensemble.",
    )
    if file is None:
        st.caption("Drop a table to go on.")
        return None
    units: list[RainUnit | None] = [None, *UNITS]
    unit = st.selectbox(
        "Columns that do not say it hold", units, key="flood-rain-unit",
        format_func=lambda choice: UNITS[choice] if choice else "no rain",
    )  # fmt: skip
    return list(bench().rains(file.getvalue(), file.name, unit))


def _choose_coming_hours(area: AreaRecord) -> list[SeriesRows] | None:
    hours = st.number_input("Hours ahead", 1, 168, value=24, key="flood-hours-ahead", persist_state="session")
    ensemble = st.toggle("All members of the ensemble, for chances", key="flood-ensemble", persist_state="session")
    question = (area.name, int(hours), ensemble)
    if st.button("Fetch the forecast of rain", key="flood-fetch-rain"):
        with st.spinner("Asking the weather service.", show_time=True):
            _fetch(area, question)
    last: tuple[Question, Outlook | str] | None = st.session_state.get(OUTLOOK)
    if last is None or last[0] != question:
        st.caption("It is asked of the weather service that this server names; a closed network has none.")
        return None
    if isinstance(last[1], str):
        st.error(plain(last[1]))
        return None
    start, members = last[1]
    st.caption(f"Counts from {moment(start)} on; {counted(len(members), 'member')}.")
    return list(members)


def _fetch(area: AreaRecord, question: Question) -> None:
    """Keep the weather service's answer, or why there is none, until something else is asked."""
    _, hours, ensemble = question
    answer: Outlook | str
    try:
        answer = bench().outlook(area, hours, ensemble)
    except LookoutError as problem:
        answer = problem.message
    st.session_state[OUTLOOK] = (question, answer)
