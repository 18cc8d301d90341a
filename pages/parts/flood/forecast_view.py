"""A forecast on the screen: the answer in words and numbers, the map, a point over time, assets, was it right."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.artefacts.forecast_files import ForecastSummary
from core.errors import LookoutError
from core.inference import SystemCard
from core.maps.flood.clock import Clock
from core.maps.flood.clock import elapsed as clock_elapsed
from core.written_numbers import percent
from pages.parts.flood import map_frame, place_view
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.intake.start_form import in_words, now
from pages.parts.flood.solver_check import SOURCE
from pages.parts.flood.words import (
    area_text,
    depth_text,
    duration_text,
    headline,
    places_lines,
    runtime_text,
)
from pages.parts.flood.words import how_sure as interval_sentence
from pages.parts.shared import answers
from pages.parts.shared.words import moment, plain, sure

NUMBER_WIDTH = 165  # px: two stand side by side on a phone
HAZARD_SOURCE = (
    "Hazard is d (v + 0.5) + DF of the greatest depth and speed, by Defra and the Environment Agency, FD2320/TR2."
)


def draw_head(forecast: LoggedForecast) -> None:
    """The answer, large; what it was of, and by which version."""
    summary = forecast.summary
    st.markdown(f"### {headline(summary, forecast.clock)}", anchors=False)
    lines = places_lines(forecast.folder.assets(), forecast.clock)
    text, places = st.columns([3, 2], gap="medium") if lines else (st.container(), st.container())
    if lines:
        places.markdown("  \n".join(lines))
    if told := how_sure(forecast):
        text.markdown(told)
    mode = f", {plain(summary['mode'])}" if summary.get("mode") else ""
    start = forecast.clock.start
    begins = f"Rain starts {in_words(start, now())}. " if start else ""
    text.caption(
        f"{begins}{_followed(forecast.folder.lead_times[-1], forecast.clock)} "
        f"Forecast {moment(forecast.prediction.created_at)} by version {plain(forecast.prediction.version)}, "
        f"{plain(summary['engine'])}{mode}, in {runtime_text(summary['seconds'])}."
    )
    for note in summary.get("notes", []):
        st.info(plain(note))
    with st.container(horizontal=True, gap="medium", key="flood-numbers"):
        for label, value, more in _numbers(summary, forecast.clock):
            with st.container(width=NUMBER_WIDTH, gap=None):
                st.metric(label, value)
                st.caption(more)


def _followed(seconds: float, clock: Clock) -> str:
    """For how long the flood is followed; seconds: to the last lead time [s]."""
    if clock.start is None:
        return f"Followed for {duration_text(seconds)}."
    return f"Followed until {clock.time(seconds)} ({duration_text(seconds)})."


def how_sure(forecast: LoggedForecast) -> str:
    """How sure the answer is, in sentences: the first water, the deepest place, the class of the deepest hundredth."""
    answer = forecast.prediction.answer
    if answer is None:
        return ""
    if answer.abstained:
        return plain(answer.reason or "How sure this is, is not known.")
    hundredth = f"The deepest hundredth of the area gets **{plain(answer.value)}**: {sure(answer.score, False)}."
    return f"{interval_sentence(forecast.summary, forecast.clock)} {hundredth}".strip()


def _numbers(summary: ForecastSummary, clock: Clock) -> Sequence[tuple[str, str, str]]:
    """Label, value and explanation of the four numbers below the headline."""
    flooded, total = float(summary["flooded_m2"]), float(summary["area_m2"])
    deep = float(sum(list(summary["flooded_m2_by_depth"].values())[1:]))  # 0.3 m or deeper
    dangerous = float(sum(list(summary["flooded_m2_by_hazard"].values())[2:]))  # the two upper classes
    arrival = summary["first_arrival_s"]
    first = "never" if arrival is None else clock.time(arrival)
    half = f"Half of it by {clock.both(summary['half_arrived_s'])}"
    if arrival is not None and clock.start is not None:
        half = f"{clock_elapsed(arrival).capitalize()}. {half}"
    return (
        ("Flooded, 0.05 m or deeper", area_text(flooded), f"{percent(flooded / total)} of {area_text(total)}"),
        ("Knee-deep or deeper", area_text(deep), f"At the deepest {depth_text(summary['largest_depth_m'])}"),
        ("First water", first, half),
        ("Dangerous for most or all", area_text(dangerous), "By depth and speed (FD2320)"),
    )


@st.fragment
def draw_map(forecast: LoggedForecast) -> None:
    """The map; beside it the point that was chosen on it, and the assets."""
    # Folium takes a while to import: the numbers above need not wait.
    from core.maps.flood import forecast_map, pictures

    dark = st.context.theme.type == "dark"
    folder = forecast.folder
    appearance = forecast_map.MapAppearance(dark=dark, clock=forecast.clock, surface=pictures.GREATEST_DEPTH)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        asset_point = place_view.draw_assets(forecast)
    with left:
        try:
            html = map_frame.drawn_once(
                "flood-map",
                (str(folder.path), dark),
                lambda: forecast_map.draw(
                    folder,
                    key=folder.path.name,
                    channel=map_frame.channel(),
                    appearance=appearance,
                ),
            )
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        picked = map_frame.draw(
            html,
            key=f"flood-ear-{forecast.id}",
            finer=lambda look: forecast_map.finer_pictures(folder, pictures.surface_painters(folder), look, dark),
            go=asset_point,
            alt=f"Map of the flood: {headline(forecast.summary, forecast.clock)}",
        )
        st.caption(HAZARD_SOURCE)
    with right:
        place_view.draw_point(forecast, map_frame.as_point(picked), asset_point, dark)


def draw_feedback(card: SystemCard, forecast: LoggedForecast) -> None:
    """How sure the version is of the class that stands for the forecast, and whether it was right."""
    answer = forecast.prediction.answer
    if answer is None:
        return
    depth = forecast.details.get("deepest_hundredth_m")
    st.markdown(f"The deepest hundredth of the area gets **{plain(answer.value)}** ({depth_text(depth)} or more).")
    st.markdown("**Was it right?**")
    if forecast.outcome and forecast.outcome.get("source") == SOURCE:
        st.caption("The solver said so, when the forecast was checked. A person who was there knows better.")
    answers.ask_if_right(forecast.prediction, card.labels, forecast.outcome, _recorded)
    if problem := answers.problem_of(forecast.prediction):
        st.error(plain(problem))


def _recorded(_outcome: object) -> None:
    """Does nothing: the page reads outcomes from the log."""
