"""The rain of a forecast and when it starts: a design storm, a table, or the coming hours; with its chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.errors import InvalidInput, LookoutError
from core.maps.flood.clock import Clock
from core.written_numbers import significant
from pages.parts.flood.intake import rain_table, start_form, templates
from pages.parts.flood.intake.rain_table import TabledRain
from pages.parts.flood.water_charts import hyetograph
from pages.parts.flood.words import rain_line
from pages.parts.flood.workbench import AreaRecord, DesignRainTable, SeriesRows, bench
from pages.parts.shared import charts
from pages.parts.shared.words import counted, plain, viewer_zone

STORM, TABLE, COMING, NONE = "A design storm", "A table", "The coming hours", "No rain"
KINDS = (STORM, TABLE, COMING, NONE)
KIND = "flood-rain-kind"
DEPTH, MINUTES, SHAPE, PEAK = "flood-rain-depth", "flood-rain-minutes", "flood-rain-shape", "flood-rain-peak"
YEARS = "flood-years"
INITIAL = {KIND: STORM, DEPTH: 40.0, MINUTES: 60.0, PEAK: 0.4}
SHAPES = {
    "block": "even all the time",
    "triangle": "rises and falls",
    "two bursts": "two bursts",
    "chicago": "sharp peak (Chicago)",
    "scs type ii": "SCS type II",
}
OUTLOOK = "flood-outlook"

Question = tuple[str, int, bool]
"""A question to the weather service: area, hours ahead, whether for all members of the ensemble."""
Outlook = tuple[datetime, list[SeriesRows]]
"""When the coming rain begins, and its members."""


@dataclass(frozen=True)
class ChosenRain:
    """The rain that the fields say.

    members: rows of time [s] and rate [mm/h], one unless there are many rains; none for no rain.
    starts_at: the moment from which times count, of a river's water too.
    """

    members: tuple[SeriesRows, ...]
    starts_at: datetime


def choose(area: AreaRecord) -> ChosenRain | None:
    """The rain; None while it is not known yet, and then a caption or an error says why."""
    for key, value in INITIAL.items():
        st.session_state.setdefault(key, value)
    kind = st.segmented_control("Rain", KINDS, required=True, key=KIND, persist_state="session", wrap=True)
    choices: dict[str, Callable[[AreaRecord], TabledRain | None]] = {
        STORM: _choose_storm,
        TABLE: lambda _area: rain_table.choose(),
        COMING: _choose_coming_hours,
        NONE: lambda _area: TabledRain(()),
    }
    present = start_form.now()
    try:
        rain = choices[str(kind)](area)
        starts_at = rain.starts_at if rain is not None else None
        if starts_at is None and kind != COMING:
            starts_at = _choose_start(area, str(kind), present)
        if rain is None or starts_at is None:
            return None
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    if rain.starts_at is not None:
        st.caption(f"Starts at {start_form.in_words(starts_at, present)}.")
    return ChosenRain(rain.members, starts_at)


def _choose_start(area: AreaRecord, kind: str, present: datetime) -> datetime:
    """When it starts, behind a button that says so; beside it the shape of a storm. Raises InvalidInput."""
    try:
        starts_at, told = start_form.read(start_form.typed(), present), ""
    except InvalidInput as problem:
        starts_at, told = None, problem.message
    label = f"Starts {start_form.in_words(starts_at, present)}" if starts_at else "Starts: not understood"
    storm = kind == STORM
    with st.popover(f"{label}; shape, return period" if storm else label, key="flood-rain-more"):
        start_form.draw_field()
        if storm:
            _draw_shape(area)
    if starts_at is None:
        raise InvalidInput(told)
    return starts_at


def draw_chart(rain: ChosenRain | None) -> None:
    """The hyetograph, and what it amounts to."""
    if rain is None or not rain.members:
        return
    totals = bench().summary(rain.members[0])
    dark = st.context.theme.type == "dark"
    figure = hyetograph(rain.members, totals, Clock(rain.starts_at))
    amount = rain_line(totals.total, totals.duration)
    alt = f"Rain over time: {amount}" if len(rain.members) == 1 else f"{len(rain.members)} rains over time"
    st.plotly_chart(charts.readable(figure, dark), key="flood-hyetograph", config=charts.CONFIG, alt=alt)


def _choose_storm(_area: AreaRecord) -> TabledRain:
    workbench = bench()
    left, right = st.columns(2)
    left.number_input("Depth [mm]", 0.1, 2000.0, step=5.0, format="%.1f", key=DEPTH, persist_state="session")
    right.number_input("Within [min]", 1.0, 10_080.0, step=15.0, format="%.0f", key=MINUTES, persist_state="session")
    depth, minutes = float(st.session_state[DEPTH]), float(st.session_state[MINUTES])
    shape = str(st.session_state.get(SHAPE) or workbench.SHAPES[0])
    return TabledRain((workbench.storm(depth, minutes, shape, float(st.session_state[PEAK])),))


def _draw_shape(area: AreaRecord) -> None:
    """The shape of a storm, and how rare it is."""
    st.selectbox("Shape", bench().SHAPES, format_func=lambda name: SHAPES[name], key=SHAPE, persist_state="session")
    st.slider(
        "Place of the peak in the storm", 0.05, 0.95, key=PEAK, persist_state="session",
        help="Where the shape has one: 0.4 is a little before the middle.",
    )  # fmt: skip
    _draw_return_period(area, float(st.session_state[DEPTH]), float(st.session_state[MINUTES]))


def _draw_return_period(area: AreaRecord, depth: float, minutes: float) -> None:
    """How rare the storm is, and a depth by how rare it should be, where the area has a table of design rain."""
    table = bench().design_rain_of(area.name)
    if table is None:
        _draw_design_rain_upload(area)
        return
    try:
        years = significant(table.period(depth, 60 * minutes), 2)
        rare = f"In this area about once in {years} years, by its table of design rain."
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
    templates.draw(templates.DESIGN_RAIN)
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


def _choose_coming_hours(area: AreaRecord) -> TabledRain | None:
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
    st.caption(f"{counted(len(members), 'member')}.")
    return TabledRain(tuple(members), start.astimezone(viewer_zone()))


def _fetch(area: AreaRecord, question: Question) -> None:
    """Keep the weather service's answer, or why there is none, until something else is asked."""
    _, hours, ensemble = question
    answer: Outlook | str
    try:
        answer = bench().outlook(area, hours, ensemble)
    except LookoutError as problem:
        answer = problem.message
    st.session_state[OUTLOOK] = (question, answer)
