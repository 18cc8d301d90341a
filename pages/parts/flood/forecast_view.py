"""A forecast on the screen: the answer in words and numbers, the map, a place over time, assets, was it right."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.hydraulics.hazard import WET
from core.inference import SystemCard
from core.maps.flood import point_series
from pages.parts.flood import map_frame
from pages.parts.flood import water_charts as flood_charts
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.map_frame import drawn_once
from pages.parts.flood.solver_check import SOURCE
from pages.parts.flood.words import area_text, depth_text, duration_text, headline, runtime_text
from pages.parts.shared import answers, charts
from pages.parts.shared.words import NO_BREAK, counted, moment, number, percent, plain, sure

NUMBER_WIDTH = 165  # px: two stand side by side on a phone
HAZARD_SOURCE = (
    "Hazard is d (v + 0.5) + DF of the greatest depth and speed, by Defra and the Environment Agency, FD2320/TR2."
)


def draw_head(found: LoggedForecast) -> None:
    """The answer, large; what it was of, and by which version."""
    said = found.details.get("summary") or found.summary
    st.markdown(f"### {headline(said)}", anchors=False)
    st.caption(
        f"{plain(found.title)}; followed for {duration_text(found.folder.lead_times[-1])}. "
        f"Forecast {moment(found.prediction.created_at)} by version {plain(found.prediction.version)}, "
        f"{plain(said['engine'])}{_mode(said)}, in {runtime_text(said['seconds'])}."
    )
    for note in said.get("notes", []):
        st.info(plain(note))
    flooded, whole = float(said["flooded_m2"]), float(said["area_m2"])
    numbers = (
        ("Flooded, 0.05 m or deeper", area_text(flooded), f"{percent(flooded / whole)} of {area_text(whole)}"),
        ("Knee-deep or deeper", area_text(_deep(said)), f"At the deepest {depth_text(said['largest_depth_m'])}"),
        (
            "First water",
            duration_text(said["first_arrival_s"]),
            f"Half of it by {duration_text(said['half_arrived_s'])}",
        ),
        ("Dangerous for most or all", area_text(_dangerous(said)), "By depth and speed (FD2320)"),
    )
    with st.container(horizontal=True, gap="medium", key="flood-numbers"):
        for label, value, more in numbers:
            with st.container(width=NUMBER_WIDTH, gap=None):
                st.metric(label, value)
                st.caption(more)


def _mode(said: Any) -> str:
    return f", {plain(said['mode'])}" if said.get("mode") else ""


def _deep(said: Any) -> float:
    """Area that gets 0.3 m deep or deeper [m2]."""
    return float(sum(list(said["flooded_m2_by_depth"].values())[1:]))


def _dangerous(said: Any) -> float:
    """Area of the two upper classes of hazard [m2]."""
    return float(sum(list(said["flooded_m2_by_hazard"].values())[2:]))


def draw_map(found: LoggedForecast) -> None:
    """The map; beside it the place that was chosen on it, and the assets. To be run as a fragment."""
    from core.maps.flood import (
        forecast_map,  # Folium takes a while to import: the numbers above need not wait
        pictures,
    )

    dark = st.context.theme.type == "dark"
    folder = found.folder
    left, right = st.columns([3, 2], gap="medium")
    with right:
        go = _draw_assets(found)
    with left:
        try:
            html = drawn_once(
                "flood-map",
                (str(folder.path), dark),
                lambda: forecast_map.draw(folder, key=folder.path.name, channel=map_frame.channel(), dark=dark),
            )
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        picked = map_frame.draw(
            html,
            key=f"flood-ear-{found.id}",
            finer=lambda look: forecast_map.finer_pictures(folder, pictures.surface_painters(folder, dark), look, dark),
            go=go,
            alt=f"Map of the flood: {headline(found.summary)}",
        )
        st.caption(HAZARD_SOURCE)
    with right:
        _draw_place(found, _latest(found.id, picked, go), dark)


def _latest(of: str, picked: tuple[float, float] | None, went: tuple[float, float] | None) -> Any:
    """The place that was chosen last, on the map or in the table."""
    key = f"flood-place-{of}"
    state = st.session_state.setdefault(key, {"picked": None, "place": None})
    if picked is not None and picked != state["picked"]:
        state["picked"] = state["place"] = picked
    if went is not None:
        state["place"] = went
    return state["place"]


def _draw_place(found: LoggedForecast, place: tuple[float, float] | None, dark: bool) -> None:
    with st.container(key="flood-place"):
        st.markdown("##### At a place", anchors=False)
        if place is None:
            st.caption("Click on the map for the depth there over time; or focus the map and press Enter.")
            return
        try:
            here = point_series.read_point(found.folder, *place)
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        if here is None:
            st.info("That place lies outside the area. Choose one within.")
            return
        figure = charts.readable(flood_charts.depth(here), dark)
        alt = f"Depth over time at {here.latitude:.5f}, {here.longitude:.5f}: at most {depth_text(here.max_depth)}"
        st.plotly_chart(figure, key="flood-depth", config=charts.CONFIG, alt=alt)
        st.caption(point_text(here))


def point_text(here: point_series.PointSeries) -> str:
    """A place's numbers in words."""
    parts = [f"{here.latitude:.5f}, {here.longitude:.5f}"]
    if here.ground is not None:
        parts.append(f"ground at {here.ground:.1f}{NO_BREAK}m")
    if here.low is not None and here.high is not None:
        parts.append(f"80{NO_BREAK}% interval of the greatest depth {here.low:.2f} to {depth_text(here.high)}")
    if (here.max_depth or 0.0) >= WET:
        parts.append(f"up to {here.max_speed or 0.0:.2g}{NO_BREAK}m/s")
        parts.append(f"hazard {here.hazard_words}")
    return "; ".join(parts) + "."


