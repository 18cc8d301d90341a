"""Places of a forecast: the table of those that were named, and the water over time at the one that was chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.artefacts.forecast_files import AssetProperties
from core.errors import LookoutError
from core.hydraulics.hazard import WET
from core.maps.flood import point_series
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.point_series import PointSeries
from core.written_numbers import NO_BREAK, percent, significant
from pages.parts.flood import map_frame
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.map_frame import Point
from pages.parts.flood.water_charts import depth_chart
from pages.parts.flood.words import arrival_text, depth_text, interval_text
from pages.parts.shared import charts
from pages.parts.shared.words import counted, number, plain

CHANCE_HELP = "Of 0.05 m or more, by the interval of the depth there."
ARRIVAL_HELP = "When 0.05 m are reached; between which times in four cases of five."
SAME_PLACE = 2e-6  # by which a map may round what was chosen on it [degrees]


def draw_assets(forecast: LoggedForecast) -> Point | None:
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
            "number": st.column_config.NumberColumn("#", width=36, help="As on the map."),
            "name": st.column_config.TextColumn("Place", width=124),
            "water": st.column_config.TextColumn("Water from", width=166, help=ARRIVAL_HELP),
            "chance": st.column_config.TextColumn("Chance", width=64, help=CHANCE_HELP),
            "depth": st.column_config.NumberColumn("Depth [m]", format="%.2f", width=68),
            "interval": st.column_config.TextColumn("80 % interval", width=104, help="Of the greatest depth."),
            "words": st.column_config.TextColumn("In words", width=90),
            "hazard": st.column_config.TextColumn("Hazard", width=130),
        },
    )
    st.caption(
        "In the order in which they get wet; those that stay dry come last. Depth is the greatest at or right beside a "
        "place. Choose a row, or a place on the map, to see its depth over time."
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
            "number": [position if asset["state"] == "flooded" else None for position, asset in enumerate(assets, 1)],
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
        return arrival_text(asset, clock)
    return "stays dry" if asset["state"] == "dry" else asset["state"]


def draw_point(forecast: LoggedForecast, picked: Point | None, asset_point: Point | None, dark: bool) -> None:
    """The water over time at what was chosen last; before, at the deepest place.

    picked: what was chosen on the map last. asset_point: of the row that was chosen right now.
    """
    with st.container(key="flood-place"):
        try:
            chosen = _last_point(forecast.id, picked, asset_point)
            point, heading = _deepest(forecast.folder) if chosen is None else _at(chosen, forecast.folder.assets())
            series = None if point is None else point_series.read_point(forecast.folder, *point)
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        st.markdown(f"##### {plain(heading)}", anchors=False)
        if chosen is None:
            st.caption("Click on the map for the depth at another place; or focus the map and press Enter.")
        if series is None:
            if chosen is not None:
                st.info("That place lies outside the area. Choose one within.")
            return
        figure = charts.readable(depth_chart(series, forecast.clock), dark)
        alt = (
            f"Depth over time at {series.latitude:.5f}, {series.longitude:.5f}: at most {depth_text(series.max_depth)}"
        )
        st.plotly_chart(figure, key="flood-depth", config=charts.CONFIG, alt=alt)
        st.caption(point_text(series))


def _last_point(forecast_id: str, picked: Point | None, asset_point: Point | None) -> Point | None:
    """The point that was chosen last, on the map or in the table of assets."""
    state: dict[str, Point | None]
    state = st.session_state.setdefault(f"flood-place-{forecast_id}", {"picked": None, "place": None})
    if picked is not None and picked != state["picked"]:
        state["picked"] = state["place"] = picked
    if asset_point is not None:
        state["place"] = asset_point
    return state["place"]


def _deepest(folder: ForecastFolder) -> tuple[Point | None, str]:
    """The deepest place, which the headline names, and the heading above it."""
    point = map_frame.drawn_once("flood-deepest", str(folder.path), lambda: point_series.deepest(folder))
    return point, "At a place" if point is None else "At the deepest place"


def _at(chosen: Point, assets: Sequence[AssetProperties]) -> tuple[Point, str]:
    """Where a chosen point is looked at, and the heading above it: a named place at the deepest of its cells."""
    for asset in assets:
        middle = asset["latitude"], asset["longitude"]
        if all(math.isclose(own, other, abs_tol=SAME_PLACE) for own, other in zip(chosen, middle, strict=True)):
            latitude, longitude = asset.get("deepest_latitude"), asset.get("deepest_longitude")
            deepest = chosen if latitude is None or longitude is None else (latitude, longitude)
            return deepest, f"At {asset['name']}"
    return chosen, "At a place"


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
