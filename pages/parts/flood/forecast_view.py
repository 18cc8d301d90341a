"""A forecast on the screen: the answer in words and numbers, the map, a point over time, assets, was it right."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.artefacts.forecast_files import AssetProperties, ForecastSummary
from core.errors import LookoutError
from core.hydraulics.hazard import WET
from core.inference import SystemCard
from core.maps.flood import point_series
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.clock import elapsed as clock_elapsed
from core.maps.flood.point_series import PointSeries
from core.written_numbers import NO_BREAK, percent, significant
from pages.parts.flood import map_frame
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.intake.start_form import in_words, now
from pages.parts.flood.map_frame import Point
from pages.parts.flood.solver_check import SOURCE
from pages.parts.flood.water_charts import depth_chart
from pages.parts.flood.words import (
    area_text,
    depth_text,
    duration_text,
    headline,
    how_deep_sure,
    interval_text,
    places_chances,
    runtime_text,
)
from pages.parts.shared import answers, charts
from pages.parts.shared.words import counted, moment, number, plain, sure

CHANCE_HELP = "Of 0.05 m or more, by the interval of the depth there."
NUMBER_WIDTH = 165  # px: two stand side by side on a phone
HAZARD_SOURCE = (
    "Hazard is d (v + 0.5) + DF of the greatest depth and speed, by Defra and the Environment Agency, FD2320/TR2."
)


def draw_head(forecast: LoggedForecast) -> None:
    """The answer, large; what it was of, and by which version."""
    summary = forecast.summary
    st.markdown(f"### {headline(summary, forecast.clock)}", anchors=False)
    if told := how_sure(forecast):
        st.markdown(told)
    mode = f", {plain(summary['mode'])}" if summary.get("mode") else ""
    start = forecast.clock.start
    begins = f"Rain starts {in_words(start, now())}. " if start else ""
    st.caption(
        f"{begins}Followed for {duration_text(forecast.folder.lead_times[-1])}. "
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


def how_sure(forecast: LoggedForecast) -> str:
    """How sure the answer is, in sentences: the class of the deepest hundredth, the deepest place, each named place."""
    answer = forecast.prediction.answer
    if answer is None:
        return ""
    if answer.abstained:
        return plain(answer.reason or "How sure this is, is not known.")
    hundredth = f"The deepest hundredth of the area gets **{plain(answer.value)}**: {sure(answer.score, False)}."
    parts = (hundredth, how_deep_sure(forecast.summary), places_chances(forecast.folder.assets()))
    return " ".join(part for part in parts if part)


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
        asset_point = _draw_assets(forecast)
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
        _draw_point(forecast, _last_point(forecast.id, map_frame.as_point(picked), asset_point), dark)


def _last_point(forecast_id: str, picked: Point | None, asset_point: Point | None) -> Point | None:
    """The point that was chosen last, on the map or in the table of assets."""
    state: dict[str, Point | None]
    state = st.session_state.setdefault(f"flood-place-{forecast_id}", {"picked": None, "place": None})
    if picked is not None and picked != state["picked"]:
        state["picked"] = state["place"] = picked
    if asset_point is not None:
        state["place"] = asset_point
    return state["place"]


def _draw_point(forecast: LoggedForecast, point: Point | None, dark: bool) -> None:
    with st.container(key="flood-place"):
        st.markdown("##### At a place", anchors=False)
        if point is None:
            st.caption("Click on the map for the depth there over time; or focus the map and press Enter.")
            return
        try:
            series = point_series.read_point(forecast.folder, *point)
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        if series is None:
            st.info("That place lies outside the area. Choose one within.")
            return
        figure = charts.readable(depth_chart(series, forecast.clock), dark)
        alt = (
            f"Depth over time at {series.latitude:.5f}, {series.longitude:.5f}: at most {depth_text(series.max_depth)}"
        )
        st.plotly_chart(figure, key="flood-depth", config=charts.CONFIG, alt=alt)
        st.caption(point_text(series))


def point_text(series: PointSeries) -> str:
    """A point's numbers in words."""
    parts = [f"{series.latitude:.5f}, {series.longitude:.5f}"]
    if series.ground is not None:
        parts.append(f"ground at {series.ground:.1f}{NO_BREAK}m")
    if series.low is not None and series.high is not None:
        parts.append(f"80{NO_BREAK}% interval of the greatest depth {series.low:.2f} to {depth_text(series.high)}")
    if (series.max_depth or 0.0) >= WET:
        parts.append(f"up to {significant(series.max_speed or 0.0, 2)}{NO_BREAK}m/s")
        parts.append(f"hazard {series.hazard_words}")
    return "; ".join(parts) + "."


def _draw_assets(forecast: LoggedForecast) -> Point | None:
    """The table of assets, sorted by arrival; the point to show, right after a row was chosen."""
    assets = forecast.folder.assets()
    if not assets:
        return None
    flooded = sum(asset["state"] == "flooded" for asset in assets)
    st.markdown(f"##### {counted(flooded, 'place')} of {number(len(assets))} flooded", anchors=False)
    table = st.dataframe(
        assets_frame(assets, forecast.clock),
        hide_index=True,
        height=min(38 + 35 * len(assets), 290),
        key=f"flood-assets-table-{forecast.id}",
        placeholder="–",
        alt="Assets by when the water arrives",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn("Place", width=124),
            "water": st.column_config.TextColumn("Water from", width=112, help="The clock, and since the start."),
            "chance": st.column_config.TextColumn("Chance", width=64, help=CHANCE_HELP),
            "depth": st.column_config.NumberColumn("Depth [m]", format="%.2f", width=68),
            "interval": st.column_config.TextColumn("80 % interval", width=104, help="Of the greatest depth."),
            "words": st.column_config.TextColumn("In words", width=90),
            "hazard": st.column_config.TextColumn("Hazard", width=130),
        },
    )
    st.caption(
        "In the order in which they get wet; those that stay dry come last. Depth is the greatest at or right beside a "
        "place. Choose a row to see its middle on the map. How far arrivals may vary, several rains tell: More options."
    )
    selected = [row for row in table.selection.rows if row < len(assets)]
    key = f"flood-asset-{forecast.id}"
    before, now = st.session_state.get(key), selected[0] if selected else None
    st.session_state[key] = now
    if now is None or now == before:
        return None
    return float(assets[now]["latitude"]), float(assets[now]["longitude"])


def assets_frame(assets: Sequence[AssetProperties], clock: Clock = ELAPSED) -> pd.DataFrame:
    """Assets as the page shows them, in the order of the file: by arrival, then those that stay dry."""
    return pd.DataFrame(
        {
            "name": [asset["name"] for asset in assets],
            "water": [_water_from(asset, clock) for asset in assets],
            "chance": [percent(asset.get("flood_chance")) for asset in assets],
            "depth": [asset["depth_m"] for asset in assets],
            "interval": [interval_text(asset["depth_low_m"], asset["depth_high_m"]) for asset in assets],
            "words": [asset["depth"] if asset["state"] in ("flooded", "dry") else asset["state"] for asset in assets],
            "hazard": [asset["hazard"] for asset in assets],
        }
    )


def _water_from(asset: AssetProperties, clock: Clock) -> str:
    if asset["arrival_s"] is not None:
        return clock.both(asset["arrival_s"])
    return "stays dry" if asset["state"] == "dry" else "–"


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
