"""Drawn answers as a CSV to be judged elsewhere, and the same CSV given back with its labels."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core.batch.shards import row_of
from core.errors import LookoutError
from core.inference import audit_judgements
from core.inference.audit_judgements import CANNOT_TELL, RecordedJudgements
from core.store import Query, Store
from pages.parts.monitoring import source as shown_log
from pages.parts.shared.tables import to_csv
from pages.parts.shared.truth_tables import pairs_of
from pages.parts.shared.words import counted, number, plain

MAX_IN_CSV = 2000  # answers, the first of the queue
COLUMNS = (
    *("prediction_id", "label", "answer", "score", "not_sure", "created_at", "system", "version", "source"),
    *("site", "batch", "row", "input_sha256"),
)
DROPS, DONE = "audit-drops", "audit-done"


def draw(query: Query, waiting: int) -> None:
    """Download and upload, folded away."""
    unfold = DONE in st.session_state
    with st.expander("Judge elsewhere: as a table", key="audit-table", expanded=unfold, on_change="rerun") as table:
        if table.open:
            _draw_table(query, waiting)


def _draw_table(query: Query, waiting: int) -> None:
    st.markdown(
        "Photos and records are not kept here. Take the list to where they are, fill in the column `label` from "
        f"the top (or write *{CANNOT_TELL}*), and drop the file below."
    )
    holds = f"the first {number(MAX_IN_CSV)}" if waiting > MAX_IN_CSV else "all"
    log = shown_log.log()
    st.download_button(
        f"Download {counted(min(waiting, MAX_IN_CSV), 'answer')} to judge",
        data=lambda: to_csv(table_rows(log, query), COLUMNS),
        file_name="lookout-audit.csv",
        mime="text/csv",
        on_click="ignore",
        disabled=not waiting,
        help=f"It has {holds} that wait, in the order in which they count; times in UTC.",
    )
    _draw_upload()
    if DONE in st.session_state:
        _draw_done(st.session_state[DONE])


def table_rows(log: Store, query: Query) -> Iterator[dict[str, object]]:
    """The answers that wait, in the order of the audit, with what finds their inputs."""
    for prediction_id in log.audit.waiting(query, MAX_IN_CSV):
        row = log.prediction(prediction_id)
        names = ("score", "created_at", "system", "version", "source", "site", "batch")
        yield {
            **{name: row[name] for name in names},  # type: ignore[literal-required]
            "prediction_id": prediction_id,
            "label": "",
            "answer": row["value"],
            "not_sure": row["abstained"],
            "row": row_of(prediction_id, row["batch"]),
            "input_sha256": row["input_hash"],
        }


def _draw_upload() -> None:
    drops = st.session_state.setdefault(DROPS, 0)
    file = st.file_uploader(
        "The judged CSV, with the columns prediction_id and label", type=["csv"], key=f"audit-file-{drops}"
    )
    if file is None:
        return
    try:
        pairs = pairs_of(file.getvalue())
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    st.button(f"Record {counted(len(pairs), 'judgement')}", type="primary", on_click=_record, args=(pairs, drops))


def _record(pairs: list[tuple[str, str]], drops: int) -> None:
    try:
        st.session_state[DONE] = audit_judgements.judge_in_bulk(pairs, lambda _progress: None)
    except LookoutError as problem:
        st.session_state[DONE] = problem.message
        return
    st.session_state[DROPS] = drops + 1


def _draw_done(done: RecordedJudgements | str) -> None:
    if isinstance(done, str):
        st.error(plain(done))
        return
    labels = done.labels
    st.success(
        f"Recorded {counted(labels.recorded, 'label')}: {number(labels.right)} right, {number(labels.wrong)} wrong; "
        f"nobody could tell of {counted(done.put_aside, 'answer')}."
    )
    if labels.refused:
        st.warning(f"{counted(len(labels.refused), 'row')} refused. The first: {plain(labels.refused[0].why)}")
