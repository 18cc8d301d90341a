"""Flood: an area and rain in; a map of the water over time out, checked by the solver and downloaded."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.flood.words import NOT_ALONE, version_line
from pages.parts.shared.words import plain
from pages.parts.shell import in_service, navigation, recent_work

TITLE = "Flood"
GROUP = "Analyse"
ORDER = 30
SYSTEM = "flood"

RECENT = 8  # works below the form

DOWNLOAD, SECTION, CHECK, COMPARE, RIGHT = VIEWS = (
    "Download", "Section", "Check with the solver", "Compare", "Was it right?",
)  # fmt: skip

st.title("Flood", anchor=False)
card = in_service.card_of(SYSTEM)
st.markdown(card.question)

from pages.parts.flood import (  # noqa: E402 - pandas and maps take a while
    comparison,
    downloads,
    ensemble,
    forecast_job,
    forecast_view,
    forecasts,
    solver_check,
)
from pages.parts.flood.drawing import section  # noqa: E402
from pages.parts.flood.intake import prefill, request_form  # noqa: E402


def draw_intake(title: str, identifier: str, requests: Sequence[forecasts.StoredRequest], unfold: bool = False) -> None:
    """The form in one line, which unfolds with what is shown below it filled in."""
    key = f"flood-change-{identifier}{'-unfolded' if unfold else ''}"
    with st.expander(f"{plain(title)}; change", expanded=unfold, on_change="rerun", key=key) as intake:
        if intake.open:
            prefill.fill(identifier, requests)
            request_form.draw()


def draw_forecast(identifier: str) -> None:
    """The forecast that the address names: the answer, the map, and what to do with it."""
    try:
        forecast = forecasts.read(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        request_form.draw()
        return
    navigation.name_tab(f"{TITLE}: {forecast.title}")
    draw_intake(forecast.title, forecast.id, [forecast.whole_request] if forecast.request else [])
    forecast_view.draw_head(forecast)
    st.caption(NOT_ALONE)
    forecast_view.draw_map(forecast)
    first = COMPARE if comparison.BESIDE in st.query_params else DOWNLOAD
    first = SECTION if section.LINE in st.query_params else first
    view = st.segmented_control(
        "With this forecast", VIEWS, default=first, required=True, key="flood-view", wrap=True, persist_state="session"
    )
    if view == DOWNLOAD:
        downloads.draw(forecast, card)
    elif view == SECTION:
        section.draw(forecast.folder, forecast.clock.time)
    elif view == CHECK:
        solver_check.draw(forecast)
    elif view == COMPARE:
        comparison.draw(forecast)
    else:
        forecast_view.draw_feedback(card, forecast)


def draw_ensemble(batch: str) -> None:
    """The forecasts of many rains that the address names."""
    try:
        members = forecasts.read_ensemble(batch)
    except LookoutError as problem:
        st.error(plain(problem.message))
        request_form.draw()
        return
    requests = forecasts.kept_requests(batch) or [member.whole_request for member in members if member.request]
    navigation.name_tab(f"{TITLE}: {ensemble.title(members)}")
    draw_intake(ensemble.title(members), batch, requests)
    ensemble.draw(members, batch)


if problem := inference.not_ready():
    st.info(f"{problem} An area and rain may be chosen already.")
current = forecast_job.find()
if forecast_id := st.query_params.get(forecast_job.FORECAST):
    draw_forecast(forecast_id)
elif batch := st.query_params.get(forecast_job.ENSEMBLE):
    draw_ensemble(batch)
elif current is not None and current.removed_at is not None:
    recent_work.draw_removed(current)
    draw_intake(current.title, current.id, forecasts.kept_requests(current.id))
elif current is not None:
    forecast_job.give_way(current)
    unfold = current.state in ("failed", "cancelled", "done")  # done without a forecast: all failed
    if unfold:  # above the form: what happened is seen first
        forecast_job.draw(current)
    draw_intake(current.title, current.id, forecasts.kept_requests(current.id), unfold)
    if not unfold:
        forecast_job.draw(current)
else:
    prefill.forget()
    request_form.draw()
    st.caption(NOT_ALONE)
    recent_work.draw(SYSTEM, RECENT)
st.caption(version_line(card))
