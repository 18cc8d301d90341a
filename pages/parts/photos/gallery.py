"""What came of the photos: progress, a sentence, filters, and cards or a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from core.contract import Answer, Prediction
from core.jobs import Job
from pages.parts.photos import uploads
from pages.parts.photos.desk import AnsweredPhoto, GalleryFilter, PhotoBatch, PhotoDesk, as_refused_row, as_row
from pages.parts.photos.uploads import Refusal
from pages.parts.shared import answers
from pages.parts.shared.words import counted, plain, time_left

CARDS_PER_PAGE = 12
CARDS_PER_ROW = 3
MAX_REFUSALS = 20  # shown; the CSV has all
STYLE = """<style>
.st-key-gallery [data-testid="stImage"] img {
  aspect-ratio: 4 / 3; object-fit: contain; width: 100%; background: rgba(128, 128, 128, 0.12); border-radius: 6px;
}
</style>"""
"""All pictures of one shape, so that cards line up and nothing jumps when one arrives."""


def draw_progress(desk: PhotoDesk) -> None:
    """A bar with count, time left and Cancel for each batch at work; what to do about one that was stopped."""
    for batch_index, batch in enumerate(desk.batches):
        if not batch.job.finished:
            _draw_working(batch.job, batch_index)
        elif batch.job.state in ("cancelled", "failed") and batch.rest:
            _draw_stopped(desk, batch, batch_index)


def _draw_working(job: Job[Prediction], batch_index: int) -> None:
    done = len(job.results)
    share = max(job.fraction, done / max(job.total, 1))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=f"{done} of {counted(job.total, 'photo')} answered, {time_left(job.seconds_left)}")
        st.button(
            "Cancel", key=f"cancel-{batch_index}", on_click=job.cancel, help="Answers that are there already stay."
        )


def _draw_stopped(desk: PhotoDesk, batch: PhotoBatch, batch_index: int) -> None:
    left = counted(len(batch.rest), "photo")
    with st.container(horizontal=True, vertical_alignment="center"):
        if batch.job.state == "cancelled":
            st.info(f"Stopped as asked. {left} not answered; what was answered before is kept.")
        else:
            st.error(f"{batch.job.error} {left} not answered; what was answered before is kept.")
        st.button("Answer the rest", key=f"resume-{batch_index}", on_click=desk.resume, args=(batch,))


def summary(items: Sequence[AnsweredPhoto], refused: Sequence[Refusal] = ()) -> str:
    """What came of it in one sentence, such as "9 photos answered: 6 plastic, 3 not sure. 2 without an answer"."""
    answered = [item for item in items if item.prediction.answer]
    failed = len(items) - len(answered) + len(refused)
    kinds = Counter(_kind(item.prediction.answer) for item in items if item.prediction.answer)
    parts = [f"{kinds[kind]} {kind}" for kind in ("plastic", "not plastic", "not sure") if kinds[kind]]
    text = f"{counted(len(answered), 'photo')} answered" + (f": {', '.join(parts)}." if parts else ".")
    return f"{text} {failed} without an answer." if failed else text


def _kind(answer: Answer) -> str:
    if answers.is_unsure(answer):
        return "not sure"
    return "plastic" if answer.details.get("plastic") else "not plastic"


def choose(items: Sequence[AnsweredPhoto]) -> GalleryFilter:
    """Filters, only those that can tell the photos apart."""
    values = sorted({answer.value for item in items if (answer := item.prediction.answer) and answer.value})
    words = [word for word in ("sure", "likely", "not sure", "failed") if any(item.word == word for item in items)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="filters"):
        materials = _several("Material", values, answers.name, "material")
        plastic = st.pills("Plastic", ["plastic", "not plastic"], key="plastic", persist_state="session", wrap=True)
        sure = _several("How sure", words, str, "how-sure")
        doubts = st.toggle("Least sure first", key="doubts-first", persist_state="session")
    return GalleryFilter(tuple(materials), None if plastic is None else plastic == "plastic", tuple(sure), doubts)


def _several(label: str, values: Sequence[str], format_value: Callable[[str], str], key: str) -> list[str]:
    """Buttons of which several may be pressed."""
    return st.pills(
        label,
        values,
        selection_mode="multi",
        default=None,
        format_func=format_value,
        key=key,
        wrap=True,
        persist_state="session",
    )


def draw_cards(items: Sequence[AnsweredPhoto], labels: Sequence[str]) -> None:
    """Cards of one page of the gallery; a single photo gets the width of the page."""
    st.html(STYLE)
    pages = math.ceil(len(items) / CARDS_PER_PAGE)
    current = min(st.session_state.get("gallery-page", 1), pages)
    shown = items[(current - 1) * CARDS_PER_PAGE : current * CARDS_PER_PAGE]
    with st.container(key="gallery"):
        if len(items) == 1:
            draw_card(items[0], labels, wide=True)
        else:
            for start in range(0, len(shown), CARDS_PER_ROW):
                for column, item in zip(st.columns(CARDS_PER_ROW), shown[start : start + CARDS_PER_ROW], strict=False):
                    with column:
                        draw_card(item, labels)
    if pages > 1:
        st.pagination(pages, key="gallery-page", default=current)


def draw_card(item: AnsweredPhoto, labels: Sequence[str], *, wide: bool = False) -> None:
    """One photo with its answer."""
    with st.container(border=True, height="content" if wide else "stretch", key=f"card-{item.prediction.id}"):
        left, right = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
        with left:
            _draw_picture(item)
        with right:
            _draw_answer(item, labels)


def _draw_picture(item: AnsweredPhoto) -> None:
    shown = item.jpeg
    wants_region = st.session_state.get(f"region-{item.prediction.id}", False)
    if wants_region and item.region:
        shown = item.region
    if shown:
        answer = item.prediction.answer
        st.image(shown, width="stretch", alt=f"{item.photo.name}: {uploads.caption(answer)}")
    st.caption(plain(item.photo.name))


def _draw_answer(item: AnsweredPhoto, labels: Sequence[str]) -> None:
    prediction = item.prediction
    if prediction.answer is None:
        answers.draw_failure(prediction)
        return
    answers.draw(prediction.answer)
    st.toggle(
        "Show what decided", key=f"region-{prediction.id}", help="The bright, outlined part spoke for the answer."
    )
    answers.ask_if_right(prediction, labels, item.outcome, item.judge, item.photo.read)
    if problem := answers.problem_of(prediction):
        st.error(problem)


def draw_refused(refused: Sequence[Refusal]) -> None:
    """Files that were not taken as photos, each with its reason."""
    if not refused:
        return
    with st.expander(f"{counted(len(refused), 'file')} not taken", expanded=len(refused) <= 3):
        for refusal in refused[:MAX_REFUSALS]:
            st.markdown(f"**{plain(refusal.name)}**  \n{plain(refusal.reason)}")
        if len(refused) > MAX_REFUSALS:
            st.caption(f"And {len(refused) - MAX_REFUSALS} more; the CSV has them all.")


def draw_table(items: Sequence[AnsweredPhoto], labels: Sequence[str]) -> None:
    """One row per photo; a chosen row opens its card below."""
    import pandas as pd  # only who asks for the table pays for it

    from pages.parts.shared import tables

    frame = pd.DataFrame([as_row(item) for item in items])
    frame = frame.reindex(
        columns=["photo", "answer", "plastic", "how_sure", "score", "alternatives", "said_to_be", "message"]
    )
    frame["score"] *= 100
    selected = st.dataframe(
        frame,
        hide_index=True,
        key="photo-table",
        placeholder="–",
        alt="Photos and their answers",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "photo": "Photo",
            "answer": "Material",
            "plastic": "Plastic",
            "how_sure": "How sure",
            "score": tables.percent_column("Score", "Calibrated probability that the material is right."),
            "alternatives": "Top three",
            "said_to_be": "You said",
            "message": "Message",
        },
    )
    rows = [row for row in selected.selection.rows if row < len(items)]
    if rows:
        st.html(STYLE)
        with st.container(key="gallery"):
            draw_card(items[rows[0]], labels, wide=True)
    else:
        st.caption("Choose a row to see its photo.")


def csv(items: Sequence[AnsweredPhoto], refused: Sequence[Refusal]) -> bytes:
    """Every photo on the desk with its answer as CSV, those that failed or were refused included."""
    from pages.parts.shared import tables

    return tables.to_csv([*map(as_row, items), *map(as_refused_row, refused)])
