"""Flood: an area and rain in; a map of the water over time out, checked by the solver and taken away."""

from __future__ import annotations

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.flood.words import NOT_ALONE, version_line
from pages.parts.shared.words import plain

TITLE = "Flood"
GROUP = "Analyse"
ORDER = 30
SYSTEM = "flood"

TAKE, CHECK, COMPARE, RIGHT = VIEWS = ("Take away", "Check with the solver", "Compare", "Was it right?")

st.title("Flood", anchor=False)
card = next(card for card in inference.catalogue() if card.name == SYSTEM)
st.markdown(card.question)
st.caption(NOT_ALONE)
if card.champion is None:
    st.error(
        f"Expected a version of {SYSTEM} in service. Found none. Train one with `python -m core train {SYSTEM}`, "
        "then make it the champion."
    )
    st.stop()

from pages.parts.flood import (  # noqa: E402 - pandas and maps take a while
    comparison,
    downloads,
    ensemble,
    forecast_job,
    forecast_view,
    forecasts,
    solver_check,
)
from pages.parts.flood.intake import request_form  # noqa: E402


def draw_forecast(identifier: str) -> None:
    """The forecast that the address names: the answer, the map, and what to do with it."""
    try:
        forecast = forecasts.read(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    forecast_view.draw_head(forecast)
    forecast_view.draw_map(forecast)
    first = COMPARE if comparison.BESIDE in st.query_params else TAKE
    view = st.segmented_control(
        "With this forecast", VIEWS, default=first, required=True, key="flood-view", wrap=True, persist_state="session"
    )
    if view == TAKE:
        downloads.draw(forecast, card)
    elif view == CHECK:
        solver_check.draw(forecast)
    elif view == COMPARE:
        comparison.draw(forecast)
    else:
        forecast_view.draw_feedback(card, forecast)


if problem := inference.not_ready():
    st.info(f"{problem} An area and rain may be chosen already.")
if forecast_id := st.query_params.get(forecast_job.FORECAST):
    draw_forecast(forecast_id)
elif batch := st.query_params.get(forecast_job.ENSEMBLE):
    ensemble.draw(batch)
if forecast_id or st.query_params.get(forecast_job.ENSEMBLE):
    with st.expander("Another forecast", on_change="rerun", key="flood-another") as another:
        if another.open:
            request_form.draw()
else:
    request_form.draw()
st.caption(version_line(card))
