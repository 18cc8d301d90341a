"""The form filled from the forecast that is shown, so that another one starts from what is on the map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import streamlit as st

from core.errors import InvalidInput
from pages.parts.flood.forecasts import StoredRequest
from pages.parts.flood.intake import (
    area_form,
    inflow_form,
    options_form,
    places_form,
    rain_form,
    rain_table,
    start_form,
)
from pages.parts.flood.workbench import SeriesRows, bench
from pages.parts.shared.words import viewer_zone

FILLED = "flood-form-of"  # the id of the forecast or work that the form was filled from
TOLERANCE = 1e-6  # relative, between a storm and the rows of a request
MINUTE = 60.0  # [s]


def fill(identifier: str, requests: Sequence[StoredRequest]) -> None:
    """Fill all fields, once for each `identifier`: what a person changes afterwards stays.

    requests: of a forecast, or those of an ensemble, which differ in their rain alone; none where they are not kept.
    """
    if not requests or st.session_state.get(FILLED) == identifier:
        return
    st.session_state[FILLED] = identifier
    first = requests[0]
    starts_at = first.get("starts_at")
    start = datetime.fromisoformat(starts_at).astimezone(viewer_zone()) if starts_at else None
    _fill_area(first)
    with suppress(InvalidInput):  # what was refused is not offered again
        _fill_rain([rain for request in requests if (rain := request.get("rain"))], start)
    st.session_state[inflow_form.KEY] = [
        {"name": f"Inflow {number}", **inflow} for number, inflow in enumerate(first.get("inflows") or [], 1)
    ]
    st.session_state[places_form.KEY] = first.get("assets")
    _fill_options(first)


def forget() -> None:
    """Have the form filled again when the next forecast is shown."""
    st.session_state.pop(FILLED, None)


def _fill_area(request: StoredRequest) -> None:
    area = (request.get("dem") or {}).get("area")
    if area is None or area not in [listed.name for listed in bench().areas()]:
        return
    st.session_state[area_form.NEXT_AREA] = area
    if (size := request.get("cell_size")) is not None:
        st.session_state[area_form.cells_key(area)] = size


def _fill_rain(members: Sequence[SeriesRows], start: datetime | None) -> None:
    """The rain as it was asked: as a storm where it is one, else as a table that is kept."""
    st.session_state[start_form.KEY] = f"{start:{start_form.DATE_FORMAT}}" if start else ""
    if not members:
        st.session_state[rain_form.KIND] = rain_form.NONE
        return
    storm = _as_storm(members[0]) if len(members) == 1 else None
    if storm is not None:
        st.session_state[rain_form.KIND] = rain_form.STORM
        st.session_state.update(storm)
        return
    st.session_state[rain_form.KIND] = rain_form.TABLE
    rain_table.keep(rain_table.in_words(members), members, start)


def _as_storm(rows: SeriesRows) -> dict[str, object] | None:
    """The fields of a design storm that gives these rows; None where none does."""
    workbench = bench()
    totals = workbench.summary(rows)
    depth, minutes = round(totals.total, 1), float(round(totals.duration / MINUTE))
    middle = rows[len(rows) // 2][0] / rows[-1][0] if rows[-1][0] else 0.0  # a triangle's peak
    peaks = {0.4, float(st.session_state.get(rain_form.PEAK) or 0.4), round(middle, 2)}
    if not (depth >= 0.1 and minutes >= 1):
        return None
    for shape in workbench.SHAPES:
        for peak in sorted(peak for peak in peaks if 0.05 <= peak <= 0.95):
            if _alike(workbench.storm(depth, minutes, shape, peak), rows):
                return {
                    rain_form.DEPTH: depth, rain_form.MINUTES: minutes, rain_form.SHAPE: shape, rain_form.PEAK: peak,
                }  # fmt: skip
    return None


def _alike(rows: SeriesRows, others: SeriesRows) -> bool:
    return len(rows) == len(others) and all(
        math.isclose(number, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for row, other_row in zip(rows, others, strict=True)
        for number, other in zip(row, other_row, strict=True)
    )


def _fill_options(request: StoredRequest) -> None:
    state = st.session_state
    lead_times = request.get("lead_times_s") or []
    steps = min(max(len(lead_times), options_form.MIN_STEPS), options_form.MAX_STEPS)
    state[options_form.STEPS_KEY] = steps if lead_times else options_form.STEPS
    state[options_form.MODE] = request.get("mode") or "accurate"
    state[options_form.CHANCES] = 1
    state[options_form.EDGES_KEY] = list(request.get("open_edges") or ())
    if duration := request.get("duration_s"):
        state[options_form.EXACT] = True
        state[options_form.HOURS] = min(max(float(duration) / 3600, options_form.MIN_HOURS), options_form.MAX_HOURS)
    manning = request.get("manning", options_form.DEFAULT_N)
    state[options_form.ZONES_KEPT] = manning.get("zones") if isinstance(manning, Mapping) else None
    n = float(manning.get("default", options_form.DEFAULT_N) if isinstance(manning, Mapping) else manning)
    ground = next((name for name, value in bench().ROUGHNESS.items() if math.isclose(value, n)), None)
    state[options_form.GROUND] = ground or options_form.OWN_NUMBER
    state[options_form.OWN_N] = n
