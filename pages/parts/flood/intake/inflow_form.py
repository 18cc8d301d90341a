"""Rivers that bring water: places on the map or typed, each with a discharge over time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.flood.words import SYSTEM, duration_text
from pages.parts.shared.words import NO_BREAK, number, plain

KEY = "flood-inflows"
PICKED = "flood-inflow-picked"  # the click that the fields were filled from last
PROPOSED = "flood-inflow-proposed"  # a click that they are still to be filled from
LATITUDE, LONGITUDE = "flood-inflow-latitude", "flood-inflow-longitude"
PEAK, RISE, FALL = "flood-inflow-peak", "flood-inflow-rise", "flood-inflow-fall"
NAME = "name"  # of an inflow, on this page alone


def entries() -> list[dict[str, Any]]:
    """Those that were added, as a request has them, with a name."""
    found: list[dict[str, Any]] = st.session_state.setdefault(KEY, [])
    return found


def requested() -> list[dict[str, Any]]:
    """The same for a request."""
    return [{name: value for name, value in one.items() if name != NAME} for one in entries()]


def marks() -> list[dict[str, Any]]:
    """The same for a map."""
    return [
        {"name": one[NAME], "latitude": one["latitude"], "longitude": one["longitude"], "flooded": True,
         "told": f"{one[NAME]}\n{_told(one)}"}
        for one in entries()
    ]  # fmt: skip


def propose(picked: tuple[float, float]) -> None:
    """Have the place that was chosen on the map filled in, when the fields are drawn next."""
    st.session_state[PICKED], st.session_state[PROPOSED] = picked, picked


def draw() -> None:
    """Those there are, and the fields of one more."""
    for place, one in enumerate(entries()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{plain(one[NAME])}** at {one['latitude']:.5f}, {one['longitude']:.5f}: {_told(one)}",
                width="stretch",
            )
            st.button("Take away", key=f"flood-inflow-away-{place}", on_click=entries().pop, args=(place,))
    st.caption("Choose a place on the map of the area, or type it. Then say how much water comes when.")
    if (place := st.session_state.pop(PROPOSED, None)) is not None:
        st.session_state[LATITUDE], st.session_state[LONGITUDE] = (round(one, 6) for one in place)
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
    ready = st.session_state[LATITUDE] is not None and st.session_state[LONGITUDE] is not None
    st.button("Add this inflow", key="flood-inflow-add", on_click=_add, args=(file,), disabled=not ready)
    if problem := st.session_state.get("flood-inflow-problem"):
        st.error(plain(problem))


def _add(file: Any) -> None:
    st.session_state["flood-inflow-problem"] = None
    try:
        series = _typed() if file is None else inference.workbench(SYSTEM).inflow(file.getvalue(), file.name)
    except LookoutError as problem:
        st.session_state["flood-inflow-problem"] = problem.message
        return
    latitude, longitude = st.session_state[LATITUDE], st.session_state[LONGITUDE]
    name = f"Inflow {len(entries()) + 1}"
    entries().append({NAME: name, "latitude": latitude, "longitude": longitude, "series": series})
    st.session_state["flood-inflow-drops"] += 1
    st.session_state[LATITUDE] = st.session_state[LONGITUDE] = None


def _typed() -> list[list[float]]:
    """Rows of a triangle: time [s] and discharge [m3/s]."""
    peak, rise, fall = (float(st.session_state[key]) for key in (PEAK, RISE, FALL))
    return [[0.0, 0.0], [60 * rise, peak], [60 * (rise + fall), 0.0]]


def _told(one: dict[str, Any]) -> str:
    rows = one["series"]
    time, most = max(rows, key=lambda row: row[1])
    return f"up to {number(most)}{NO_BREAK}m³/s after {duration_text(time)}"
