"""Flood: an area and rain in; a map of the water over time out, checked by the solver and taken away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.flood_words import NOT_ALONE, version_line
from pages.parts.words import plain

TITLE = "Flood"
GROUP = "Analyse"
ORDER = 30
SYSTEM = "flood"

VIEWS = ("Take away", "Was it right?")

st.title("Flood", anchor=False)
card = next(card for card in inference.catalogue() if card.name == SYSTEM)
st.markdown(card.question)
st.caption(NOT_ALONE)
if card.champion is None:
    st.error(
        f"Expected a version of {SYSTEM} in service. Found none. Train one with `python -m core train {SYSTEM}`, "
        "then make it the champion."
    )
    st.stop()

from pages.parts import (
    flood_answer,
    flood_area,
    flood_opened,
    flood_options,
    flood_rain,
    flood_run,
    flood_take,
    flood_water,
)  # noqa: E402, E501 - pandas and maps take a while


def draw_intake() -> None:
    """Area, water and options; the button that begins."""
    left, right = st.columns(2, gap="large")
    with left:
        chosen = flood_area.choose()
        if chosen is None:
            return
        area, cell_size = chosen
        flood_area.describe(area)
        st.fragment(draw_ground)(area)
    with right:
        rain = flood_rain.choose(area)
        flood_rain.draw_chart(rain)
    with st.expander("Add an area of your own"):
        flood_area.draw_adding()
    with st.expander("Rivers that bring water"):
        flood_water.draw()
    with st.expander("Places to look at: schools, clinics, roads"):
        flood_options.draw_assets()
    with st.expander("More options"):
        options = flood_options.draw(ends_of(rain))
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = rain is not None and bool(rain.members or flood_water.inflows())
        requests = asked(area, cell_size, rain, options) if ready else []
        st.button("Forecast", type="primary", on_click=flood_run.start, args=(requests,), disabled=not ready)
        st.button(
            "Try an example", on_click=try_example, help="An invented valley with a river, a town and its places."
        )
        if not ready:
            st.caption("Give rain or a river that brings water.")


def draw_ground(area: Any) -> None:
    """The map of the area; a place chosen on it becomes that of the next inflow."""
    before = st.session_state.get(flood_water.PICKED)
    flood_water.take_place(flood_area.draw_map(area, flood_water.marks()))
    if st.session_state.get(flood_water.PICKED) != before:
        st.rerun()


def ends_of(rain: Any) -> float:
    """When the last rain or inflow ends [s]."""
    members = rain.members if rain else ()
    rows = [*members, *(one["series"] for one in flood_water.inflows())]
    return max((one[-1][0] for one in rows), default=0.0)


def asked(area: Any, cell_size: float | None, rain: Any, options: Any) -> list[dict[str, Any]]:
    """A request for each rain."""
    same = {
        "dem": {"area": area.name},
        "cell_size": cell_size,
        "inflows": flood_water.requested(),
        "manning": options.manning,
        "open_edges": options.open_edges,
        "duration_s": options.hours * 3600,
        "lead_times_s": options.lead_times,
        "assets": flood_options.assets(),
        "mode": options.mode,
    }
    members = list(rain.members)
    if len(members) == 1 and options.chances > 1:
        members = inference.workbench(SYSTEM).members(members[0], options.chances)
    return [{**same, "rain": one} for one in members] or [same]


def try_example() -> None:
    """Fill in the sample area with a storm, its river and its places, and begin."""
    bench = inference.workbench(SYSTEM)
    given = bench.example()
    st.session_state[flood_options.ASSETS] = given["assets"]
    rain = bench.storm(60.0, 60.0, "triangle", 0.4)
    flood_run.start([{**given, "dem": {"area": bench.SAMPLE}, "rain": rain, "duration_s": 14_400.0,
                      "lead_times_s": [1200.0 * step for step in range(1, 13)]}])  # fmt: skip


def draw_forecast(identifier: str) -> None:
    """The forecast that the address names."""
    try:
        found = flood_opened.one(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    flood_answer.draw_head(found)
    st.fragment(flood_answer.draw_map)(found)
    view = st.segmented_control("And now", VIEWS, default=VIEWS[0], required=True, key="flood-view")
    if view == VIEWS[0]:
        flood_take.draw(found)
    else:
        flood_answer.draw_feedback(card, found)


if problem := inference.not_ready():
    st.info(f"{problem} An area and rain may be chosen already.")
shown = st.query_params.get(flood_run.FORECAST)
if shown:
    draw_forecast(shown)
    with st.expander("Another forecast"):
        draw_intake()
else:
    draw_intake()
flood_run.draw()
st.caption(version_line(card))
