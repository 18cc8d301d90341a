"""What a forecast is asked: an area, rain or rivers, and what else may be said; the button that begins."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import inference
from pages.parts.flood import forecast_job, forecasts
from pages.parts.flood.intake import area_form as flood_area
from pages.parts.flood.intake import inflow_form
from pages.parts.flood.intake import options_form as flood_options
from pages.parts.flood.intake import rain_form as flood_rain
from pages.parts.flood.words import SYSTEM, area_name, log_line
from pages.parts.shared.words import counted, moment, plain

EXAMPLE_HOURS, EXAMPLE_STEPS = 4, 12


def draw() -> None:
    """Area and rain side by side, the button, and below it what need not be said."""
    left, right = st.columns(2, gap="large")
    with left:
        area, cell_size = flood_area.choose()
        flood_area.describe(area)
        st.fragment(_draw_ground)(area)
    with right:
        rain = flood_rain.choose(area)
        flood_rain.draw_chart(rain)
    begin = st.container()
    with st.expander("Rivers that bring water"):
        inflow_form.draw()
    with st.expander("Places to look at: schools, clinics, roads"):
        flood_options.draw_assets(area)
    with st.expander("More options"):
        options = flood_options.draw(_end(rain))
    with st.expander("Add an area of your own"):
        flood_area.draw_adding(area)
    with st.expander("Earlier forecasts"):
        _draw_earlier()
    with begin:
        _draw_begin(area, cell_size, rain, options)
        forecast_job.draw()


def _draw_begin(area: Any, cell_size: float | None, rain: Any, options: Any) -> None:
    ready = rain is not None and bool(rain.members or inflow_form.entries())
    requests = requests_for(area, cell_size, rain, options) if ready else []
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not by on_click: its arguments are those of the run before, without what was typed last.
        if st.button("Forecast", type="primary", disabled=not ready):
            forecast_job.start(requests)
            st.rerun()
        st.button("Try an example", on_click=try_example, help="An invented valley: a storm, a river, a town's places.")
        if len(requests) > 1:
            st.caption(f"{len(requests)} rains, for the chance that a place floods.")
        elif not ready:
            st.caption("Give rain, or a river that brings water.")


def _draw_ground(area: Any) -> None:
    """The map of the area; a place chosen on it becomes that of the next inflow."""
    before = st.session_state.get(inflow_form.PICKED)
    picked = flood_area.draw_map(area, inflow_form.marks())
    if picked is not None and picked != before:
        inflow_form.propose(picked)
        st.rerun()


def _end(rain: Any) -> float:
    """When the last rain or inflow ends [s]."""
    rows = [*(rain.members if rain else ()), *(one["series"] for one in inflow_form.entries())]
    return max((float(one[-1][0]) for one in rows), default=0.0)


def requests_for(area: Any, cell_size: float | None, rain: Any, options: Any) -> list[dict[str, Any]]:
    """A request for each rain."""
    same = {
        "dem": {"area": area.name},
        "cell_size": cell_size,
        "inflows": inflow_form.requested(),
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
    """Forecast the sample area with a storm, its river and its places."""
    bench = inference.workbench(SYSTEM)
    seconds = 3600.0 * EXAMPLE_HOURS
    request = {
        **bench.example(),
        "dem": {"area": bench.SAMPLE},
        "rain": bench.storm(60.0, 60.0, "triangle", 0.4),
        "duration_s": seconds,
        "lead_times_s": [seconds * (step + 1) / EXAMPLE_STEPS for step in range(EXAMPLE_STEPS)],
    }
    forecast_job.start([request])


def _draw_earlier() -> None:
    """What was forecast before, to be opened again."""
    rows, many = forecasts.latest(), forecasts.latest_ensembles()
    if not rows and not many:
        st.caption("None yet. Each forecast is kept with its maps, and can be opened again here.")
    for row in rows:
        said = plain(log_line(row, moment(row["created_at"])))
        st.button(
            said, key=f"flood-open-{row['id']}", type="tertiary", on_click=forecast_job.open_forecast, args=(row["id"],)
        )
    for row, rains in many:
        area = area_name((row["details"] or {}).get("area"))
        said = plain(f"{moment(row['created_at'])}: {area}, {counted(rains, 'rain')}, for chances")
        st.button(
            said,
            key=f"flood-open-{row['batch']}",
            type="tertiary",
            on_click=forecast_job.open_ensemble,
            args=(row["batch"],),
        )
