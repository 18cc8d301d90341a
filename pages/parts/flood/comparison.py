"""Two events of one area: another forecast out of the log beside the one that is shown."""

from __future__ import annotations

import streamlit as st

from core.errors import LookoutError
from pages.parts.flood import forecasts, side_by_side
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.solver_check import draw_metrics
from pages.parts.flood.words import area_text, log_line
from pages.parts.shared.words import moment, plain

BESIDE = "beside"
NAMES = ("This forecast", "The other")


def draw(found: LoggedForecast) -> None:
    """A choice of forecasts of the same area; the chosen one beside this one."""
    rows = {
        row["id"]: log_line(row, moment(row["created_at"]))
        for row in forecasts.latest()
        if row["id"] != found.id and (row["details"] or {}).get("area") == found.details.get("area")
    }
    if not rows:
        st.info("There is no other forecast of this area yet. Make one with other rain, then compare them here.")
        return
    wanted = st.query_params.get(BESIDE)
    key = f"flood-beside-{found.id}"
    if key not in st.session_state and wanted in rows:
        st.session_state[key] = wanted
    st.selectbox(
        "Compare with", list(rows), format_func=rows.get, index=None, placeholder="Choose a forecast", key=key,
        on_change=_remember, args=(key,),
    )  # fmt: skip
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    try:
        other = forecasts.read(chosen)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    place = st.container()
    compared = side_by_side.draw(found.folder, other.folder, NAMES)
    if compared is None:
        return
    with place:
        st.markdown(
            f"**{area_text(compared.area_one)} flood here, {area_text(compared.area_other)} there** ({plain(other.title)})."
        )
        draw_metrics(compared, "Difference")
    side_by_side.draw_figures(compared, NAMES)


def _remember(key: str) -> None:
    """The address opens both again."""
    if chosen := st.session_state.get(key):
        st.query_params[BESIDE] = chosen
    else:
        st.query_params.pop(BESIDE, None)
