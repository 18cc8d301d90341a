"""Rivers that bring water: points on the map or typed, each with a discharge over time."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import LookoutError
from core.written_numbers import NO_BREAK
from pages.parts.flood.intake import templates
from pages.parts.flood.map_frame import Point
from pages.parts.flood.words import duration_text
from pages.parts.flood.workbench import RequestedInflow, SeriesRows, bench
from pages.parts.shared.words import number, plain

KEY = "flood-inflows"
PICKED = "flood-inflow-picked"  # the point on the map that the fields were filled from last
PROPOSED = "flood-inflow-proposed"  # a point that they are still to be filled from
LATITUDE, LONGITUDE = "flood-inflow-latitude", "flood-inflow-longitude"
PEAK, RISE, FALL = "flood-inflow-peak", "flood-inflow-rise", "flood-inflow-fall"


class NamedInflow(TypedDict):
    """An inflow as the page keeps it: that of a request, with a name for the page alone."""

    name: str
    latitude: float
    longitude: float
    series: SeriesRows


def inflows() -> list[NamedInflow]:
    """The inflows that were added in this visit; the list itself, to be changed."""
    entries: list[NamedInflow] = st.session_state.setdefault(KEY, [])
    return entries


def requested() -> list[RequestedInflow]:
    """The inflows for a request, without their names."""
    return [
        {"latitude": inflow["latitude"], "longitude": inflow["longitude"], "series": inflow["series"]}
        for inflow in inflows()
    ]


def marks() -> list[tuple[float, float, str]]:
    """The inflows as marks for a map of the ground: latitude, longitude, and the text beside it."""
    return [
        (inflow["latitude"], inflow["longitude"], f"{inflow['name']}\n{_peak_text(inflow)}") for inflow in inflows()
    ]


def propose(picked: Point) -> None:
    """Have the point that was chosen on the map filled in when the fields are drawn next."""
    st.session_state[PICKED], st.session_state[PROPOSED] = picked, picked


def draw() -> None:
    """The inflows there are, and the fields of one more."""
    for index, inflow in enumerate(inflows()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{plain(inflow['name'])}** at {inflow['latitude']:.5f}, {inflow['longitude']:.5f}: "
                f"{_peak_text(inflow)}",
                width="stretch",
            )
            st.button("Remove", key=f"flood-inflow-away-{index}", on_click=_remove, args=(index,))
    st.caption("Choose a place on the map of the area, or type it. Then say how much water comes when.")
    if (point := st.session_state.pop(PROPOSED, None)) is not None:
        st.session_state[LATITUDE], st.session_state[LONGITUDE] = (round(degrees, 6) for degrees in point)
    north, east = st.columns(2)
    north.number_input("Latitude", -90.0, 90.0, value=None, format="%.6f", key=LATITUDE, placeholder="degrees")
    east.number_input("Longitude", -180.0, 180.0, value=None, format="%.6f", key=LONGITUDE, placeholder="degrees")
    peak, rise, fall = st.columns(3)
    peak.number_input("Peak [m³/s]", 0.0, 1e6, value=50.0, step=10.0, format="%.1f", key=PEAK)
    rise.number_input("Rises within [min]", 1.0, 1e5, value=60.0, step=15.0, format="%.0f", key=RISE)
    fall.number_input("Falls within [min]", 1.0, 1e5, value=120.0, step=15.0, format="%.0f", key=FALL)
    drops = st.session_state.setdefault("flood-inflow-drops", 0)
    file = st.file_uploader(
        "Or a CSV with time_s and discharge_m3_per_s", type=["csv", "txt", "tsv"], key=f"flood-inflow-file-{drops}"
    )
    templates.draw(templates.INFLOW)
    ready = st.session_state[LATITUDE] is not None and st.session_state[LONGITUDE] is not None
    st.button("Add this inflow", key="flood-inflow-add", on_click=_add, args=(file,), disabled=not ready)
    if problem := st.session_state.get("flood-inflow-problem"):
        st.error(plain(problem))


def _remove(index: int) -> None:
    inflows().pop(index)


def _add(file: UploadedFile | None) -> None:
    st.session_state["flood-inflow-problem"] = None
    try:
        series = _triangle() if file is None else bench().inflow(file.getvalue(), file.name)
    except LookoutError as problem:
        st.session_state["flood-inflow-problem"] = problem.message
        return
    latitude, longitude = st.session_state[LATITUDE], st.session_state[LONGITUDE]
    name = f"Inflow {len(inflows()) + 1}"
    inflows().append({"name": name, "latitude": latitude, "longitude": longitude, "series": series})
    st.session_state["flood-inflow-drops"] += 1
    st.session_state[LATITUDE] = st.session_state[LONGITUDE] = None


def _triangle() -> SeriesRows:
    """The typed discharge: a triangle, as rows of time [s] and discharge [m3/s]."""
    peak, rise, fall = (float(st.session_state[key]) for key in (PEAK, RISE, FALL))
    return [[0.0, 0.0], [60 * rise, peak], [60 * (rise + fall), 0.0]]


def _peak_text(inflow: NamedInflow) -> str:
    time, peak = max(inflow["series"], key=lambda row: row[1])
    return f"up to {number(peak)}{NO_BREAK}m³/s after {duration_text(time)}"
