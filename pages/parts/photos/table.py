"""The photos as a table, as CSV, and as the list of files that have no answer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from core.contract import EXPECTED_UNLIKE, Answer
from core.inference import sites
from core.monitoring import is_more_than_expected, unlike_checked
from pages.parts.photos import bulk, gallery
from pages.parts.photos.batch import FAILED, AnsweredPhoto, PhotoBatch
from pages.parts.photos.uploads import Refusal
from pages.parts.shared import answers, objects
from pages.parts.shared.words import counted, number, percent, plain

MAX_LISTED = 50  # files without an answer that are shown; the CSV has all
SEVERAL = "of several things"
KINDS = ("plastic", "not plastic", SEVERAL, "not sure")
COLUMNS = ("photo", "answer", "plastic", "how_sure", "score", "alternatives", "said_to_be", "message")


def draw_summary(items: Sequence[AnsweredPhoto], without: int) -> None:
    """How many of which material, as the heading; below, whether the photos are like those that were checked."""
    st.header(summary(items, without), anchor=False)
    predictions = [item.prediction for item in items]
    # where a site taught the version that answered, its labels are the check
    general = [each for each in predictions if not sites.is_taught(each.version or "")]
    unlike = unlike_checked(each.answer.features for each in general if each.answer)
    if is_more_than_expected(unlike):
        st.warning(
            f"{number(unlike.hits)} of {number(unlike.n)} photos are unlike all that this version was checked on "
            f"(about {percent(EXPECTED_UNLIKE)} are expected). It may be wrong there even where it is sure: give them "
            "with the name of their site, and label some."
        )


def summary(items: Sequence[AnsweredPhoto], without: int) -> str:
    """What came of it in one sentence, such as "9 photos answered: 6 plastic, 3 not sure. 2 without an answer".

    without: files without an answer, the reason for each being known.
    """
    kinds = Counter(_kind(item.prediction.answer) for item in items if item.prediction.answer)
    parts = [f"{number(kinds[kind])} {kind}" for kind in KINDS if kinds[kind]]
    text = f"{counted(kinds.total(), 'photo')} answered: {', '.join(parts)}." if parts else "No photo answered."
    return f"{text} {number(without)} without an answer." if without else text


def _kind(answer: Answer) -> str:
    if objects.of(answer):
        return SEVERAL
    if answers.is_unsure(answer):
        return "not sure"
    return "plastic" if answer.details.get("plastic") else "not plastic"


def without_answer(batch: PhotoBatch, items: Sequence[AnsweredPhoto]) -> list[Refusal]:
    """Every file that was refused and every photo that failed, each with its reason."""
    failed = [
        Refusal(item.name, item.prediction.error or "The reason is not known.")
        for item in items
        if item.prediction.answer is None
    ]
    return [*batch.refused, *failed]


def draw_without_answer(files: Sequence[Refusal]) -> None:
    """Files that have no answer, one list with the reason for each."""
    for file in files[:MAX_LISTED]:
        st.markdown(f"**{plain(file.name)}**  \n{plain(file.reason)}")
    if len(files) > MAX_LISTED:
        st.caption(f"And {number(len(files) - MAX_LISTED)} more; the CSV has them all.")


def draw(batch: PhotoBatch, items: Sequence[AnsweredPhoto], labels: Sequence[str], *, working: bool) -> None:
    """One row per photo; a chosen row opens its card below, several can be given one label.

    working: whether rows are still added, so that none can be chosen.
    """
    import pandas as pd  # only who asks for the table pays for it

    from pages.parts.shared import tables

    frame = pd.DataFrame([as_row(item) for item in items]).reindex(columns=COLUMNS)
    frame["score"] *= 100
    selected = st.dataframe(
        frame,
        hide_index=True,
        # Rows are chosen by position: with other rows it is another table, in which none is chosen.
        key=f"photo-table-{_digest(items)}",
        placeholder="–",
        alt="Photos and their answers",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "photo": "Photo",
            "answer": "Material",
            "plastic": "Plastic",
            "how_sure": "How sure",
            "score": tables.percent_column("Score", "Calibrated probability that the material is right."),
            "alternatives": "Top three",
            "said_to_be": "A person said",
            "message": "Message",
        },
    )
    if working:
        st.caption("Rows can be chosen when all are there.")
        return
    chosen = [items[row] for row in selected.selection.rows if row < len(items)]
    if len(chosen) > 1:
        bulk.draw(batch, chosen, labels, pictured=True)
    elif chosen:
        with st.container(key="gallery"):
            gallery.draw_card(batch, chosen[0], labels, wide=True)
    else:
        st.caption("Choose a row to see its photo, several to give them one label.")


def _digest(items: Sequence[AnsweredPhoto]) -> str:
    """What tells these rows in this order from any others."""
    return hashlib.sha256("".join(item.prediction.id for item in items).encode()).hexdigest()[:16]


def as_row(item: AnsweredPhoto) -> dict[str, Any]:
    """A photo as a row of the table and of the CSV."""
    prediction, answer = item.prediction, item.prediction.answer
    row: dict[str, Any] = {"photo": item.name, "how_sure": item.word, "answer": None, "plastic": None}
    if answer:
        plastic = answer.details.get("plastic")
        row |= {"answer": answer.value, "plastic": None if plastic is None else "plastic" if plastic else "not plastic"}
        row |= {"score": answer.score, "plastic_score": answer.details.get("plastic_score")}
        row["alternatives"] = ", ".join(f"{other.value} {percent(other.score)}" for other in answer.alternatives[:3])
        if several := objects.in_words(answer):
            row["several"] = several
    row |= {
        "said_to_be": item.outcome["label"] if item.outcome else "cannot tell" if item.unknown else None,
        "message": prediction.error or (answer.reason if answer else None),
        "model_version": prediction.version,
        "answered_at": prediction.created_at,
        "prediction_id": prediction.id,
        "site": prediction.site,
    }
    return row


def csv(batch: PhotoBatch) -> bytes:
    """Every photo of a batch as CSV: answered, failed, refused, and not answered yet."""
    from pages.parts.shared import tables

    return tables.to_csv(_csv_rows(batch))


def _csv_rows(batch: PhotoBatch) -> Iterator[dict[str, Any]]:
    yield from map(as_row, batch.items())
    site = batch.site
    for refused in batch.refused:
        yield {"photo": refused.name, "how_sure": FAILED, "message": refused.reason, "site": site}
    for index in batch.rest():
        yield {"photo": batch.photos[index].name, "message": "Not answered yet.", "site": site}
