"""What came of a table: progress, the answer in large, filters, and its records as rows, on a map or in charts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import inference, work
from core.monitoring import Share
from pages.parts.crime import feedback, filters, findings, map_and_charts, rows, truth
from pages.parts.crime.findings import CSV_TYPE
from pages.parts.crime.intake import city, columns, giving
from pages.parts.crime.run_result import TableResult
from pages.parts.crime.table_desk import TableRun
from pages.parts.crime.words import MODES, UNKNOWN_TRUTH, progress_words
from pages.parts.shared.words import counted, number, percent, plain, time_left, with_interval

VIEWS = ("Rows", "Map", "Charts")
AGAINST = "Against the truth"
LINE_BREAK = "  \n"  # of Markdown: lines of one caption stand closer than captions
PARQUET_TYPE = "application/vnd.apache.parquet"


def draw_run(card: inference.SystemCard, run: TableRun) -> None:
    """The table in one line, and below it how far it is, or what came of it."""
    giving.draw_line(run, changeable=not run.work.running)
    if run.work.running:
        _draw_working(run)
        return
    if run.summary is None:
        _draw_stopped(card, run)
    result = run.result
    if result is not None and len(result):
        _draw_answers(card, run, result)
    elif run.summary is None:
        findings.draw(run)


def _draw_working(run: TableRun) -> None:
    job = run.job
    with st.container(horizontal=True, vertical_alignment="center"):
        if job is None:
            st.info("Another process of this server answers the table. What it has answered is shown here at its end.")
            return
        left = "waiting for the work before it" if job.state == "waiting" else time_left(job.seconds_left)
        st.progress(job.fraction, text=f"{progress_words(job.latest)}, {left}")
        st.button(
            "Cancel",
            key=f"cancel-{run.id}",
            on_click=work.cancel,
            args=(run.id,),
            help="Answers that are there already are kept, and can be seen and downloaded.",
        )


def _draw_stopped(card: inference.SystemCard, run: TableRun) -> None:
    """A run that was cancelled, interrupted or failed, and how to go on."""
    nothing = run.work.state == "failed" and run.rejected is not None and run.result is None
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.work.state == "cancelled":
            st.info("Stopped as asked. What was answered is in the log and below, and is not answered again.")
        elif run.work.state == "interrupted":
            st.info("Interrupted: the process that answered it ended. What was answered is not answered again.")
        elif nothing:
            st.error("None of its rows could be answered. The list below says why for each.")
        else:
            st.error(plain(run.work.error or "It stopped on a problem that nobody noted."))
        if not nothing:
            st.button("Go on", key="go-on", on_click=columns.begin, args=(run, str(card.champion)))


def _draw_answers(card: inference.SystemCard, run: TableRun, result: TableResult) -> None:
    words = city.misfit(card, city.fit_of(card, run, run.columns))
    _draw_headline(run, result)
    _draw_summary(run, result, words)
    views = [*VIEWS, AGAINST] if result.with_truth else list(VIEWS)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        view = st.segmented_control("View", views, default=views[0], required=True, key=f"crime-view-{run.id}")
        _draw_downloads(run)
    choice = filters.draw(run, result)
    filtered, area = choice.indices(result), filters.area_of(run)
    record_indices = filters.within(filtered, area)
    with st.container():  # also an empty one keeps what comes below in its place: a map would be drawn anew
        filters.draw_state(run, choice, len(record_indices), len(result))
    with_rows = len(record_indices) > 0 and (view == "Rows" or (view == "Map" and area is not None))
    if not with_rows:
        feedback.draw_progress(run, own=False)  # which stands below the rows otherwise
    if view == "Map":
        if len(filtered):
            map_and_charts.draw_map(result.frame.iloc[filtered], run, filtered)
        if with_rows:
            rows.draw(card, run, result, record_indices)
    elif not len(record_indices):
        st.info("No record fits the filters. Clear them, or widen one.")
    elif view == "Rows":
        rows.draw(card, run, result, record_indices)
    elif view == "Charts":
        map_and_charts.draw_charts(result.frame.iloc[record_indices])
    else:
        truth.draw(card, run, result.judged(run.by_groups).iloc[record_indices])
    findings.draw(run)


def _draw_headline(run: TableRun, result: TableResult) -> None:
    """The answer in large: what the records are, most often; and how many were answered."""
    first = result.frame["category"].value_counts()
    share = percent(first.iloc[0] / len(result))
    st.subheader(f"Most often {plain(first.index[0])} ({share}); {sentence(run, result)}", anchor=False)


def sentence(run: TableRun, result: TableResult) -> str:
    """What became of the rows: "29 926 records answered, 74 rows rejected"."""
    text = f"{counted(len(result), 'record')} answered"
    if (summary := run.summary) is None:
        return f"{text} so far"
    return text + (f", {counted(summary.rejected, 'row')} rejected" if summary.rejected else "")


def _draw_summary(run: TableRun, result: TableResult, misfit: str) -> None:
    """How sure the answers are, what they rest on, and whether they were right."""
    frame = result.frame
    if misfit:
        st.warning(misfit)
    sure, basis, right = st.columns(3)
    inside = {mode: frame[frame["mode"] == mode] for mode in MODES}
    sure.markdown("**How sure**")
    basis.markdown("**Why**")
    answered = {mode: words for mode, words in MODES.items() if len(inside[mode])}
    sentences = [
        f"{words[:1].upper() + words[1:]}: {_certainty(inside[mode], mode)}." for mode, words in answered.items()
    ]
    reasons = [f"{counted(len(inside[mode]), 'record')} answered {words}." for mode, words in answered.items()]
    sure.caption(LINE_BREAK.join(sentences))
    basis.caption(LINE_BREAK.join([*reasons, "A row opens what moved its answer."]))
    with right:
        st.markdown("**Was it right?**")
        _draw_rightness(run, result)
    if result.with_truth:  # below the three, across the page: in a column it would push the table down
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="judge"):
            if misfit:
                city.draw_scoring(run)
            feedback.draw_own_labels(run, result)
        feedback.draw_progress(run, own=True)


def _draw_rightness(run: TableRun, result: TableResult) -> None:
    """The share that was right among the records whose truth the version can give, never without whose city it is."""
    if not result.with_truth:
        st.caption("Not known: the table has no true categories. Choose rows below and say what they were.")
        return
    judged = result.judged(run.by_groups)
    labelled = judged[judged["truth"].notna()]
    known_records = labelled[labelled["truth_rank"] >= 1]
    level = "NIBRS group" if run.by_groups else "category"
    if len(known_records):
        right = Share(int((known_records["truth_rank"] == 1).sum()), len(known_records))
        st.markdown(f"{plain(with_interval(right))} right, by {level}")
    if unknown := len(labelled) - len(known_records):
        st.caption(f"{counted(unknown, 'record')} {UNKNOWN_TRUTH[run.by_groups]}: counted apart, not as wrong.")


def _certainty(inside: pd.DataFrame, mode: str) -> str:
    """How far the answers of one kind can be trusted. inside: their rows of `TableResult.frame`."""
    if mode == "context":
        middle = counted(int(inside["set_size"].median()), "category", "categories")
        return f"half of them leave {middle} open, or fewer"
    sure, likely = (float((inside["score"] >= bound).mean()) for bound in inference.SCALES.values())
    return f"{plain(percent(sure))} sure, {plain(percent(likely - sure))} likely, {plain(percent(1 - likely))} not sure"


def _draw_downloads(run: TableRun) -> None:
    path = run.answered_path
    if path is None:
        return
    with st.container(horizontal=True, width="content"):
        for label, read, ending, mime in (
            ("Download CSV", run.as_csv, "csv", CSV_TYPE),
            ("Download Parquet", path.read_bytes, "parquet", PARQUET_TYPE),
        ):
            st.download_button(
                label, data=read, file_name=f"lookout-answers.{ending}", mime=mime, on_click="ignore",
                help=f"All {number(len(run.result or ()))} answers, whatever the filters.",
            )  # fmt: skip
