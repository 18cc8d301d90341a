"""Many rains at once: how often each place floods, on a map and at a place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.hydraulics.hazard import WET
from core.maps.flood import point_series
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import forecasts, map_frame
from pages.parts.flood.forecast_job import open_forecast
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.map_frame import drawn_once
from pages.parts.flood.words import area_name, area_text, depth_text
from pages.parts.shared.words import NO_BREAK, counted, moment, number, percent, plain

KNEE = 0.3  # [m]


def draw(batch: str) -> None:
    """The chances of a batch of forecasts."""
    try:
        members = forecasts.read_ensemble(batch)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    areas = sorted(float(one.summary["flooded_m2"]) for one in members)
    middle = areas[len(areas) // 2]
    st.markdown(
        f"### {area_text(areas[0])} to {area_text(areas[-1])} flood in {counted(len(members), 'rain')}, "
        f"{area_text(middle)} in the middle one",
        anchors=False,
    )
    _draw_failed(batch, len(members))
    first = members[0]
    rains = sorted(float(one.summary["rain_m3"]) / float(one.summary["area_m2"]) * 1e3 for one in members)
    st.caption(
        f"{plain(area_name(first.details.get('area')))}, rains of {rains[0]:.3g} to {rains[-1]:.3g}{NO_BREAK}mm. "
        f"Forecast {moment(first.prediction.created_at)} by version {plain(first.prediction.version)}. A chance is the "
        "share of these rains; it is as good as their spread."
    )
    st.fragment(_draw_map)(members, batch)
    with st.expander("Each of them"):
        for one in members:
            said = f"{plain(one.title)}: {area_text(float(one.summary['flooded_m2']))} flood"
            st.button(said, key=f"flood-member-{one.id}", type="tertiary", on_click=open_forecast, args=(one.id,))


def _draw_failed(batch: str, answered: int) -> None:
    """What failed, and that it has no say here."""
    failed = forecasts.failures(batch)
    if failed:
        of = f"{number(len(failed))} of {counted(answered + len(failed), 'rain')}"
        st.warning(f"{of} could not be forecast and have no say here. The first: {plain(failed[0])}")


def _draw_map(members: Sequence[LoggedForecast], batch: str) -> None:
    from core.maps.flood import forecast_map, pictures

    dark = st.context.theme.type == "dark"
    folders = [one.folder for one in members]
    makers = {
        f"Chance of {bound:g} m": partial(pictures.exceedance, folders, bound=bound, dark=dark) for bound in (WET, KNEE)
    }
    left, right = st.columns([3, 2], gap="medium")
    with left:
        try:
            html = drawn_once(
                "flood-chances",
                (batch, dark),
                lambda: forecast_map.draw(
                    folders[0],
                    makers,
                    key=f"chances-{batch}",
                    channel=map_frame.channel("chances"),
                    dark=dark,
                    plain=True,
                ),
            )
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        picked = map_frame.draw(
            html,
            key=f"flood-ear-{batch}",
            finer=lambda look: forecast_map.finer_pictures(folders[0], makers, look, dark),
            what="chances",
            alt=f"Map of how often each place floods in {len(folders)} rains",
        )
    with right:
        _draw_assets(folders)
        _draw_place(folders, picked)


def _draw_assets(folders: Sequence[ForecastFolder]) -> None:
    """In how many of the rains each asset floods."""
    try:
        found = assets_frame([[one["properties"] for one in folder.features("assets")] for folder in folders])
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if found.empty:
        return
    st.markdown(f"##### How many of {counted(len(folders), 'rain')} flood each place", anchors=False)
    st.dataframe(
        found,
        hide_index=True,
        height=min(38 + 35 * len(found), 290),
        placeholder="–",
        alt="Assets by how many rains flood them",
        column_config={
            "name": st.column_config.TextColumn("Place", width=124),
            "rains": st.column_config.NumberColumn("Rains", format="%d", width=62),
            "arrival": st.column_config.NumberColumn(
                "After [min]", format="%.0f", width=80, help="The water arrives at the earliest."
            ),
            "depth": st.column_config.NumberColumn(
                "Depth [m]", format="%.2f", width=76, help="The greatest in the worst of them."
            ),
        },
    )


def assets_frame(members: Sequence[Sequence[dict[str, Any]]]) -> pd.DataFrame:
    """Each asset once, the one that most rains flood first. members: what each forecast says about its assets."""
    columns = ["name", "rains", "arrival", "depth"]
    rows = pd.DataFrame([one for member in members for one in member])
    if rows.empty:
        return pd.DataFrame(columns=columns)
    rows["rains"], rows["arrival"] = rows["state"] == "flooded", rows["arrival_s"].astype(float) / 60
    rows["depth"] = rows["depth_m"].astype(float)
    found = rows.groupby(["name", "longitude", "latitude"], as_index=False).agg(
        rains=("rains", "sum"), arrival=("arrival", "min"), depth=("depth", "max")
    )
    found["rains"] = found["rains"].astype("Int64").where(found["depth"].notna())  # unknown off the terrain
    return found.sort_values(["rains", "arrival", "depth"], ascending=[False, True, False])[columns]


def _draw_place(folders: Sequence[ForecastFolder], place: tuple[float, float] | None) -> None:
    st.markdown("##### At a place", anchors=False)
    if place is None:
        st.caption("Click on the map for the chances there; or focus the map and press Enter.")
        return
    try:
        found = [point_series.read_point(one, *place) for one in folders]
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    depths = np.array([np.nan if one is None or one.max_depth is None else one.max_depth for one in found])
    if np.isnan(depths).all():
        st.info("There is no terrain at that place. Choose one within the area.")
        return
    st.metric(f"Chance of {WET:g} m or more", share_text(depths >= WET))
    st.metric(f"Chance of {KNEE:g} m or more, knee-deep", share_text(depths >= KNEE))
    low, middle, high = np.quantile(depths, [0.1, 0.5, 0.9])
    st.caption(
        f"Greatest depth: {depth_text(float(middle))} in the middle rain; {low:.2f} to {depth_text(float(high))} in four rains "
        f"of five. At {place[0]:.5f}, {place[1]:.5f}."
    )


def share_text(floods: np.ndarray) -> str:
    """A share of rains with what it rests on: "40 %, 2 of 5 rains"."""
    return f"{percent(float(floods.mean()))}, {number(int(floods.sum()))} of {counted(len(floods), 'rain')}"
