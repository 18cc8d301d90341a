"""A section across a forecast: a line drawn on its map or typed, the ground and the water along it over time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import LookoutError
from core.maps.flood.drawing.section import Section, parsed, read_section, written
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import map_frame
from pages.parts.flood.drawing import drawn_map
from pages.parts.flood.drawing.section_chart import section_chart
from pages.parts.flood.words import duration_text
from pages.parts.shared import charts
from pages.parts.shared.words import plain

LINE = "section"  # in the page's address: the points of the line
FIELD = "flood-section-line"
GREATEST = -1  # in the slider of time: the greatest depth at any time


@st.fragment
def draw(folder: ForecastFolder, time_text: Callable[[float], str] = duration_text) -> None:
    """The map to draw a line on, the line as text, and the chart of the section.

    time_text: how the page writes a time since the start [s].
    """
    from core.maps.flood.drawing import section_map  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    try:
        water = map_frame.drawn_once(
            "flood-section", (str(folder.path), dark), lambda: section_map.pictures(folder, dark)
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    map_key = f"flood-section-map-{folder.path.name}"
    if FIELD not in st.session_state:
        st.session_state[FIELD] = st.query_params.get(LINE, "")
    if (shape := drawn_map.heard(map_key)) is not None:
        _choose(drawn_map.line_points(shape))
    st.caption(
        "Press “Draw a polyline” and click along the line, the last point twice; or type its points. The chart shows "
        "the ground and the water along it."
    )
    map_place, chart_place = st.columns([3, 2], gap="medium")
    points, problem_text = _typed()
    with map_place:
        drawn_map.draw(
            section_map.draw(water, key=f"section-{folder.path.name}", dark=dark),
            key=map_key,
            height=section_map.HEIGHT,
            drawn=section_map.drawn([list(point) for point in points], dark),
        )
        st.text_input(
            "Points of the line: latitude, longitude; …", key=FIELD, placeholder=written(section_map.across(folder)),
            on_change=_remember,
        )  # fmt: skip
        st.button(
            "A line across the middle",
            key="flood-section-across",
            on_click=_choose,
            args=(section_map.across(folder),),
        )
    with chart_place:
        if problem_text:
            st.error(plain(problem_text))
        elif points:
            _draw_chart(folder, points, time_text, dark)
        else:
            st.caption("No line yet.")


def _typed() -> tuple[tuple[tuple[float, float], ...], str]:
    """The points in the field, none while it is empty; and what is wrong with them."""
    text = str(st.session_state[FIELD]).strip()
    if not text:
        return (), ""
    try:
        return parsed(text), ""
    except LookoutError as problem:
        return (), problem.message


def _choose(points: list[list[float]]) -> None:
    """Make a line the section's, before its field is drawn."""
    st.query_params[LINE] = st.session_state[FIELD] = written(points)


def _remember() -> None:
    if text := str(st.session_state[FIELD]).strip():
        st.query_params[LINE] = text
    else:
        st.query_params.pop(LINE, None)


def _draw_chart(
    folder: ForecastFolder, points: tuple[tuple[float, float], ...], time_text: Callable[[float], str], dark: bool
) -> None:
    try:
        section: Section = map_frame.drawn_once(
            "flood-section-values", (str(folder.path), points), lambda: read_section(folder, points)
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    steps = [*range(len(section.lead_times)), GREATEST]

    def text(step: int) -> str:
        return "greatest" if step == GREATEST else time_text(section.lead_times[step])

    chosen = st.select_slider("Time", steps, value=GREATEST, format_func=text, key=f"flood-section-time-{len(steps)}")
    step = None if chosen == GREATEST else int(chosen)
    figure, alt = section_chart(section, step, "at any time" if step is None else f"at {text(step)}")
    st.plotly_chart(charts.readable(figure, dark), key="flood-section-chart", config=charts.CONFIG, alt=alt)
    st.caption("Water shallower than 0.05 m is not drawn. At the greatest, each cell is at its own deepest time.")