def _draw_assets(found: LoggedForecast) -> tuple[float, float] | None:
    """The table of assets, sorted by arrival; the place to show, right after a row was chosen."""
    features = found.folder.features("assets")
    if not features:
        return None
    rows = [one["properties"] for one in features]
    flooded = sum(one["state"] == "flooded" for one in rows)
    st.markdown(f"##### {counted(flooded, 'place')} of {number(len(rows))} flooded", anchors=False)
    chosen = st.dataframe(
        assets_frame(rows),
        hide_index=True,
        height=min(38 + 35 * len(rows), 290),
        key=f"flood-assets-table-{found.id}",
        placeholder="–",
        alt="Assets by when the water arrives",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn("Place", width=124),
            "arrival": st.column_config.NumberColumn("After [min]", format="%.0f", width=74, help="The water arrives."),
            "depth": st.column_config.NumberColumn("Depth [m]", format="%.2f", width=68),
            "words": st.column_config.TextColumn("In words", width=90),
            "hazard": st.column_config.TextColumn("Hazard", width=130),
        },
    )
    st.caption("Depth is the greatest at or right beside a place. Choose a row to see its middle on the map.")
    picked = [place for place in chosen.selection.rows if place < len(rows)]
    key = f"flood-asset-{found.id}"
    before, now = st.session_state.get(key), picked[0] if picked else None
    st.session_state[key] = now
    if now is None or now == before:
        return None
    return float(rows[now]["latitude"]), float(rows[now]["longitude"])


def assets_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Assets as the page shows them, in the order of the file: by arrival."""
    return pd.DataFrame(
        {
            "name": [one["name"] for one in rows],
            "arrival": [None if one["arrival_s"] is None else one["arrival_s"] / 60 for one in rows],
            "depth": [one["depth_m"] for one in rows],
            "words": [one["depth"] if one["state"] in ("flooded", "dry") else one["state"] for one in rows],
            "hazard": [one["hazard"] for one in rows],
        }
    )


def draw_feedback(card: SystemCard, found: LoggedForecast) -> None:
    """How sure the version is of the class that stands for the forecast, and whether it was right."""
    answer = found.prediction.answer
    if answer is None:
        return
    depth = found.details.get("deepest_hundredth_m")
    st.markdown(
        f"The deepest hundredth of the area gets **{plain(answer.value)}** ({depth_text(depth)} or more): "
        f"{sure(answer.score, answer.abstained)}."
    )
    if answer.reason:
        st.caption(plain(answer.reason))
    st.markdown("**Was it right?**")
    if found.outcome and found.outcome.get("source") == SOURCE:
        st.caption("The solver said so, when the forecast was checked. A person who was there knows better.")
    answers.ask_if_right(found.prediction, card.labels, found.outcome, lambda _outcome: None)  # read from the log
    if problem := answers.problem_of(found.prediction):
        st.error(plain(problem))
