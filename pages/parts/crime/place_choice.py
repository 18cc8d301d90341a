"""A part of the map and its records: what was clicked or drawn, what lies in it, and the areas that a person gives.

What was chosen is handed over as the session's "crime-area": the work, the records' row numbers, what it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import LookoutError
from pages.parts.crime import incident_charts
from pages.parts.crime.filters import AREA, ChosenArea
from pages.parts.crime.table_desk import TableRun
from pages.parts.shared import charts
from pages.parts.shared.words import counted, number, percent, plain

if TYPE_CHECKING:
    from core.maps.areas import Areas
    from core.maps.incidents import Choice, IncidentLayers

PROBLEM = "crime-areas-problem"  # why the last file of areas was not taken
GIVEN = "areas.geojson"  # in the table's folder: the areas that a person gave for it
KINDS = ["geojson", "json", "zip", "gpkg"]
CATEGORIES_SHOWN = 5
CHART_HEIGHT = 200  # px


def areas_for(shown: pd.DataFrame, run: TableRun) -> tuple[Areas | None, str | None]:
    """The borders that the map draws, and what is said of them: those that a person gave, else the shipped ones.

    The shipped ones are drawn only where the table's districts are those, and its records lie in them.
    """
    from core.maps import areas

    path = _path(run)
    key = (str(path), path.stat().st_mtime_ns if path.exists() else None)
    cached: tuple[object, Areas | None, str | None] | None = st.session_state.get("crime-areas")
    if cached is None or cached[0] != key:
        result = run.result
        frame = shown if result is None else result.frame
        if path.exists():
            given_areas = areas.read(GIVEN, path.read_bytes(), frame["district"].dropna().unique())
            cached = (
                key,
                given_areas,
                _about(given_areas, areas.agreement(given_areas, frame), areas.none_inside(given_areas, frame)),
            )
        elif shipped := areas.shipped_for(frame):
            cached = (key, shipped[0], _about(*shipped, False))
        else:
            cached = (key, None, None)
        st.session_state["crime-areas"] = cached
    return cached[1], cached[2]


def _about(borders: Areas, share: float | None, none_inside: bool) -> str:
    """Where borders come from, and how far they fit the records."""
    if none_inside:
        return (
            f"Borders: {plain(borders.source)}; none of the records lies in them: check the file's coordinate system."
        )
    inside = "" if share is None else f"; {percent(share)} of the records lie in the area that they name"
    return f"Borders: {plain(borders.source)}{inside}."


def heard(news: Mapping[str, Any], work: str) -> Choice | None:
    """What is chosen now: what came from the map since the last run, else what was chosen before."""
    from core.maps import incidents

    before = area()
    choice: Choice | None = before["choice"] if before and before["work"] == work else None
    drawings = news.get("all_drawings")
    if drawings:  # before the click: to let go of the mouse at a drawing's end clicks on the hexagon below too
        return incidents.choice_of(drawings[-1])
    if clicked := incidents.choice_of(news.get("last_active_drawing")):
        return clicked
    if drawings == [] and choice is not None and choice.kind == "drawing":
        return None  # it was deleted
    return choice


def area() -> ChosenArea | None:
    """What is handed over; None where nothing is chosen."""
    chosen: ChosenArea | None = st.session_state.get(AREA)
    return chosen


def differs(before: ChosenArea | None) -> bool:
    """Whether other records are handed over than before."""
    now = area()
    if before is None or now is None:
        return before is not now
    return (before["work"], before["choice"]) != (now["work"], now["choice"]) or not np.array_equal(
        before["indices"], now["indices"]
    )


def forget() -> None:
    """Nothing is chosen any more."""
    st.session_state.pop(AREA, None)


def draw(
    layers: IncidentLayers, choice: Choice | None, shown: pd.DataFrame, places: np.ndarray, work: str
) -> Choice | None:
    """What lies in the choice: how many records, their categories and hours; without one, how to choose.

    choice: from the map. Returns what is chosen, which may be an area by its name instead.
    """
    from core.maps import incidents

    choice = _choose_by_name(layers, choice, work)
    if choice is None:
        forget()
        st.markdown(
            "**Choose a part of the map** to see its records, categories and hours: click a hexagon, or draw a "
            "rectangle or another shape with the tools at the map's left edge."
        )
        return None
    rows = incidents.records_in(layers, choice)
    title = _title(choice)
    st.session_state[AREA] = {"work": work, "indices": places[rows], "title": title, "choice": choice}
    chosen = shown.iloc[rows]
    st.markdown(f"##### {plain(title)}", anchors=False)
    st.markdown(
        f"**{counted(len(chosen), 'record')}**, {percent(len(chosen) / max(len(layers.placed), 1))} of "
        f"{number(len(layers.placed))} with a place"
    )
    if len(chosen):
        first = chosen["category"].value_counts().head(CATEGORIES_SHOWN)
        lines = [f"- {plain(name)}: {number(count)} ({percent(count / len(chosen))})" for name, count in first.items()]
        st.markdown("\n".join(line for line, count in zip(lines, first, strict=True) if count))
        dark = st.context.theme.type == "dark"
        figure = incident_charts.hours(chosen["datetime"]).update_layout(height=CHART_HEIGHT)
        st.plotly_chart(
            charts.readable(figure, dark), key="crime-area-hours", config=charts.CONFIG, alt="Records by hour"
        )
    st.button("Show all records", key="crime-area-clear", on_click=forget)
    return choice


def _choose_by_name(layers: IncidentLayers, choice: Choice | None, work: str) -> Choice | None:
    """A list of the areas, for who cannot click on the map; what is chosen in it counts until the map says more."""
    if layers.areas is None:
        return choice
    from core.maps.incidents import Choice

    key = f"crime-area-name-{work}"
    name = choice.value if choice is not None and choice.kind == "area" else None
    if st.session_state.get(key) != name and not st.session_state.pop(f"{key}-changed", False):
        st.session_state[key] = name
    picked = st.selectbox(
        "Area",
        sorted(layers.areas.names),
        index=None,
        key=key,
        placeholder="Choose one by its name",
        on_change=lambda: st.session_state.__setitem__(f"{key}-changed", True),
    )
    if picked is not None and picked != name:
        return Choice("area", picked)
    return None if picked is None and name is not None else choice


def _title(choice: Choice) -> str:
    """What a choice is called."""
    if choice.kind == "area":
        return choice.value
    return "The hexagon clicked on" if choice.kind == "hexagon" else "The area drawn"


def draw_file(shown: pd.DataFrame, run: TableRun) -> None:
    """Where a person gives areas of their own, or takes them off the map again."""
    path = _path(run)
    with st.expander("Borders of your own: districts, beats, areas", expanded=PROBLEM in st.session_state):
        if problem := st.session_state.get(PROBLEM):
            st.error(plain(problem))
        key = f"crime-areas-file-{run.id}"
        st.file_uploader(
            "GeoJSON, a shapefile in a ZIP, or a GeoPackage, in any coordinate system that it names",
            type=KINDS,
            key=key,
            on_change=_take,
            args=(key, path, tuple(shown["district"].dropna().unique())),
        )
        if path.exists():
            st.button("Remove these borders", key="crime-areas-remove", on_click=_remove, args=(path,))


def _path(run: TableRun) -> Path:
    return run.output.parent / GIVEN


def _take(key: str, path: Path, districts: tuple[str, ...]) -> None:
    from core.maps import areas

    st.session_state.pop(PROBLEM, None)
    if file := st.session_state[key]:
        try:
            path.write_bytes(areas.written(areas.read(file.name, file.getvalue(), districts)))
        except LookoutError as problem:
            st.session_state[PROBLEM] = problem.message


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    forget()
