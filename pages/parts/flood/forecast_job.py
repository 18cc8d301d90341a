"""A forecast at work: a job that outlives the tab, its progress, and what to do when it ends.

The address names it: `?job=` while it works, `?forecast=` once it is in the log, `?ensemble=` for many rains. So a tab
that was closed comes back by its address, and a link reopens what somebody else forecast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import streamlit as st

from core import inference, jobs
from core.contract import Prediction
from core.errors import LookoutError
from core.jobs import Job
from core.progress import ProgressListener
from pages.parts.flood.words import progress_text
from pages.parts.flood.workbench import SYSTEM
from pages.parts.shared.words import plain, time_left

JOB, FORECAST, ENSEMBLE = "job", "forecast", "ensemble"  # in the page's address
REQUESTS, PROBLEM = "flood-asked", "flood-problem"
SECONDS_BETWEEN_LOOKS = 0.4


def start(requests: Sequence[Mapping[str, object]]) -> None:
    """Forecast in the background; several requests are an ensemble."""
    batch = str(uuid4()) if len(requests) > 1 else None

    def work(progress: ProgressListener) -> Iterator[Prediction]:
        return inference.stream(SYSTEM, requests, source="page", batch=batch, progress=progress)

    st.session_state[PROBLEM] = None
    try:
        job = jobs.submit_listed(work, len(requests), SYSTEM)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state[REQUESTS] = requests
    st.query_params.clear()
    st.query_params[JOB] = job.id


def open_forecast(identifier: str) -> None:
    """Have the page show a forecast of the log."""
    st.query_params.clear()
    st.query_params[FORECAST] = identifier


def open_ensemble(batch: str) -> None:
    """Have the page show an ensemble of the log."""
    st.query_params.clear()
    st.query_params[ENSEMBLE] = batch


def draw() -> None:
    """The job that the address names: how far it is, or why there is no forecast of it."""
    if message := st.session_state.get(PROBLEM):
        st.error(plain(message))
    identifier = st.query_params.get(JOB)
    if identifier is None:
        return
    try:
        job = jobs.find(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if job.finished:
        _finish(job)
    else:
        st.fragment(_draw_progress, run_every=SECONDS_BETWEEN_LOOKS)(job)


def _draw_progress(job: Job[Prediction]) -> None:
    if job.finished:
        st.rerun()  # the whole page once more, with the forecast
    with st.container(horizontal=True, vertical_alignment="center", key="flood-progress"):
        text = f"{progress_text(job.latest)}. {time_left(job.seconds_left).capitalize()}."
        st.progress(min(job.fraction, 1.0), text=text)
        st.button("Cancel", key="flood-cancel", on_click=job.cancel)
    st.caption("It goes on when this tab is closed. The address above brings you back to it.")


def _finish(job: Job[Prediction]) -> None:
    """Go to the forecast; or say why there is none, and offer to begin again."""
    answered = [prediction for prediction in job.results if prediction.answer]
    if job.state == "done" and answered:  # of several rains some may have failed: their page says so
        st.query_params.clear()
        if job.total == 1:
            st.query_params[FORECAST] = answered[0].id
        else:
            st.query_params[ENSEMBLE] = str(answered[0].batch)
        st.rerun()
    error = next((prediction.error for prediction in job.results if prediction.error), None)
    with st.container(key="flood-stopped"):
        if job.state == "cancelled":
            st.info("Stopped as asked. There is no forecast of it.")
        else:
            st.error(plain(error or job.error or jobs.UNEXPECTED))
        if requests := st.session_state.get(REQUESTS):
            st.button("Start it again", key="flood-again", on_click=start, args=(requests,))
