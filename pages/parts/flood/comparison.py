"""Two events of one area: another forecast out of the log beside the one that is shown."""

from __future__ import annotations

import streamlit as st

from core.errors import LookoutError
from core.maps.flood.clock import ELAPSED
from pages.parts.flood import forecasts, side_by_side
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.solver_check import draw_metrics
from pages.parts.flood.words import area_text, log_line
from pages.parts.shared.words import moment, plain

BESIDE = "beside"  # in the page's address: the id of the other forecast
NAMES = ("This forecast", "The other")


def draw(forecast: LoggedForecast) -> None:
    """A choice of forecasts of the same area; the chosen one beside this one."""
    lines = {
        str(row["id"]): log_line(row, moment(row["created_at"]))
        for row in forecasts.latest()
        if row["id"] != forecast.id and (row["details"] or {}).get("area") == forecast.area
    }
    if not lines:
        st.info("There is no other forecast of this area yet. Make one with other rain, then compare them here.")
        return
    wanted = st.query_params.get(BESIDE)
    key = f"flood-beside-{forecast.id}"
    if key not in st.session_state and wanted in lines:
        st.session_state[key] = wanted
    st.selectbox(
        "Compare with", list(lines), format_func=lambda identifier: lines[identifier], index=None,
        placeholder="Choose a forecast", key=key, on_change=_remember, args=(key,),
    )  # fmt: skip
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    try:
        other = forecasts.read(chosen)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    above_maps = st.container()
    clock = forecast.clock if forecast.clock.start == other.clock.start else ELAPSED
    comparison = side_by_side.draw(forecast.folder, other.folder, NAMES, clock)
    if comparison is None:
        return
    areas = area_text(comparison.area_forecast), area_text(comparison.area_reference)
    with above_maps:
        st.markdown(f"**{areas[0]} flood here, {areas[1]} there** ({plain(other.title)}).")
        draw_metrics(comparison, "Difference")
    side_by_side.draw_figures(comparison, NAMES)


def _remember(key: str) -> None:
    """Have the page's address open both again."""
    if chosen := st.session_state.get(key):
        st.query_params[BESIDE] = chosen
    else:
        st.query_params.pop(BESIDE, None)
