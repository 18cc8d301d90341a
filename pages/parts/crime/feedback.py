"""The truth for many records at once: of chosen rows, from the table itself, or from a table of ids and labels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import pandas as pd
import streamlit as st

from core import inference, jobs
from core.errors import InvalidInput, LookoutError, UnknownJob
from core.jobs import Job
from core.progress import Progress, ProgressListener, Stage
from core.store import OutcomeRow
from pages.parts.crime import table_desk
from pages.parts.crime.run_result import MAX_OPENED, TableResult
from pages.parts.crime.table_desk import TableRun, note
from pages.parts.shared.tables import to_csv
from pages.parts.shared.words import counted, number, plain, time_left

MAX_TRUTHS = 100_000  # rows of a table of truths
WANTED = ("prediction_id", "label")
MAX_REFUSED = 200  # shown; the CSV has all


@dataclass(frozen=True)
class Truth:
    """What was recorded about one prediction, or why it was not."""

    prediction_id: str
    label: str
    outcome: OutcomeRow | None
    problem: str | None = None


def record(pairs: Sequence[tuple[str, str]], progress: ProgressListener) -> Iterable[Truth]:
    """Record (prediction id, label) pairs through the one path, each by itself; one that is refused says why."""
    for done, (prediction_id, label) in enumerate(pairs):
        progress(Progress(done / len(pairs), Stage.ANSWERING, detail=f"{done} of {len(pairs)} recorded"))
        try:
            yield Truth(prediction_id, label, inference.feedback(prediction_id, label, source="page"))
        except LookoutError as problem:
            yield Truth(prediction_id, label, None, problem.message)


def job_of(run: TableRun) -> Job[Truth] | None:
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
    _submit(run, lambda progress: record(pairs, progress), len(pairs))


def _submit(run: TableRun, recording: Callable[[ProgressListener], Iterable[Truth]], labels: int) -> None:
    if not labels or working(run):
        return
    try:
        jobs.submit(recording, labels, f"labels of {run.name}", identifier=_job_id(run), long=False)
    except LookoutError as problem:
        st.toast(plain(problem.message))


def pairs_of(data: bytes) -> list[tuple[str, str]]:
    """The (prediction id, label) pairs of a CSV. Raises InvalidInput."""
    try:
        frame = pd.read_csv(
            io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python"
        )
    except (ValueError, pd.errors.ParserError, UnicodeDecodeError) as problem:
        raise InvalidInput(
            expected="a CSV with the columns prediction_id and label",
            received=f"one that cannot be read: {problem!s:.100}",
            advice="Export it again.",
        ) from None
    if missing := [name for name in WANTED if name not in frame.columns]:
        raise InvalidInput(
            expected="the columns prediction_id and label",
            received=f"none called {' or '.join(missing)} among {', '.join(map(str, frame.columns[:10]))}",
            advice="Rename them.",
        )
    labelled = frame[frame["label"].str.strip() != ""]
    if labelled.empty or len(labelled) > MAX_TRUTHS:
        raise InvalidInput(
            expected=f"1 to {number(MAX_TRUTHS)} rows with a label",
            received=number(len(labelled)),
            advice="Fill in the column label, or split the table.",
        )
    return list(zip(labelled["prediction_id"].str.strip(), labelled["label"].str.strip(), strict=True))


@dataclass(frozen=True)
class TruthPreview:
    """What recording a table's own true categories would say: (prediction id, label) pairs of known categories."""

    pairs: tuple[tuple[str, str], ...]
    right: int
    unknown: int
    """Labels that this version does not know: they judge nothing and are left out."""

    @property
    def sentence(self) -> str:
        """Such as "500 labels: 430 right, 70 wrong"."""
        wrong = len(self.pairs) - self.right
        text = f"{counted(len(self.pairs), 'label')}: {number(self.right)} right, {number(wrong)} wrong"
        left = counted(self.unknown, "label of a category", "labels of categories")
        return text + (f"; {left} that this version does not know are left out" if self.unknown else "")


@lru_cache(maxsize=MAX_OPENED)
def preview(result: TableResult) -> TruthPreview:
    """What the table's own true categories say about its answers."""
    labelled = result.labelled()
    known_records = labelled[labelled["truth_rank"] >= 1]
    right = int((known_records["label"] == known_records["category"]).sum())
    pairs = tuple(zip(known_records["prediction_id"], known_records["label"], strict=True))
    return TruthPreview(pairs, right, len(labelled) - len(known_records))


def draw_own_labels(run: TableRun, result: TableResult) -> None:
    """The table's own true categories as feedback, in one click after what they would say."""
    own_truths = preview(result)
    if not own_truths.pairs:
        return
    recorded = run.work.details.get("recorded")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="own-labels"):
        if recorded:
            st.caption(f"{counted(int(recorded), 'label')} of this table were recorded; Monitoring counts them.")
            return
        st.button(
            f"Record {counted(len(own_truths.pairs), 'label')}",
            key="record-own",
            on_click=_start_own,
            args=(run, own_truths),
            disabled=working(run),
            help="Each label becomes feedback on the answer of its row.",
        )
        st.caption(f"{own_truths.sentence}.")


def _start_own(run: TableRun, own_truths: TruthPreview) -> None:
    if not table_desk.of(run.id).work.details.get("recorded"):  # else a second click before the button went
        _submit(run, lambda progress: _record_own(run, own_truths, progress), len(own_truths.pairs))


def _record_own(run: TableRun, own_truths: TruthPreview, progress: ProgressListener) -> Iterable[Truth]:
    """Record all, then note that it is done: a recording that was stopped can be begun again."""
    yield from record(own_truths.pairs, progress)
    note(run, recorded=len(own_truths.pairs))


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
    st.button(
        f"Record {counted(len(pairs), 'label')}",
        type="primary",
        on_click=_start_upload,
        args=(run, pairs),
        disabled=working(run),
        key="truth-start",
    )


def _start_upload(run: TableRun, pairs: Sequence[tuple[str, str]]) -> None:
    st.session_state[f"truth-drops-{run.id}"] += 1
    start(run, pairs)


def draw_progress(run: TableRun) -> None:
    """How far the recording of this table's labels is, and what came of it."""
    job = job_of(run)
    if job is None:
        return
    done = list(job.results)
    if not job.finished:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(
                job.fraction,
                text=f"{number(len(done))} of {counted(job.total, 'label')}, {time_left(job.seconds_left)}",
            )
            st.button("Stop", key="truth-stop", on_click=job.cancel)
        return
    recorded = [truth for truth in done if truth.outcome]
    right = sum(bool(truth.outcome and truth.outcome["correct"]) for truth in recorded)
    text = f"Recorded {counted(len(recorded), 'label')}: {number(right)} right, {number(len(recorded) - right)} wrong."
    if len(done) < job.total:
        text += f" {counted(job.total - len(done), 'label')} not recorded: {job.error}"
    st.success(f"{text} Monitoring counts them.") if recorded else st.warning(text)
    refused = [
        {"prediction_id": truth.prediction_id, "label": truth.label, "why": truth.problem}
        for truth in done
        if truth.problem
    ]
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
