"""What came of a table: progress, summary, filters, and its answers as rows, on a map or in charts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import inference
from pages.parts.crime import findings, map_and_charts, rows, truth
from pages.parts.crime.findings import CSV_TYPE
from pages.parts.crime.run_result import UNKNOWN, RecordFilter, TableResult
from pages.parts.crime.table_desk import TableDesk, TableRun
from pages.parts.crime.words import MODES
from pages.parts.shared.words import counted, number, percent, plain, time_left

VIEWS = ("Rows", "Map", "Charts")
AGAINST = "Against the truth"
PARQUET_TYPE = "application/vnd.apache.parquet"


def draw_run(card: inference.SystemCard, desk: TableDesk) -> None:
    """Progress of everything at work, and what came of the chosen run."""
    for run_index, run in enumerate(desk.runs):
        if not run.job.finished:
            _draw_working(run, run_index)
    ended = [run for run in desk.runs if run.job.finished]
    if not ended:
        return
    run = ended[0]
    if len(ended) > 1:
        names = [f"{len(ended) - index}. {ended_run.name}" for index, ended_run in enumerate(ended)]
        run = ended[names.index(st.selectbox("Table", names, key=f"run-{len(desk.runs)}"))]
    if run.summary is None:
        _draw_stopped(run)
    else:
        _draw_done(card, desk, run)


def _draw_working(run: TableRun, run_index: int) -> None:
    job = run.job
    with st.container(horizontal=True, vertical_alignment="center"):
        left = "waiting for the work before it" if job.state == "waiting" else time_left(job.seconds_left)
        st.progress(job.fraction, text=f"{plain(run.name)}: {plain(job.message or 'reading')}, {left}")
        st.button(
            "Cancel", key=f"cancel-{run_index}", on_click=job.cancel, help="Answers that are there already are kept."
        )


def _draw_stopped(run: TableRun) -> None:
    """A run that was cancelled or failed, and how to go on."""
    nothing = run.job.state == "failed" and run.rejected is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.job.state == "cancelled":
            st.info(f"{plain(run.name)}: stopped as asked. What was answered is in the log, and is not answered again.")
        elif nothing:
            st.error(f"{plain(run.name)}: none of its rows could be answered. The list below says why for each.")
        else:
            st.error(f"{plain(run.name)}: {plain(run.job.error)}")
        if not nothing:
            st.button("Go on", key="go-on", on_click=run.start)
    findings.draw(run)


def _draw_done(card: inference.SystemCard, desk: TableDesk, run: TableRun) -> None:
    st.subheader(f"{plain(run.name)}: {sentence(run)}", anchor=False)
    result = run.result
    _draw_summary(run)
    findings.draw(run)
    views = [*VIEWS, AGAINST] if result.with_truth else list(VIEWS)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        view = st.segmented_control("View", views, default=views[0], required=True, key="crime-view")
        _draw_downloads(desk, run)
    choice = draw_filters(result)
    record_indices = choice.indices(result.frame)
    if choice.narrows:
        st.caption(f"{number(len(record_indices))} of {counted(len(result.frame), 'record')} fit the filters.")
    if not len(record_indices):
        st.info("No record fits the filters. Take one of them away.")
        return
    shown = result.frame.iloc[record_indices]
    if view == "Rows":
        rows.draw(card, run, record_indices)
    elif view == "Map":
        map_and_charts.draw_map(shown, run, record_indices)
    elif view == "Charts":
        map_and_charts.draw_charts(shown)
    else:
        truth.draw(result.judged().iloc[record_indices], card)


def sentence(run: TableRun) -> str:
    """What became of the rows: "29 926 records answered, 74 rows rejected"."""
    summary = run.summary
    assert summary is not None  # noqa: S101 - the run is done
    text = f"{counted(summary.answered, 'record')} answered"
    return text + (f", {counted(summary.rejected, 'row')} rejected" if summary.rejected else "")


def _draw_summary(run: TableRun) -> None:
    """The run in four figures."""
    summary, frame = run.summary, run.result.frame
    assert summary is not None  # noqa: S101 - the run is done
    cells = st.columns(4)
    for cell, (mode, words) in zip(cells, MODES.items(), strict=False):
        inside = frame[frame["mode"] == mode]
        cell.metric(f"Answered {words}", number(len(inside)))
        cell.caption(_certainty(inside, mode))
    first = frame["category"].value_counts()
    cells[2].metric("Most frequent answer", percent(first.iloc[0] / len(frame)))
    cells[2].caption(f"{plain(first.index[0])}, of {counted(len(frame), 'record')}")
    cells[3].metric("With a place", number(int(frame["latitude"].notna().sum())))
    cells[3].caption(f"of {counted(len(frame), 'record')}; version {plain(summary.version)}")


def _certainty(inside: pd.DataFrame, mode: str) -> str:
    """How far the answers of one kind can be trusted. inside: their rows of `Result.frame`."""
    if inside.empty:
        return "No record has a text" if mode == "coding" else "Each record has a text"
    if mode == "context":
        middle = counted(int(inside["set_size"].median()), "category", "categories")
        return f"Half of them leave {middle} open, or fewer"
    sure, likely = (float((inside["score"] >= bound).mean()) for bound in inference.SCALES.values())
    return f"{plain(percent(sure))} sure, {plain(percent(likely - sure))} likely, {plain(percent(1 - likely))} not sure"


def _draw_downloads(desk: TableDesk, run: TableRun) -> None:
    with st.container(horizontal=True, width="content"):
        for label, read, ending, mime in (
            ("Download CSV", lambda: run.as_csv.read_bytes(), "csv", CSV_TYPE),
            ("Download Parquet", run.output.read_bytes, "parquet", PARQUET_TYPE),
        ):
            st.download_button(
                label, data=read, file_name=f"lookout-answers.{ending}", mime=mime, on_click="ignore",
                help="All answers, whatever the filters.",
            )  # fmt: skip
        st.button("Clear the desk", on_click=desk.clear, help="Takes the tables off this page. The log keeps its rows.")


def draw_filters(result: TableResult) -> RecordFilter:
    """Filters, only those that can tell the records apart."""
    frame = result.frame
    cells = st.columns([2, 2, 1.5, 1.5])
    categories = sorted(map(str, frame["category"].cat.categories))
    values = cells[0].multiselect("Category", categories, key="filter-category", placeholder="All")
    districts = sorted(map(str, frame["district"].cat.categories)) + (
        [UNKNOWN] if frame["district"].isna().any() else []
    )
    inside: list[str] = []
    if len(districts) > 1:
        inside = cells[1].multiselect("District", districts, key="filter-district", placeholder="All")
    hours = (0, 23)
    if frame["datetime"].notna().any():
        hours = cells[2].slider("Hour of the day", 0, 23, (0, 23), key="filter-hours")
    low, high = cells[3].slider("Confidence [%]", 0, 100, (0, 100), key="filter-score")
    modes: list[str] = []
    if frame["mode"].nunique() > 1:
        modes = st.pills(
            "Answered",
            list(MODES),
            selection_mode="multi",
            default=None,
            format_func=MODES.__getitem__,
            key="filter-mode",
        )
    return RecordFilter(tuple(values), tuple(inside), hours, (low / 100, high / 100), tuple(modes))
