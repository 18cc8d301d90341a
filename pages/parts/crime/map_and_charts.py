"""The chosen records on a map and in charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.crime import incident_charts, place_choice
from pages.parts.crime.run_result import UNKNOWN
from pages.parts.crime.table_desk import TableRun
from pages.parts.shared import charts
from pages.parts.shared.words import counted, number, percent

if TYPE_CHECKING:
    from core.maps.areas import Areas
    from core.maps.incidents import IncidentLayers

MAP_WIDTHS = (2.2, 1)  # of the map, and of what was chosen on it
COLUMNS = ["latitude", "longitude", "category", "district", "datetime", "score", "mode"]


def draw_map(shown: pd.DataFrame, run: TableRun, places: np.ndarray) -> None:
    """Where the records were reported, what the map leaves out, and beside it what was chosen on it.

    shown: the records that pass the filters. places: their row numbers in the run's result.
    """
    from core.maps import incidents  # Folium takes a while to import: only who asks for the map waits
    from pages.parts.shared import maps

    dark = st.context.theme.type == "dark"
    work = run.id
    shown_areas, border_source = place_choice.areas_for(shown, run)
    with st.container():  # what waits and what is drawn keep their places, so that the map is not drawn anew
        layers = _layers(shown, run, places, shown_areas)
    if layers is None:
        place_choice.forget()
        st.info(
            "None of these records has coordinates, so there is no map. Give latitude and longitude, or see the charts "
            "by district."
        )
        return
    key = f"crime-map-{work}"
    before = place_choice.area()
    cells = st.columns(MAP_WIDTHS, gap="medium")
    with cells[1]:  # first, since what is chosen by its name is marked on the map too
        choice = place_choice.draw(layers, place_choice.heard(maps.news(key), work), shown, places, work)
    with cells[0]:
        maps.draw(
            incidents.draw(layers, key=work, dark=dark),
            key=key,
            height=incidents.HEIGHT,
            added=incidents.marked(layers, choice, dark),
        )
    _say(layers, len(shown), border_source)
    place_choice.draw_file(shown, run)
    if place_choice.differs(before):
        st.rerun()  # filters above the map and the table below it know of the choice before it is drawn


def _layers(shown: pd.DataFrame, run: TableRun, places: np.ndarray, shown_areas: Areas | None) -> IncidentLayers | None:
    """What the map shows of the records, counted once; None without a place."""
    from core.maps import incidents

    key = (str(run.output), len(places), hash(places.tobytes()))
    cached: tuple[object, Areas | None, IncidentLayers | None] | None = st.session_state.get("drawn-map")
    if cached is None or cached[0] != key or cached[1] is not shown_areas:
        with st.spinner("Drawing the map"):
            frame = shown[COLUMNS].reset_index(drop=True)
            placed = frame[frame["latitude"].notna() & frame["longitude"].notna()]
            told = pd.Series("", index=frame.index)
            few = incidents.sample(placed)
            told[few.index] = _told(few)
            cached = (key, shown_areas, incidents.prepare(frame.assign(told=told), shown_areas))
        st.session_state["drawn-map"] = cached
    return cached[2]


def _say(layers: IncidentLayers, records: int, border_source: str | None) -> None:
    """What the map leaves out, and where its borders and its ground come from."""
    from core.maps import base

    placed = len(layers.placed)
    text = f"{counted(placed, 'record')} with a place"
    if without := records - placed:
        text += f"; {number(without)} without one are not on the map"
    text += f". Hexagons are {layers.width} wide; those with fewer than 5 records are not shown, "
    text += f"which hides {counted(layers.hexes.hidden, 'record')}." if layers.hexes.hidden else "and there were none."
    if len(layers.markers) < placed:
        text += f" Clusters show a random sample of {number(len(layers.markers))} records."
    sources = " ".join(filter(None, (border_source, base.ground_words(layers.low, layers.high))))
    st.caption(
        f"{text} {sources} "
        "Places are known by the block. The map shows where incidents were reported: it says nothing of the "
        "risk of a place."
    )


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
        "district": incident_charts.shares(
            named, "Records by district", "Most records in district {first}, {share} of {total}"
        ),
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
