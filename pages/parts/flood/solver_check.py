"""The check of a forecast: the solver in the background, both beside one another, its class in the log as truth."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core import inference, jobs
from core.errors import LookoutError, UnknownJob
from core.jobs import Job
from core.maps.flood import forecast_folder
from core.maps.flood.compare import Comparison
from core.progress import ProgressListener
from core.written_numbers import percent, significant
from pages.parts.flood import side_by_side
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.words import progress_text, runtime_text
from pages.parts.flood.workbench import SolverVerdict, bench
from pages.parts.shared import glossary
from pages.parts.shared.words import plain, time_left

SECONDS_BETWEEN_LOOKS = 1.0
METRIC_WIDTH = 165  # px: two stand side by side on a phone
NAMES = ("Forecast", "Solver")
SOURCE = "solver"  # of the truth, in the log
_checks: dict[str, Job[SolverVerdict]] = {}
"""The latest check of each forecast, by its id: whoever opens the forecast sees it, also after a closed tab."""


def start(forecast: LoggedForecast) -> None:
    """Run the solver in the background; what it finds enters the log as the truth."""
    key = f"flood-check-problem-{forecast.id}"
    st.session_state[key] = None
    try:
        submit(forecast)
    except LookoutError as problem:
        st.session_state[key] = problem.message


def submit(forecast: LoggedForecast) -> Job[SolverVerdict]:
    """The job that checks a forecast. Raises Busy."""
    workbench = bench()

    def work(progress: ProgressListener) -> Iterator[SolverVerdict]:
        verdict = workbench.check(forecast.folder.path, progress)
        inference.feedback(forecast.id, verdict.value, source=SOURCE)
        yield verdict

    job = jobs.submit(work, 1, f"check of {forecast.id}")
    _forget_old_checks()
    _checks[forecast.id] = job
    return job


def _forget_old_checks() -> None:
    """Drop the checks whose jobs are listed no longer, so that as few are kept as the jobs module lists."""
    for forecast_id, job in list(_checks.items()):
        try:
            jobs.find(job.id)
        except UnknownJob:
            _checks.pop(forecast_id, None)


def draw(forecast: LoggedForecast) -> None:
    """The button, how far the solver is, or both beside one another."""
    if message := st.session_state.get(f"flood-check-problem-{forecast.id}"):
        st.error(plain(message))
    job = _checks.get(forecast.id)
    if job is not None and not job.finished:
        st.fragment(_draw_progress, run_every=SECONDS_BETWEEN_LOOKS)(job)
        return
    if job is not None and job.state != "done":
        if job.state == "cancelled":
            st.info("Stopped as asked. Nothing was recorded.")
        else:
            st.error(plain(job.error or jobs.UNEXPECTED))
    verdict = bench().checked(forecast.folder.path)
    if verdict is None:
        st.markdown(
            "The solver computes the same event in small steps, without a network. It takes longer, and is what the "
            "forecast is measured against. What it finds enters the log as the truth, for Monitoring."
        )
        st.button("Run the solver", key="flood-check", type="primary", on_click=start, args=(forecast,))
        return
    _draw_verdict(forecast, verdict)


def _draw_progress(job: Job[SolverVerdict]) -> None:
    if job.finished:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="flood-check-progress"):
        text = f"{progress_text(job.latest)}. {time_left(job.seconds_left).capitalize()}."
        st.progress(min(job.fraction, 1.0), text=text)
        st.button("Cancel", key="flood-check-cancel", on_click=job.cancel)


def _draw_verdict(forecast: LoggedForecast, verdict: SolverVerdict) -> None:
    try:
        solved = forecast_folder.read(verdict.folder)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    above_maps = st.container()
    comparison = side_by_side.draw(forecast.folder, solved, NAMES, forecast.clock)
    if comparison is None:
        return
    with above_maps:
        st.markdown(f"**{agreement_text(comparison, float(forecast.summary['seconds']))}**")
        draw_metrics(comparison)
    answer = forecast.prediction.answer
    agree = answer is not None and answer.value == verdict.value
    st.caption(
        f"The truth in the log: the deepest hundredth of the area gets {plain(verdict.value)} by the solver, "
        + ("as the forecast said." if agree else f"where the forecast said {plain(answer.value if answer else '')}.")
    )
    side_by_side.draw_figures(comparison, NAMES)


def agreement_text(comparison: Comparison, seconds: float) -> str:
    """How alike forecast and solver are, and what each took. seconds: the forecast's [s]."""
    share = comparison.csi[min(comparison.csi)]
    text = "Neither floods anything" if share is None else f"Both agree on {percent(share)} of what either floods"
    solver_text = runtime_text(comparison.seconds_reference)
    return f"{text}. The forecast took {runtime_text(seconds)}, the solver {solver_text}."


def csi_text(share: float | None) -> str:
    """A CSI as "0.86"; never 0 or 1 for what only rounds to it."""
    if share is None:
        return "–"
    if 0.99 < share < 1:
        return "> 0.99"
    return "< 0.01" if 0 < share < 0.01 else f"{share:.2f}"


def draw_metrics(comparison: Comparison, difference: str = "Error") -> None:
    """The figures that matter first. difference: what a difference between the two is called."""
    rmse, late = comparison.rmse, comparison.arrival_error
    depth = "–" if rmse is None else f"{rmse:.2f} m"
    arrival = "–" if late is None else f"{significant(late / 60, 2)} min"
    with st.container(horizontal=True, gap="medium"):
        for bound, share in comparison.csi.items():
            st.metric(f"CSI at {bound:g} m", csi_text(share), help=glossary.meaning("CSI"), width=METRIC_WIDTH)
        help_depth = "Of the greatest depth, root mean square."
        st.metric(f"{difference} of the depth", depth, help=help_depth, width=METRIC_WIDTH)
        st.metric(f"{difference} of the arrival", arrival, help="Mean amount.", width=METRIC_WIDTH)
