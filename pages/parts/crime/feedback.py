"""The truth for many records at once: for chosen rows, or from a table of prediction ids and labels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import inference, jobs
from core.errors import InvalidInput, LookoutError
from core.jobs import Job
from core.progress import Progress, ProgressListener, Stage
from core.store import OutcomeRow
from pages.parts.shared.tables import to_csv
from pages.parts.shared.words import counted, number, plain, time_left

MAX_TRUTHS = 100_000  # rows of a table of truths
WANTED = ("prediction_id", "label")
MAX_REFUSED = 200  # shown; the CSV has all
RIGHT = "right"
KEY = "truths"
SAID = "bulk-truth"


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


def start(pairs: Sequence[tuple[str, str]]) -> None:
    """Record in the background; the page shows how far it is."""
    st.session_state[KEY] = jobs.submit(lambda progress: record(pairs, progress), len(pairs))


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


def draw_for_rows(rows: pd.DataFrame, labels: Sequence[str]) -> None:
    """Right, or one true category, for the chosen rows of a result (prediction_id, category)."""
    counted_rows = counted(len(rows), "chosen row")
    ids, values = rows["prediction_id"].tolist(), rows["category"].tolist()
    with st.container(horizontal=True, vertical_alignment="bottom", key="bulk"):
        st.button(
            f"All {counted_rows} right" if len(rows) > 1 else "Right",
            on_click=start,
            args=(list(zip(ids, values, strict=True)),),
            key="bulk-right",
            disabled=working(),
        )
        truth = st.selectbox(
            "Or they are really",
            sorted(labels),
            index=None,
            placeholder="Choose or write the true category",
            accept_new_options=True,
            key=SAID,
        )
        st.button(
            f"Record for {counted_rows}",
            type="primary",
            disabled=not truth or working(),
            on_click=_start_said,
            args=(ids,),
            key="bulk-record",
        )


def _start_said(ids: Sequence[str]) -> None:
    if truth := st.session_state[SAID]:
        start([(identifier, str(truth)) for identifier in ids])


def draw_upload() -> None:
    """A table of truths, such as the result itself with a column filled in."""
    drops = st.session_state.setdefault("truth-drops", 0)
    file = st.file_uploader(
        "Or drop a CSV with the columns prediction_id and label", type=["csv"], key=f"truth-file-{drops}"
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
        args=(pairs,),
        disabled=working(),
        key="truth-start",
    )


def _start_upload(pairs: Sequence[tuple[str, str]]) -> None:
    st.session_state["truth-drops"] += 1
    start(pairs)


def working() -> bool:
    """Whether labels are being recorded."""
    job: Job[Truth] | None = st.session_state.get(KEY)
    return job is not None and not job.finished


def draw_progress(remember: Callable[[str, OutcomeRow], None]) -> None:
    """How far the recording is, and what came of it. remember: told each (prediction id, outcome)."""
    job: Job[Truth] | None = st.session_state.get(KEY)
    if job is None:
        return
    done = list(job.results)
    for truth in done:
        if truth.outcome:
            remember(truth.prediction_id, truth.outcome)
    if not job.finished:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(
                job.fraction, text=f"{len(done)} of {counted(job.total, 'label')}, {time_left(job.seconds_left)}"
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
