"""The check of a forecast: the solver in the background, both beside one another, its class in the log as truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from core import inference, jobs
from core.errors import LookoutError
from core.jobs import Job
from core.maps.flood import forecast_folder
from core.progress import ProgressListener
from pages.parts.flood import side_by_side
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.words import SYSTEM, progress_text, runtime_text
from pages.parts.shared.words import percent, plain, time_left

SECONDS_BETWEEN_LOOKS = 1.0
METRIC_WIDTH = 165  # px: two stand side by side on a phone
NAMES = ("Forecast", "Solver")
SOURCE = "solver"  # of the truth, in the log
_running: dict[str, Job[Any]] = {}
"""The latest check of each forecast, by its id: whoever opens the forecast sees it, also after a closed tab."""


def start(found: LoggedForecast) -> None:
    """Run the solver in the background; what it finds enters the log as the truth."""
    bench = inference.workbench(SYSTEM)

    def work(progress: ProgressListener) -> Iterator[Any]:
        done = bench.check(found.folder.path, progress)
        inference.feedback(found.id, done.value, source=SOURCE)
        yield done

    key = f"flood-check-problem-{found.id}"
    st.session_state[key] = None
    try:
        _running[found.id] = jobs.submit_listed(work, 1, f"check of {found.id}")
    except LookoutError as problem:
        st.session_state[key] = problem.message


def draw(found: LoggedForecast) -> None:
    """The button, how far the solver is, or both beside one another."""
    if problem := st.session_state.get(f"flood-check-problem-{found.id}"):
        st.error(plain(problem))
    job = _running.get(found.id)
    if job is not None and not job.finished:
        st.fragment(_draw_progress, run_every=SECONDS_BETWEEN_LOOKS)(job)
        return
    if job is not None and job.state != "done":
        if job.state == "cancelled":
            st.info("Stopped as asked. Nothing was recorded.")
        else:
            st.error(plain(job.error or jobs.UNEXPECTED))
    known = inference.workbench(SYSTEM).checked(found.folder.path)
    if known is None:
        st.markdown(
            "The solver computes the same event in small steps, without a network. It takes longer, and is what the "
            "forecast is measured against. What it finds enters the log as the truth, for Monitoring."
        )
        st.button("Run the solver", key="flood-check", type="primary", on_click=start, args=(found,))
        return
    _draw_result(found, known)


def _draw_progress(job: Job[Any]) -> None:
    if job.finished:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="flood-check-progress"):
        said = f"{progress_text(job.latest)}. {time_left(job.seconds_left).capitalize()}."
        st.progress(min(job.fraction, 1.0), text=said)
        st.button("Cancel", key="flood-check-cancel", on_click=job.cancel)


def _draw_result(found: LoggedForecast, known: Any) -> None:
    try:
        solved = forecast_folder.read(known.folder)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    place = st.container()
    compared = side_by_side.draw(found.folder, solved, NAMES)
    if compared is None:
        return
    with place:
        seconds = float((found.details.get("summary") or found.summary)["seconds"])
        st.markdown(f"**{agreement_text(compared, seconds)}**")
        draw_metrics(compared)
    answer = found.prediction.answer
    agree = answer is not None and answer.value == known.value
    st.caption(
        f"The truth in the log: the deepest hundredth of the area gets {plain(known.value)} by the solver, "
        + ("as the forecast said." if agree else f"where the forecast said {plain(answer.value if answer else '')}.")
    )
    side_by_side.draw_figures(compared, NAMES)


def agreement_text(compared: Any, seconds: float) -> str:
    """How alike both are, and what each took; `seconds`: the forecast [s]."""
    share = compared.csi[min(compared.csi)]
    said = "Neither floods anything" if share is None else f"Both agree on {percent(share)} of what either floods"
    return f"{said}. The forecast took {runtime_text(seconds)}, the solver {runtime_text(compared.seconds_other)}."


def csi_text(share: float | None) -> str:
    """A CSI as "0.86"; never 0 or 1 for what only rounds to it."""
    if share is None:
        return "–"
    if 0.99 < share < 1:
        return "> 0.99"
    return "< 0.01" if 0 < share < 0.01 else f"{share:.2f}"


def draw_metrics(compared: Any, apart: str = "Error") -> None:
    """The figures that matter first. apart: what a difference is called."""
    with st.container(horizontal=True, gap="medium"):
        for bound, share in compared.csi.items():
            st.metric(f"CSI at {bound:g} m", csi_text(share), help="1: the same cells are wet.", width=METRIC_WIDTH)
        rmse, late = compared.rmse, compared.arrival_error
        said = "–" if rmse is None else f"{rmse:.2f} m"
        st.metric(f"{apart} of the depth", said, help="Of the greatest depth, root mean square.", width=METRIC_WIDTH)
        said = "–" if late is None else f"{late / 60:.2g} min"
        st.metric(f"{apart} of the arrival", said, help="Mean amount.", width=METRIC_WIDTH)
