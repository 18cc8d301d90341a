"""A forecast at work: it outlives the tab and a restart; its progress, and what to do when it ends.

The address names it: `?work=` while it works, `?forecast=` once it is in the log, `?ensemble=` for many rains. So a tab
that was closed comes back by its address, and a link reopens what somebody else forecast. `?job=` is an older name of
`?work=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import streamlit as st

from core import inference, jobs, work
from core.contract import Prediction
from core.errors import LookoutError
from core.jobs import Job
from core.progress import ProgressListener
from core.work import Work
from pages.parts.flood import forecasts
from pages.parts.flood.forecasts import StoredRequest
from pages.parts.flood.words import progress_text
from pages.parts.flood.workbench import SYSTEM
from pages.parts.shared.words import counted, number, plain, time_left

WORK, JOB, FORECAST, ENSEMBLE = "work", "job", "forecast", "ensemble"  # in the page's address
PROBLEM = "flood-problem"
SECONDS_BETWEEN_LOOKS = 0.4
SECONDS_BETWEEN_LOOKS_ELSEWHERE = 2.0  # at a work of another process, whose progress is in the store


def start(requests: Sequence[Mapping[str, object]]) -> None:
    """Forecast in the background; several requests are an ensemble."""
    st.session_state[PROBLEM] = None
    try:
        current = begin(requests)
        run(current, requests)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    open_work(current.id)


def begin(requests: Sequence[Mapping[str, object]]) -> Work:
    """A work that holds these requests, not started yet. Raises StoreUnavailable."""
    title = forecasts.works_title(cast(Sequence[StoredRequest], requests))
    current = work.begin(SYSTEM, title, len(requests))
    forecasts.keep_requests(current.folder, requests)
    return current


def run(current: Work, requests: Sequence[Mapping[str, object]], before: int = 0) -> Job[Prediction]:
    """Start a work, or go on with it; its id is the batch of its forecasts in the log. Raises Busy, StoreUnavailable.

    requests: all of them. before: how many are in the log already.
    """

    def answer(progress: ProgressListener) -> Iterator[Prediction]:
        return inference.stream(SYSTEM, requests[before:], source="page", batch=current.id, progress=progress)

    return work.run(current, answer, results=len(requests) - before, before=before, long=True)


def proceed(current: Work) -> None:
    """Go on with a work after an interruption, from the first request that is not in the log; or begin it again."""
    requests = forecasts.kept_requests(current.id)
    st.session_state[PROBLEM] = None
    try:
        before = forecasts.finished(current.id)
        if before < len(requests) or current.state == "interrupted":
            run(current, requests, before)
            open_work(current.id)
        else:
            start(requests)  # all failed: their reasons stay with the first try
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message


def open_work(identifier: str) -> None:
    """Have the page show a work."""
    st.query_params.clear()
    st.query_params[WORK] = identifier


def open_forecast(identifier: str) -> None:
    """Have the page show a forecast of the log."""
    st.query_params.clear()
    st.query_params[FORECAST] = identifier


def open_ensemble(batch: str) -> None:
    """Have the page show an ensemble of the log."""
    st.query_params.clear()
    st.query_params[ENSEMBLE] = batch


def named() -> str | None:
    """The id of the work that the address names; None where it names none."""
    return st.query_params.get(WORK) or st.query_params.get(JOB)


def find() -> Work | None:
    """The work that the address names; None where it names none, or one that is gone, which is then told."""
    if message := st.session_state.get(PROBLEM):
        st.error(plain(message))
    identifier = named()
    if identifier is None:
        return None
    try:
        return work.find(identifier)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None


def draw(current: Work) -> None:
    """How far a work is, or why there is no forecast of it."""
    job = work.job_of(current.id)
    if job is not None and not job.finished:
        st.fragment(_draw_progress, run_every=SECONDS_BETWEEN_LOOKS)(job)
        return
    current = work.find(current.id)  # a job that ended just now has noted how
    if current.running:
        st.fragment(_draw_elsewhere, run_every=SECONDS_BETWEEN_LOOKS_ELSEWHERE)(current.id)
        return
    give_way(current)
    _draw_end(current, forecasts.answered(current.id))


def give_way(current: Work) -> None:
    """Go to the forecast of a work that is done; of several rains some may have failed: their page says so."""
    if current.state == "done" and (answered := forecasts.answered(current.id)):
        _open_answers(current, answered)
        st.rerun()


def _open_answers(current: Work, answered: Sequence[str]) -> None:
    if current.total == 1:
        open_forecast(answered[0])
    else:
        open_ensemble(current.id)


def _draw_progress(job: Job[Prediction]) -> None:
    if job.finished:
        st.rerun()  # the whole page once more, with the forecast
    with st.container(horizontal=True, vertical_alignment="center", key="flood-progress"):
        text = f"{progress_text(job.latest)}. {time_left(job.seconds_left).capitalize()}."
        st.progress(min(job.fraction, 1.0), text=text)
        st.button("Cancel", key="flood-cancel", on_click=job.cancel)
    st.caption("It goes on when this tab is closed. The address above brings you back to it, and so does Recent work.")


def _draw_elsewhere(identifier: str) -> None:
    """How far a work of another process is, as that process notes it."""
    current = work.find(identifier)
    if not current.running:
        st.rerun()
    text = f"Another server process works on it: {number(current.done)} of {counted(current.total, 'forecast')} done."
    st.progress(min(current.done / max(current.total, 1), 1.0), text=text)


def _draw_end(current: Work, answered: Sequence[str]) -> None:
    """Why a work ended before its forecast; what there is of it, and the button that goes on."""
    some = f" {number(len(answered))} of {counted(current.total, 'rain')} are forecast." if answered else ""
    with st.container(key="flood-stopped"):
        if current.state == "cancelled":
            st.info(f"Stopped as asked.{some or ' There is no forecast of it.'}")
        elif current.state == "interrupted":
            st.info(f"A restart of the server interrupted it.{some}")
        else:
            failures = forecasts.failures(current.id)
            st.error(plain((failures[0] if failures else current.error) or jobs.UNEXPECTED) + some)
        with st.container(horizontal=True):
            if forecasts.kept_requests(current.id):
                label = "Go on" if answered or current.state == "interrupted" else "Start it again"
                st.button(label, key="flood-again", type="primary", on_click=proceed, args=(current,))
            if answered:
                label = "Show what is forecast"
                st.button(label, key="flood-part", on_click=_open_answers, args=(current, answered))
