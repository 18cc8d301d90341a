"""The records of a table as rows: ordered, shown, chosen to be judged, and the story of a single one.

What is chosen is kept by prediction id, never by where a row stands: a filter, an order or a page that changes under a
choice changes nothing of what it means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core import inference
from core.errors import LookoutError
from core.store import OutcomeRow, store
from pages.parts.crime import feedback, record
from pages.parts.crime.run_result import CATEGORY, ORDERS, ROWS_PER_PAGE, TableResult
from pages.parts.crime.table_desk import TableRun
from pages.parts.crime.words import MODES
from pages.parts.shared import logged, tables
from pages.parts.shared.words import counted, number, percent, plain

MAX_CHOSEN_SAID = 8  # rows that a sentence names


def draw(card: inference.SystemCard, run: TableRun, result: TableResult, record_indices: np.ndarray) -> None:
    """One page of rows; chosen ones can be judged together, a single one tells its story."""
    orders = [name for name, by in ORDERS.items() if by is None or by[0] in (*result.columns, CATEGORY)]
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        order = st.selectbox(
            "Order", orders, key=f"rows-order-{run.id}", width=240, help="Of all records, not of this page alone."
        )
        pages = math.ceil(len(record_indices) / ROWS_PER_PAGE)
        page = 1
        if pages > 1:
            page = min(st.pagination(pages, key=f"rows-page-{run.id}-{order}-{_digest(record_indices)}"), pages)
    indices = result.ordered(record_indices, order)[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    rows = result.rows(indices)
    outcomes = said_of(rows["prediction_id"].tolist())
    rows["said"] = [record.said_before(outcomes.get(identifier)) for identifier in rows["prediction_id"]]
    chosen = _draw_table(run, rows, indices)
    feedback.draw_progress(run, own=False)
    if not chosen:
        st.caption("Choose a row to see what moved its answer. Choose several to say what they really were.")
        with st.expander("Give the true categories of many records"):
            feedback.draw_upload(run)
        return
    picked = result.rows(sorted(chosen.values()))
    _draw_chosen(run, picked, hidden=int(np.isin(list(chosen.values()), record_indices, invert=True).sum()))
    if len(picked) > 1:
        feedback.draw_for_rows(run, picked, card.metadata.get("labels", ()))
    else:
        _draw_story(card, picked.iloc[0])


def said_of(prediction_ids: Sequence[str]) -> dict[str, OutcomeRow]:
    """What was last recorded about predictions; nothing while the store cannot be asked, which the page says itself."""
    try:
        return store().latest_outcomes(prediction_ids)
    except LookoutError:
        return {}


def _digest(values: np.ndarray | Sequence[str]) -> str:
    data = values.tobytes() if isinstance(values, np.ndarray) else " ".join(values).encode()
    return sha256(data).hexdigest()[:12]


def _draw_table(run: TableRun, rows: pd.DataFrame, indices: np.ndarray) -> dict[str, int]:
    """The table of rows, with those ticked that are chosen; {prediction id: number in the result} of all chosen.

    Its key is made of the very ids that it shows, so that a tick can mean no other row.
    """
    chosen = chosen_of(run)
    cleared = st.session_state.setdefault(f"cleared-{run.id}", 0)
    ids = rows["prediction_id"].tolist()
    key, default = f"rows-table-{cleared}-{_digest(ids)}", f"ticked-{run.id}"
    if key not in st.session_state:  # these rows were not shown a moment ago
        st.session_state[default] = [position for position, identifier in enumerate(ids) if identifier in chosen]
    selected = st.dataframe(
        shown(rows),
        hide_index=True,
        key=key,
        placeholder="–",
        alt="Records and their answers",
        on_select=partial(_keep_ticks, run, key, ids, indices),  # before a drawing that a next click may cut short
        selection_mode="multi-row",
        selection_default={"selection": {"rows": st.session_state[default]}},
        column_config=columns(),
    )
    return _with_ticks(run, selected.selection.rows, ids, indices)


def chosen_of(run: TableRun) -> dict[str, int]:
    """{prediction id: number in the result} of the chosen records."""
    chosen: dict[str, int] = st.session_state.setdefault(f"chosen-{run.id}", {})
    return chosen


def _keep_ticks(run: TableRun, key: str, ids: Sequence[str], indices: np.ndarray) -> None:
    _with_ticks(run, st.session_state[key].selection.rows, ids, indices)


def _with_ticks(run: TableRun, positions: Sequence[int], ids: Sequence[str], indices: np.ndarray) -> dict[str, int]:
    """All chosen records, after those at `positions` among the shown ones (ids, numbers in the result) are chosen."""
    ticked = {ids[position]: int(indices[position]) for position in positions if position < len(ids)}
    shown_ids = set(ids)
    hidden = {identifier: index for identifier, index in chosen_of(run).items() if identifier not in shown_ids}
    st.session_state[f"chosen-{run.id}"] = hidden | ticked
    return hidden | ticked


def _draw_chosen(run: TableRun, picked: pd.DataFrame, hidden: int) -> None:
    """Which rows are meant, in words: also those that the filters hide now."""
    numbers = [number(row) for row in picked["row"][:MAX_CHOSEN_SAID]]
    more = f" and {number(len(picked) - MAX_CHOSEN_SAID)} more" if len(picked) > MAX_CHOSEN_SAID else ""
    text = f"Chosen: row{'s' if len(picked) > 1 else ''} {', '.join(numbers)}{more}."
    if hidden:
        text += f" {counted(hidden, 'of them', 'of them')} {'is' if hidden == 1 else 'are'} hidden by the filters now."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chosen"):
        st.markdown(text, width="content")
        st.button("Choose none", key="choose-none", type="tertiary", on_click=choose_none, args=(run,))


def choose_none(run: TableRun) -> None:
    """Take every tick away."""
    st.session_state[f"chosen-{run.id}"] = {}
    st.session_state[f"cleared-{run.id}"] = st.session_state.get(f"cleared-{run.id}", 0) + 1


def _draw_story(card: inference.SystemCard, row: pd.Series) -> None:
    try:
        prediction, outcome = logged.from_log(row["prediction_id"])
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    record.draw_story(card, prediction, record.as_record(row), outcome)


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
            "description": rows["description"],
            "score": 100 * rows["score"],
            "others": others,
            "set_size": rows["set_size"],
            "set90": rows["set90"].str.replace(" | ", ", ", regex=False),
            "mode": rows["mode"].map(MODES),
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
