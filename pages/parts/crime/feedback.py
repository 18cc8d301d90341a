"""The truth for many records at once: of chosen rows, from the table itself, or from a table of ids and labels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256

import pandas as pd
import streamlit as st

from core import inference, jobs
from core.errors import LookoutError, UnknownJob
from core.inference import RecordedLabels
from core.jobs import Job
from core.progress import ProgressListener
from pages.parts.crime.run_result import MAX_OPENED, TableResult
from pages.parts.crime.table_desk import TableRun, note
from pages.parts.shared.tables import to_csv
from pages.parts.shared.truth_tables import pairs_of
from pages.parts.shared.words import counted, number, plain, time_left

MAX_REFUSED = 200  # shown; the CSV has all
OWN = "labels of the table itself"
"""The name of the job that records them."""
_BEGINNING = threading.Lock()  # two visits may click at once


def job_of(run: TableRun) -> Job[RecordedLabels] | None:
    """The last recording for this table in this process, whoever began it; None where there is none."""
    try:
        return jobs.find(_job_id(run))
    except UnknownJob:
        return None


def _job_id(run: TableRun) -> str:
    return f"labels-{run.id}"


def working(run: TableRun) -> bool:
    """Whether labels of this table are being recorded."""
    job = job_of(run)
    return job is not None and not job.finished


def start(run: TableRun, pairs: Sequence[tuple[str, str]]) -> None:
    """Record (prediction id, label) pairs in the background; the page shows how far it is."""
    begin(run, lambda progress: inference.feedback_in_bulk(pairs, progress, source="page"), len(pairs))


def begin(
    run: TableRun,
    recording: Callable[[ProgressListener], Iterable[RecordedLabels]],
    labels: int,
    name: str = "labels that a person gave",
) -> None:
    """Begin a recording of so many labels, unless one of this table goes on."""
    with _BEGINNING:
        if not labels or working(run):
            return
        try:
            jobs.submit(recording, labels, name, identifier=_job_id(run), long=False)
        except LookoutError as problem:
            st.toast(plain(problem.message))


@dataclass(frozen=True)
class TruthPreview:
    """What recording a table's own true categories would say."""

    labels: int
    """Of categories that this version knows."""
    right: int
    unknown: int
    """Labels that this version does not know: they judge nothing and are left out."""

    @property
    def sentence(self) -> str:
        """Such as "500 labels: 430 right, 70 wrong"."""
        text = f"{counted(self.labels, 'label')}: {number(self.right)} right, {number(self.labels - self.right)} wrong"
        left = counted(self.unknown, "label of a category", "labels of categories")
        return text + (f"; {left} that this version does not know are left out" if self.unknown else "")


@lru_cache(maxsize=MAX_OPENED)
def preview(result: TableResult) -> TruthPreview:
    """What the table's own true categories say about its answers."""
    labelled = result.frame[result.frame["label"].notna()]
    known_records = labelled[labelled["truth_rank"] >= 1]
    right = int((known_records["label"].astype(object) == known_records["category"].astype(object)).sum())
    return TruthPreview(len(known_records), right, len(labelled) - len(known_records))


def draw_own_labels(run: TableRun, result: TableResult) -> None:
    """The table's own true categories as feedback, in one click beside what they would say; in a container in a row."""
    own_truths = preview(result)
    if not own_truths.labels:
        return
    recorded = int(run.work.details.get("recorded") or 0)
    if recorded >= own_truths.labels:
        text = f"{counted(recorded, 'label')} of this table were recorded; Monitoring counts them."
        st.caption(text, width="content")
        return
    _draw_record(
        "this table's", own_truths.labels, run, "record-own", partial(_start_own, run, result, own_truths.labels),
        about="Each label becomes feedback on the answer of its row.",
    )  # fmt: skip
    st.caption(f"{own_truths.sentence}.", width="content")


def _start_own(run: TableRun, result: TableResult, labels: int) -> None:
    begin(run, partial(_record_own, run, result), labels, OWN)


def _record_own(run: TableRun, result: TableResult, progress: ProgressListener) -> Iterable[RecordedLabels]:
    """Record all, then note that it is done: a recording that was stopped goes on, and none is recorded twice."""
    pairs = result.truths()
    yield from inference.feedback_in_bulk(pairs, progress, source="page", once=True)
    note(run, recorded=len(pairs))


