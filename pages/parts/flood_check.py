"""The check of a forecast: the solver in the background, both beside one another, its class in the log as truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from core import inference, jobs
from core.contract import Progress
from core.errors import LookoutError
from core.jobs import Job
from core.maps.flood import folder
from pages.parts import flood_beside
from pages.parts.flood_opened import Forecast
from pages.parts.flood_words import SYSTEM
from pages.parts.words import NO_BREAK, percent, plain, time_left

SECONDS_BETWEEN_LOOKS = 1.0
NAMES = ("Forecast", "Solver")
SOURCE = "solver"  # of the truth, in the log
_running: dict[str, Job[Any]] = {}
"""The latest check of each forecast, by its id: whoever opens the forecast sees it, also after a closed tab."""


def start(found: Forecast) -> None:
    """Run the solver in the background; what it finds enters the log as the truth."""
    bench = inference.workbench(SYSTEM)

    def work(progress: Progress) -> Iterator[Any]:
        done = bench.check(found.folder.path, progress)
        inference.feedback(found.id, done.value, source=SOURCE)
        yield done

    key = f"flood-check-problem-{found.id}"
    st.session_state[key] = None
    try:
        _running[found.id] = jobs.submit_listed(work, 1, f"check of {found.id}")
    except LookoutError as problem:
        st.session_state[key] = problem.message


def draw(found: Forecast) -> None:
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
        said = job.message or "Waiting for its turn."
        st.progress(min(job.fraction, 1.0), text=f"{said} {time_left(job.seconds_left).capitalize()}.")
        st.button("Cancel", key="flood-check-cancel", on_click=job.cancel)


def _draw_result(found: Forecast, known: Any) -> None:
    try:
        solved = folder.read(known.folder)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    place = st.container()
    compared = flood_beside.draw(found.folder, solved, NAMES)
    if compared is None:
        return
    with place:
        seconds = float((found.details.get("summary") or found.summary)["seconds"])
        st.markdown(f"**{sentence(compared, seconds)}**")
        draw_metrics(compared)
    answer = found.prediction.answer
    agree = answer is not None and answer.value == known.value
    st.caption(
        f"The truth in the log: {plain(known.value)} by the solver, "
        + ("as the forecast said." if agree else f"where the forecast said {plain(answer.value if answer else '')}.")
    )
    flood_beside.draw_figures(compared, NAMES)


def sentence(compared: Any, seconds: float) -> str:
    """How alike both are, and what each took; `seconds`: the forecast [s]."""
    share = compared.csi[min(compared.csi)]
    said = "Neither floods anything" if share is None else f"Both agree on {percent(share)} of what either floods"
    return f"{said}. The forecast took {seconds:.2g}{NO_BREAK}s, the solver {compared.seconds_other:.2g}{NO_BREAK}s."


def draw_metrics(compared: Any) -> None:
    """The figures that matter first."""
    cells = st.columns(4)
    for cell, (bound, share) in zip(cells, compared.csi.items(), strict=False):
        cell.metric(f"CSI at {bound:g} m", "–" if share is None else f"{share:.2f}", help="1: the same cells are wet.")
    rmse, late = compared.rmse, compared.arrival_error
    cells[2].metric("Error of the greatest depth", "–" if rmse is None else f"{rmse:.2f} m", help="Root mean square.")
    cells[3].metric("Error of the arrival", "–" if late is None else f"{late / 60:.2g} min", help="Mean amount.")
