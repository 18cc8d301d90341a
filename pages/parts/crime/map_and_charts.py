"""The chosen records on a map and in charts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.crime import incident_charts
from pages.parts.crime.run_result import UNKNOWN
from pages.parts.crime.table_desk import TableRun
from pages.parts.shared import charts
from pages.parts.shared.words import counted, number, percent

MAP_HEIGHT = 562  # px: that of the map, and its border
COLUMNS = ["latitude", "longitude", "category", "district", "datetime", "score", "mode"]


def draw_map(shown: pd.DataFrame, run: TableRun, places: np.ndarray) -> None:
    """Where the records were reported, and what the map leaves out."""
    dark = st.context.theme.type == "dark"
    key = (str(run.output), dark, len(places), hash(places.tobytes()))
    cached = st.session_state.get("drawn-map")
    if cached is None or cached[0] != key:
        with st.spinner("Drawing the map"):
            st.session_state["drawn-map"] = cached = (key, _map(shown, str(run.output), dark))
    drawn = cached[1]
    if drawn is None:
        st.info(
            "None of these records has coordinates, so there is no map. Give latitude and longitude, or see the charts "
            "by district."
        )
        return
    st.iframe(drawn.html, height=MAP_HEIGHT, alt="Map of where the records were reported")
    text = f"{counted(drawn.placed, 'record')} with a place"
    if without := len(shown) - drawn.placed:
        text += f"; {number(without)} without one are not on the map"
    text += f". Hexagons are {drawn.width} wide; those with fewer than 5 records are not shown, "
    text += f"which hides {counted(drawn.hidden, 'record')}." if drawn.hidden else "and there were none."
    if drawn.markers < drawn.placed:
        text += f" Clusters show a random sample of {number(drawn.markers)} records."
    st.caption(
        f"{text} Places are known by the block. The map shows where incidents were reported: it says nothing of the "
        "risk of a place."
    )


def _map(shown: pd.DataFrame, key: str, dark: bool) -> Any:
    """A `core.maps.incidents.IncidentMap`, or None without a place."""
    from core.maps import incidents  # Folium takes a while to import: only who asks for the map waits

    frame = shown[COLUMNS]
    placed = frame[frame["latitude"].notna() & frame["longitude"].notna()]
    if len(placed) > incidents.MAX_MARKERS:
        tooltips = pd.Series("", index=placed.index)
        few = placed.sample(incidents.MAX_MARKERS, random_state=incidents.SEED)
        tooltips[few.index] = _told(few)
    else:
        tooltips = _told(placed)
    return incidents.draw(placed.assign(told=tooltips), key=key, dark=dark)


def _told(frame: pd.DataFrame) -> pd.Series:
    """What the popup of each record says."""
    moments = frame["datetime"].dt.strftime("%Y-%m-%d %H:%M").fillna("time unknown")
    districts = frame["district"].astype(object).fillna("district unknown")
    scores = (100 * frame["score"]).round().astype(int).astype(str)
    return (
        frame["category"].astype(str) + " (" + scores + " %)\n" + moments + "\n" + districts.astype(str)
        + "\nCategory of a reported incident"
    )  # fmt: skip


def draw_charts(shown: pd.DataFrame) -> None:
    """Over the week, over months, by category and by district."""
    dark = st.context.theme.type == "dark"
    districts = shown["district"].astype(object).where(shown["district"].notna(), UNKNOWN)
    named = districts if shown["district"].notna().any() else districts.iloc[:0]
    figures = {
        "category": incident_charts.shares(
            shown["category"], "Records by category", "Most answers: {first}, {share} of {total}"
        ),
        "district": incident_charts.shares(named, "Records by district", "Most records: {first}, {share} of {total}"),
        "week": incident_charts.week(shown["datetime"], dark),
        "months": incident_charts.months(shown["datetime"]),
    }
    meanings = {
        "category": "Records by category",
        "district": "Records by district",
        "week": "Records by hour and weekday",
        "months": "Records by month",
    }
    cells = [*st.columns(2, gap="large"), *st.columns(2, gap="large")]
    for cell, (name, figure) in zip(cells, figures.items(), strict=True):
        cell.plotly_chart(charts.readable(figure, dark), key=f"crime-{name}", config=charts.CONFIG, alt=meanings[name])
    likeliest = shown["score"].mean()
    st.caption(
        f"Categories are the best guesses, which were given {percent(float(likeliest))} on average. Rare categories "
        "are hardly ever the best guess where only place and time are known, so that their bars are too short."
    )
