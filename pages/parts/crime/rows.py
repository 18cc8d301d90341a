"""The records of a table as rows: ordered, shown, chosen to be judged, and the story of a single one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core import inference
from core.errors import LookoutError
from core.store import OutcomeRow
from pages.parts.crime import feedback, record
from pages.parts.crime.run_result import ROWS_PER_PAGE
from pages.parts.crime.table_desk import TableRun
from pages.parts.crime.words import MODES
from pages.parts.shared import logged, tables
from pages.parts.shared.words import percent, plain

ORDERS = {"as in the table": None, "least sure first": False, "surest first": True}


def draw(card: inference.SystemCard, run: TableRun, record_indices: np.ndarray) -> None:
    """One page of rows; chosen ones can be judged together, a single one tells its story."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        order = ORDERS[st.selectbox("Order", list(ORDERS), key="rows-order", width=220)]
        pages = math.ceil(len(record_indices) / ROWS_PER_PAGE)
        page = 1
        if pages > 1:
            page = min(st.pagination(pages, key=f"rows-page-{pages}"), pages)
    indices = ordered(run.result.frame, record_indices, order)[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    rows = run.result.rows(indices)
    rows["said"] = [record.said_before(run.outcomes.get(identifier)) for identifier in rows["prediction_id"]]
    selected = st.dataframe(
        shown(rows),
        hide_index=True,
        key=f"rows-table-{page}-{order}",
        placeholder="–",
        alt="Records and their answers",
        on_select="rerun",
        selection_mode="multi-row",
        column_config=columns(),
    )
    picked = rows.iloc[[row for row in selected.selection.rows if row < len(rows)]]
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


def _draw_story(card: inference.SystemCard, run: TableRun, row: pd.Series) -> None:
    try:
        prediction, outcome = logged.from_log(row["prediction_id"])
    except LookoutError as problem:
        st.error(plain(problem.message))
        return

    def remember(outcome: OutcomeRow) -> None:
        run.outcomes[row["prediction_id"]] = outcome

    record.draw_story(card, prediction, record.as_record(row), outcome, remember)


def ordered(frame: pd.DataFrame, record_indices: np.ndarray, surest_first: bool | None) -> np.ndarray:
    """The numbers of records in the order of the table, or by confidence."""
    if surest_first is None:
        return record_indices
    scores = frame["score"].to_numpy()[record_indices]
    return record_indices[np.argsort(-scores if surest_first else scores, kind="stable")]


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
    table = pd.DataFrame(
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
        table.insert(5, "label", rows["label"])
    table["said"] = rows["said"]
    return table.dropna(axis="columns", how="all")


def columns() -> dict[str, ColumnConfig | str | None]:
    """Title, format and help of each column of `shown`."""
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