def _draw_record(whose: str, labels: int, run: TableRun, key: str, record: Callable[[], None], about: str) -> None:
    """A button that records as many labels as it says."""
    text = f"Record {whose} {counted(labels, 'label')}"
    st.button(text, key=key, on_click=record, disabled=working(run), help=about)


def draw_for_rows(run: TableRun, rows: pd.DataFrame, labels: Sequence[str]) -> None:
    """The answers recorded as true, or one true category, for chosen rows of a result (prediction_id, category).

    What a button records is bound to it with these very rows: a click on a button that was drawn for others finds none.
    """
    counted_rows = counted(len(rows), "chosen row")
    ids, values = rows["prediction_id"].tolist(), rows["category"].tolist()
    these = sha256(" ".join(ids).encode()).hexdigest()[:12]
    with st.container(horizontal=True, vertical_alignment="bottom", key="bulk"):
        st.button(
            f"All {counted_rows} right",
            on_click=start,
            args=(run, list(zip(ids, values, strict=True))),
            key=f"bulk-right-{these}",
            disabled=working(run),
            help="Records for each of them that its answer is its true category.",
        )
        truth = st.selectbox(
            "Or they are really",
            sorted(labels),
            index=None,
            placeholder="Choose or write the true category",
            accept_new_options=True,
            key=f"bulk-truth-{these}",
        )
        st.button(
            f"Record for {counted_rows}",
            type="primary",
            disabled=not truth or working(run),
            on_click=start,
            args=(run, [(identifier, str(truth)) for identifier in ids] if truth else []),
            key=f"bulk-record-{these}",
        )


def draw_upload(run: TableRun) -> None:
    """A table of truths, such as the result itself with a column filled in."""
    drops = st.session_state.setdefault(f"truth-drops-{run.id}", 0)
    file = st.file_uploader(
        "Or drop a CSV with the columns prediction_id and label", type=["csv"], key=f"truth-file-{run.id}-{drops}"
    )
    if file is None:
        return
    try:
        pairs = pairs_of(file.getvalue())
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    _draw_record(
        "the file's", len(pairs), run, "truth-start", partial(_start_upload, run, pairs, drops),
        about="Each label becomes feedback on the prediction that it names.",
    )  # fmt: skip


def _start_upload(run: TableRun, pairs: Sequence[tuple[str, str]], drops: int) -> None:
    st.session_state[f"truth-drops-{run.id}"] = drops + 1
    start(run, pairs)


def draw_progress(run: TableRun, *, own: bool) -> None:
    """How far the recording of labels is, and what came of it.

    own: of the table's own labels, beside their button; else of those that a person gave.
    """
    job = job_of(run)
    if job is None or (job.name == OWN) != own:
        return
    done = sum(job.results, RecordedLabels())
    refused = [{"prediction_id": label.prediction_id, "label": label.label, "why": label.why} for label in done.refused]
    if not job.finished:
        with st.container(horizontal=True, vertical_alignment="center"):
            left = "waiting for other work" if job.state == "waiting" else time_left(job.seconds_left)
            st.progress(job.fraction, text=f"{number(done.recorded)} of {counted(job.total, 'label')}, {left}")
            st.button(
                "Cancel", key="truth-stop", on_click=job.cancel, help="Labels that are recorded already stay recorded."
            )
        return
    text = f"Recorded {counted(done.recorded, 'label')}: {number(done.right)} right, {number(done.wrong)} wrong."
    if missing := job.total - done.recorded - len(refused):
        text += f" {counted(missing, 'label')} not recorded: {plain(job.error or '')}"
    st.success(f"{text} Monitoring counts them.") if done.recorded else st.warning(text)
    if refused:
        st.markdown(f"{counted(len(refused), 'label')} refused:")
        st.dataframe(pd.DataFrame(refused[:MAX_REFUSED]), hide_index=True, alt="Labels that were refused, and why")
        st.download_button(
            "Download what was refused",
            data=lambda: to_csv(refused),
            file_name="lookout-refused-labels.csv",
            mime="text/csv",
            on_click="ignore",
        )
