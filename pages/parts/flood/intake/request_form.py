"""The form of a forecast: an area, rain or rivers, options, and the button that begins."""

from __future__ import annotations

import streamlit as st

from pages.parts.flood import forecast_job, forecasts
from pages.parts.flood.intake import area_form, inflow_form, options_form, places_form, rain_form, start_form
from pages.parts.flood.intake.options_form import ForecastOptions
from pages.parts.flood.intake.rain_form import ChosenRain
from pages.parts.flood.words import area_name, log_line
from pages.parts.flood.workbench import AreaRecord, bench
from pages.parts.shared.words import counted, moment, plain

EXAMPLE_HOURS, EXAMPLE_STEPS = 4, 12
MAP_PLACE = 390  # px that the map of the ground takes, kept free while it is drawn

ForecastRequest = dict[str, object]
"""The input of the system, see the model `Input` in core/systems/flood."""


def draw() -> None:
    """Area and rain side by side, the button, and below it what may be left as it is."""
    left, right = st.columns(2, gap="large")
    with left:
        area, cell_size = area_form.choose()
        area_form.describe(area)
        with st.container(height=MAP_PLACE, border=False):
            _draw_ground(area)
    with right:
        rain = rain_form.choose(area)
        rain_form.draw_chart(rain)
    begin = st.container()
    with st.expander("Rivers that bring water"):
        inflow_form.draw()
    with st.expander("Places to look at: schools, clinics, roads"):
        places_form.draw(area)
    with st.expander("More options"):
        options = options_form.draw(_event_end(rain))
    with st.expander("Add an area of your own"):
        area_form.draw_adding(area)
    with st.expander("Earlier forecasts"):
        _draw_earlier()
    with begin:
        _draw_begin(area, cell_size, rain, options)


def _draw_begin(area: AreaRecord, cell_size: float | None, rain: ChosenRain | None, options: ForecastOptions) -> None:
    requests: list[ForecastRequest] = []
    if rain is not None and (rain.members or inflow_form.inflows()):
        requests = requests_for(area, cell_size, rain, options)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not by on_click: its arguments are those of the run before, without what was typed last.
        if st.button("Forecast", type="primary", disabled=not requests):
            forecast_job.start(requests)
            st.rerun()
        st.button("Try an example", on_click=try_example, help="An invented valley: a storm, a river, a town's places.")
        if len(requests) > 1:
            st.caption(f"{len(requests)} rains, for the chance that a place floods.")
        elif not requests:
            st.caption("Give rain, or a river that brings water.")


@st.fragment
def _draw_ground(area: AreaRecord) -> None:
    """The map of the area; a point chosen on it becomes that of the next inflow or place."""
    before = st.session_state.get(inflow_form.PICKED)
    picked = area_form.draw_map(area, [*inflow_form.marks(), *places_form.marks()])
    if picked is not None and picked != before:
        inflow_form.propose(picked)
        places_form.propose(picked)
        st.rerun()


def _event_end(rain: ChosenRain | None) -> float:
    """When the last rain or inflow ends [s]."""
    series = [*(rain.members if rain else ()), *(inflow["series"] for inflow in inflow_form.inflows())]
    return max((float(rows[-1][0]) for rows in series), default=0.0)


def requests_for(
    area: AreaRecord, cell_size: float | None, rain: ChosenRain, options: ForecastOptions
) -> list[ForecastRequest]:
    """A request for each rain; one without rain where there is none."""
    request: ForecastRequest = {
        "dem": {"area": area.name},
        "cell_size": cell_size,
        "inflows": inflow_form.requested(),
        "manning": options.manning,
        "open_edges": options.open_edges,
        "duration_s": options.hours * 3600,
        "lead_times_s": options.lead_times,
        "starts_at": rain.starts_at.isoformat(),
        "assets": places_form.assets(),
        "mode": options.mode,
    }
    members = list(rain.members)
    if len(members) == 1 and options.chances > 1:
        members = bench().members(members[0], options.chances)
    return [{**request, "rain": rows} for rows in members] or [request]


def try_example() -> None:
    """Forecast the sample area with a storm, its river and its places."""
    workbench = bench()
    seconds = 3600.0 * EXAMPLE_HOURS
    request: ForecastRequest = {
        **workbench.example(),
        "dem": {"area": workbench.SAMPLE},
        "rain": workbench.storm(60.0, 60.0, "triangle", 0.4),
        "duration_s": seconds,
        "lead_times_s": [seconds * (step + 1) / EXAMPLE_STEPS for step in range(EXAMPLE_STEPS)],
        "starts_at": start_form.rounded_up(start_form.now()).isoformat(),
    }
    forecast_job.start([request])


def _draw_earlier() -> None:
    """Earlier forecasts and ensembles, to be opened again."""
    rows, ensembles = forecasts.latest(), forecasts.latest_ensembles()
    if not rows and not ensembles:
        st.caption("None yet. Each forecast is kept with its maps, and can be opened again here.")
    for row in rows:
        label = plain(log_line(row, moment(row["created_at"])))
        identifier = row["id"]
        key = f"flood-open-{identifier}"
        st.button(label, key=key, type="tertiary", on_click=forecast_job.open_forecast, args=(identifier,))
    for row, rains in ensembles:
        area = area_name((row["details"] or {}).get("area"))
        label = plain(f"{moment(row['created_at'])}: {area}, {counted(rains, 'rain')}, for chances")
        batch = row["batch"]
        key = f"flood-open-{batch}"
        st.button(label, key=key, type="tertiary", on_click=forecast_job.open_ensemble, args=(batch,))
