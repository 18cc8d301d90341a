"""What came of a table: progress, summary, filters, and its answers as rows, on a map or in charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.crime import feedback, record, truth
from pages.parts.crime import views as crime_views
from pages.parts.crime.run_result import ROWS_PER_PAGE, UNKNOWN, Choice, Result
from pages.parts.crime.table_desk import Run, TableDesk
from pages.parts.crime.words import MODES
from pages.parts.shared import logged, tables
from pages.parts.shared.words import counted, number, percent, plain, time_left

VIEWS = ("Rows", "Map", "Charts")
AGAINST = "Against the truth"
ORDERS = {"as in the table": None, "least sure first": False, "surest first": True}
MOST_UNSCROLLED = 7  # findings
MOST_FINDINGS = 500  # shown; the CSV has all
CSV_TYPE, PARQUET_TYPE = "text/csv", "application/vnd.apache.parquet"


def draw_run(card: inference.SystemCard, desk: TableDesk) -> None:
    """Progress of everything at work, and what came of the chosen run."""
    for place, run in enumerate(desk.runs):
        if not run.job.finished:
            _draw_working(run, place)
    ended = [run for run in desk.runs if run.job.finished]
    if not ended:
        return
    run = ended[0]
    if len(ended) > 1:
        names = [f"{len(ended) - place}. {one.name}" for place, one in enumerate(ended)]
        chosen = st.selectbox("Table", names, key=f"run-{len(desk.runs)}")
        run = ended[names.index(chosen)]
    if run.summary is None:
        _draw_stopped(run)
    else:
        _draw_done(card, desk, run)


def _draw_working(run: Run, place: int) -> None:
    job = run.job
    with st.container(horizontal=True, vertical_alignment="center"):
        left = "waiting for the work before it" if job.state == "waiting" else time_left(job.seconds_left)
        st.progress(job.fraction, text=f"{plain(run.name)}: {plain(job.message or 'reading')}, {left}")
        st.button("Cancel", key=f"cancel-{place}", on_click=job.cancel, help="Answers that are there already are kept.")


def _draw_stopped(run: Run) -> None:
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
    draw_findings(run)


def _draw_done(card: inference.SystemCard, desk: TableDesk, run: Run) -> None:
    st.subheader(f"{plain(run.name)}: {sentence(run)}", anchor=False)
    result = run.result
    _draw_summary(run)
    draw_findings(run)
    views = [*VIEWS, AGAINST] if result.with_truth else list(VIEWS)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        view = st.segmented_control("View", views, default=views[0], required=True, key="crime-view")
        _draw_downloads(desk, run)
    choice = draw_filters(result)
    places = choice.of(result.frame)
    if choice.narrows:
        st.caption(f"{number(len(places))} of {counted(len(result.frame), 'record')} fit the filters.")
    if not len(places):
        st.info("No record fits the filters. Take one of them away.")
        return
    shown = result.frame.iloc[places]
    if view == "Rows":
        _draw_rows(card, run, places)
    elif view == "Map":
        crime_views.draw_map(shown, run, places)
    elif view == "Charts":
        crime_views.draw_charts(shown)
    else:
        truth.draw(result.judged().iloc[places], card)


def sentence(run: Run) -> str:
    """What became of the rows: "29 926 records answered, 74 rows rejected"."""
    summary = run.summary
    assert summary is not None  # noqa: S101 - the run is done
    said = f"{counted(summary.answered, 'record')} answered"
    return said + (f", {counted(summary.rejected, 'row')} rejected" if summary.rejected else "")


def _draw_summary(run: Run) -> None:
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
    known = int(frame["latitude"].notna().sum())
    cells[3].metric("With a place", number(known))
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


def draw_findings(run: Run) -> None:
    """Rejected rows, and values that were put right or count as missing, each with its reason."""
    summary = run.summary
    if run.rejected:
        many = counted(summary.rejected, "row") if summary else "rows"
        _draw_file(
            f"{many} rejected", run.rejected, "rejected", expanded=summary is None or summary.rejected <= MOST_FINDINGS
        )
    if summary and summary.notes:
        st.caption(" ".join(plain(note[:1].upper() + note[1:]) for note in summary.notes))
    if run.noted:
        _draw_file("Values put right, or counted as missing", run.noted, "noted", expanded=False)


def _draw_file(title: str, path: Path, name: str, expanded: bool) -> None:
    with st.expander(title[:1].upper() + title[1:], expanded=expanded):
        frame = pd.read_csv(path, nrows=MOST_FINDINGS, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        st.dataframe(
            frame[["row", "value", "column", "message"]],
            hide_index=True,
            key=f"{name}-table",
            alt=title,
            height="content" if len(frame) <= MOST_UNSCROLLED else 300,
            column_config={"row": "Row", "value": "Value", "column": "Column", "message": "Why"},
        )
        if len(frame) == MOST_FINDINGS:
            st.caption(f"The first {MOST_FINDINGS} are shown; the CSV has them all.")
        st.download_button(
            f"Download the {name} as CSV",
            data=path.read_bytes,
            file_name=f"lookout-{name}.csv",
            mime=CSV_TYPE,
            on_click="ignore",
            key=f"{name}-download",
        )


def _draw_downloads(desk: TableDesk, run: Run) -> None:
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


def draw_filters(result: Result) -> Choice:
    """Filters, only those that can tell the records apart."""
    frame = result.frame
    cells = st.columns([2, 2, 1.5, 1.5])
    categories = sorted(map(str, frame["category"].cat.categories))
    chosen = cells[0].multiselect("Category", categories, key="filter-category", placeholder="All")
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
        modes = st.pills("Answered", list(MODES), format_func=MODES.get, selection_mode="multi", key="filter-mode")
    return Choice(tuple(chosen), tuple(inside), hours, (low / 100, high / 100), tuple(modes))


def _draw_rows(card: inference.SystemCard, run: Run, places: np.ndarray) -> None:
    """One page of rows; chosen ones can be judged together, a single one tells its story."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        order = ORDERS[st.selectbox("Order", list(ORDERS), key="rows-order", width=220)]
        pages = math.ceil(len(places) / ROWS_PER_PAGE)
        page = 1
        if pages > 1:
            page = min(st.pagination(pages, key=f"rows-page-{pages}"), pages)
    here = ordered(run.result.frame, places, order)[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    rows = run.result.rows(here)
    rows["said"] = [record.said_before(run.outcomes.get(one)) for one in rows["prediction_id"]]
    chosen = st.dataframe(
        shown(rows),
        hide_index=True,
        key=f"rows-table-{page}-{order}",
        placeholder="–",
        alt="Records and their answers",
        on_select="rerun",
        selection_mode="multi-row",
        column_config=columns(),
    )
    picked = rows.iloc[[place for place in chosen.selection.rows if place < len(rows)]]
    feedback.draw_progress(run.outcomes.__setitem__)
    if picked.empty:
        st.caption("Choose a row to see what moved its answer. Choose several to say what they really were.")
        with st.expander("Give the true categories of many records"):
            feedback.draw_upload()
        return
    if len(picked) > 1:
        feedback.draw_for_rows(picked, card.metadata.get("labels", ()))
        return
    _draw_story(card, run, picked.iloc[0])


def _draw_story(card: inference.SystemCard, run: Run, row: pd.Series) -> None:
    try:
        prediction, outcome = logged.from_log(row["prediction_id"])
    except LookoutError as problem:
        st.error(plain(problem.message))
        return

    def remember(outcome: dict[str, Any]) -> None:
        run.outcomes[row["prediction_id"]] = outcome

    record.draw_story(card, prediction, record.as_record(row), outcome, remember)


def ordered(frame: pd.DataFrame, places: np.ndarray, surest_first: bool | None) -> np.ndarray:
    """The places in the order of the table, or by confidence."""
    if surest_first is None:
        return places
    scores = frame["score"].to_numpy()[places]
    return places[np.argsort(-scores if surest_first else scores, kind="stable")]


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a result as the page shows them."""
    others = [
        ", ".join(f"{value} {percent(score)}" for value, score in pairs if isinstance(value, str))
        for pairs in zip(
            zip(rows["second"], rows["second_score"], strict=True),
            zip(rows["third"], rows["third_score"], strict=True),
            strict=True,
        )
    ]
    made = pd.DataFrame(
        {
            "row": rows["row"],
            "datetime": rows["datetime"],
            "district": rows["district"],
            "category": rows["category"],
            "score": 100 * rows["score"],
            "others": others,
            "set_size": rows["set_size"],
            "set90": rows["set90"].str.replace(" | ", ", ", regex=False),
            "mode": rows["mode"].map(MODES),
            "description": rows["description"],
            "address": rows["address"],
        }
    )
    if "label" in rows:
        made.insert(5, "label", rows["label"])
    made["said"] = rows["said"]
    return made.dropna(axis="columns", how="all")


def columns() -> Mapping[str, Any]:
    """Names and formats of `shown`."""
    return {
        "row": st.column_config.NumberColumn("Row", format="%d", help="As a spreadsheet numbers it; the header is 1."),
        "datetime": st.column_config.DatetimeColumn("When", format="YYYY-MM-DD HH:mm", help="On the city's clock."),
        "district": "District",
        "category": st.column_config.TextColumn("Answer", help="Category of a reported incident."),
        "score": tables.percent_column("Confidence", "Calibrated probability of the answer."),
        "label": "True category",
        "others": "Next likeliest",
        "set_size": st.column_config.NumberColumn("Left open", help="Categories in the 90 % set."),
        "set90": st.column_config.TextColumn("90 % set", help="Holds the truth nine times in ten; likeliest first."),
        "mode": "Answered",
        "description": "Offence text",
        "address": "Block",
        "said": "You said",
    }
