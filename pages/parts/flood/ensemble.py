"""Many rains at once: how often each place floods, on a map and at a point."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.artefacts.forecast_files import AssetProperties
from core.errors import LookoutError
from core.evaluation.shares import NO_BREAK, percent
from core.hydraulics.hazard import WET
from core.maps.flood import point_series
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import forecasts, map_frame
from pages.parts.flood.forecast_job import open_forecast
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.map_frame import Point
from pages.parts.flood.words import area_name, area_text, depth_text
from pages.parts.shared.words import counted, moment, number, plain

KNEE = 0.3  # knee-deep [m]
COLUMNS = ["name", "rains", "arrival", "depth"]  # of the table of assets


def draw(batch: str) -> None:
    """The chances of a batch of forecasts."""
    try:
        members = forecasts.read_ensemble(batch)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    areas = sorted(float(member.summary["flooded_m2"]) for member in members)
    middle = areas[len(areas) // 2]
    st.markdown(
        f"### {area_text(areas[0])} to {area_text(areas[-1])} flood in {counted(len(members), 'rain')}, "
        f"{area_text(middle)} in the middle one",
        anchors=False,
    )
    _draw_failures(batch, len(members))
    first = members[0]
    rains = sorted(float(member.summary["rain_m3"]) / float(member.summary["area_m2"]) * 1e3 for member in members)
    st.caption(
        f"{plain(area_name(first.area))}, rains of {rains[0]:.3g} to {rains[-1]:.3g}{NO_BREAK}mm. "
        f"Forecast {moment(first.prediction.created_at)} by version {plain(first.prediction.version)}. A chance is the "
        "share of these rains; it is as good as their spread."
    )
    _draw_map(members, batch)
    with st.expander("Each of them"):
        for member in members:
            label = f"{plain(member.title)}: {area_text(float(member.summary['flooded_m2']))} flood"
            key = f"flood-member-{member.id}"
            st.button(label, key=key, type="tertiary", on_click=open_forecast, args=(member.id,))


def _draw_failures(batch: str, answered: int) -> None:
    """How many rains failed, and that they do not count here."""
    failures = forecasts.failures(batch)
    if failures:
        share = f"{number(len(failures))} of {counted(answered + len(failures), 'rain')}"
        st.warning(f"{share} could not be forecast and have no say here. The first: {plain(failures[0])}")


@st.fragment
def _draw_map(members: Sequence[LoggedForecast], batch: str) -> None:
    from core.maps.flood import forecast_map, pictures  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    folders = [member.folder for member in members]
    painters = {
        f"Chance of {bound:g} m": partial(pictures.exceedance, folders, bound=bound, dark=dark) for bound in (WET, KNEE)
    }
    appearance = forecast_map.MapAppearance(dark=dark, plain=True)
    channel = map_frame.channel("chances")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        try:
            html = map_frame.drawn_once(
                "flood-chances",
                (batch, dark),
                lambda: forecast_map.draw(
                    folders[0], painters, key=f"chances-{batch}", channel=channel, appearance=appearance
                ),
            )
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        picked = map_frame.draw(
            html,
            key=f"flood-ear-{batch}",
            finer=lambda look: forecast_map.finer_pictures(folders[0], painters, look, dark),
            what="chances",
            alt=f"Map of how often each place floods in {len(folders)} rains",
        )
    with right:
        _draw_assets(folders)
        _draw_point(folders, map_frame.as_point(picked))


def _draw_assets(folders: Sequence[ForecastFolder]) -> None:
    """In how many of the rains each asset floods."""
    try:
        frame = assets_frame([folder.assets() for folder in folders])
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if frame.empty:
        return
    st.markdown(f"##### How many of {counted(len(folders), 'rain')} flood each place", anchors=False)
    st.dataframe(
        frame,
        hide_index=True,
        height=min(38 + 35 * len(frame), 290),
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


def assets_frame(members: Sequence[Sequence[AssetProperties]]) -> pd.DataFrame:
    """Each asset once, those that most rains flood first. members: what each forecast says about its assets."""
    rows = pd.DataFrame([asset for member in members for asset in member])
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows["rains"], rows["arrival"] = rows["state"] == "flooded", rows["arrival_s"].astype(float) / 60
    rows["depth"] = rows["depth_m"].astype(float)
    assets = rows.groupby(["name", "longitude", "latitude"], as_index=False).agg(
        rains=("rains", "sum"), arrival=("arrival", "min"), depth=("depth", "max")
    )
    assets["rains"] = assets["rains"].astype("Int64").where(assets["depth"].notna())  # unknown off the terrain
    return assets.sort_values(["rains", "arrival", "depth"], ascending=[False, True, False])[COLUMNS]


def _draw_point(folders: Sequence[ForecastFolder], point: Point | None) -> None:
    st.markdown("##### At a place", anchors=False)
    if point is None:
        st.caption("Click on the map for the chances there; or focus the map and press Enter.")
        return
    try:
        series = [point_series.read_point(folder, *point) for folder in folders]
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    depths = np.array([np.nan if cell is None or cell.max_depth is None else cell.max_depth for cell in series])
    if np.isnan(depths).all():
        st.info("There is no terrain at that place. Choose one within the area.")
        return
    st.metric(f"Chance of {WET:g} m or more", share_text(depths >= WET))
    st.metric(f"Chance of {KNEE:g} m or more, knee-deep", share_text(depths >= KNEE))
    low, middle, high = np.quantile(depths, [0.1, 0.5, 0.9])
    st.caption(
        f"Greatest depth: {depth_text(float(middle))} in the middle rain; {low:.2f} to {depth_text(float(high))} in "
        f"four rains of five. At {point[0]:.5f}, {point[1]:.5f}."
    )


def share_text(floods: np.ndarray) -> str:
    """A share of rains with what it rests on: "40 %, 2 of 5 rains". floods: for each rain whether it floods."""
    return f"{percent(float(floods.mean()))}, {number(int(floods.sum()))} of {counted(len(floods), 'rain')}"
