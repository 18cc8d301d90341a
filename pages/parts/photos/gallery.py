"""The photos as cards: the picture, the answer, how sure, why, was it right; and the tick that chooses several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import streamlit as st

from core.contract import Answer
from core.store import OutcomeRow
from pages.parts.photos import bulk
from pages.parts.photos.batch import AnsweredPhoto, PhotoBatch
from pages.parts.shared import answers, objects, pictures
from pages.parts.shared.words import counted, plain

CARDS_PER_PAGE = 12
CARDS_PER_ROW = 3
NOT_WASTE = "not waste"  # the label for a photo that shows none
CARD_HEIGHT, WIDE_HEIGHT = 200, 300  # of a picture's room [px]
STYLE = """<style>
.st-key-gallery [class*="st-key-picture-"] {
  background: rgba(128, 128, 128, 0.12); border-radius: 6px; overflow: hidden;
}
.st-key-gallery [class*="st-key-picture-200"] img { height: 200px; object-fit: contain; width: 100%; }
.st-key-gallery [class*="st-key-picture-300"] img { height: 300px; object-fit: contain; width: 100%; }
.st-key-gallery [class*="st-key-picture-content"] { aspect-ratio: 4 / 3; }
.st-key-gallery [class*="st-key-picture-content"] img { aspect-ratio: 4 / 3; object-fit: contain; width: 100%; }
.st-key-gallery h3 { font-size: 1.6rem; }
@media (max-width: 640px) {
  .st-key-gallery [class*="st-key-picture-content"], .st-key-gallery [class*="st-key-picture-content"] img {
    aspect-ratio: 2; /* so that the labels are in sight */
  }
}
</style>"""
"""The answer is a card's largest text. Pictures fit their room, which is there before they are."""


def draw(batch: PhotoBatch, items: Sequence[AnsweredPhoto], labels: Sequence[str]) -> None:
    """Cards of one page of the gallery; a single photo gets the width of the page.

    items: those that are shown, each with an answer.
    """
    pages = math.ceil(len(items) / CARDS_PER_PAGE)
    page_key = f"gallery-page-{batch.id}"
    current = min(st.session_state.get(page_key, 1), pages)
    shown = items[(current - 1) * CARDS_PER_PAGE : current * CARDS_PER_PAGE]
    with st.container(key="gallery"):
        if len(batch.photos) == 1:
            draw_card(batch, items[0], labels, wide=True)
        else:
            for start in range(0, len(shown), CARDS_PER_ROW):
                row = shown[start : start + CARDS_PER_ROW]
                for column, item in zip(st.columns(CARDS_PER_ROW), row, strict=False):
                    with column:
                        draw_card(batch, item, labels)
    if pages > 1:
        st.pagination(pages, key=page_key, default=current)


def draw_choose_all(batch: str, items: Sequence[AnsweredPhoto]) -> None:
    """The buttons that tick every photo that is shown, or none. batch: the work's id."""
    st.button(
        f"Choose all {counted(len(items), 'photo')}",
        key=f"choose-all-{batch}",
        type="tertiary",
        help="To give them one label.",
        on_click=_choose_all,
        args=(batch, [item.index for item in items]),
    )
    if st.session_state.get(bulk.chosen_key(batch)):
        st.button("Choose none", key=f"choose-none-{batch}", type="tertiary", on_click=_choose_all, args=(batch, []))


def draw_chosen(batch: PhotoBatch, items: Sequence[AnsweredPhoto], labels: Sequence[str]) -> None:
    """What is ticked, and one label for all of it. Photos that the filters hide are not among them."""
    ticked: set[int] = st.session_state.get(bulk.chosen_key(batch.id), set())
    if chosen := [item for item in items if item.index in ticked]:
        bulk.draw(batch, chosen, labels)


def draw_card(batch: PhotoBatch, item: AnsweredPhoto, labels: Sequence[str], *, wide: bool = False) -> None:
    """One photo with its answer. wide: a photo by itself; others can be chosen among several."""
    with st.container(border=True, height="content" if wide else "stretch", key=f"card-{item.prediction.id}"):
        if wide:
            # The answer stands beside its picture, and above it on a phone: drawn first, it pushes nothing down there.
            beside, picture = st.columns([3, 2], gap="medium")
            with beside:
                _draw_answer(batch, item, labels)
            with picture:
                draw_picture(batch, item, pictures.WIDE_PIXELS, WIDE_HEIGHT)
                st.caption(plain(item.name))
            return
        draw_picture(batch, item, pictures.CARD_PIXELS, CARD_HEIGHT)
        _draw_tick(batch.id, item)
        _draw_answer(batch, item, labels)


def draw_picture(batch: PhotoBatch, item: AnsweredPhoto, pixels: int, height: int | Literal["content"]) -> None:
    """A photo, with the region that decided where that is asked for, else with the several things that it shows.

    pixels: its longer side. height: its room [px], or as its width asks.
    """
    shown = batch.picture(item.index, pixels)
    if st.session_state.get(f"region-{item.prediction.id}"):
        shown = batch.region(item, pixels) or shown
    elif several := item.prediction.answer and objects.of(item.prediction.answer):
        shown = batch.with_objects(item, pixels, [each["box"] for each in several]) or shown
    if shown:
        with st.container(key=f"picture-{height}-{item.prediction.id}", height=height, border=False):
            st.image(shown, width="stretch", alt=f"{item.name}: {caption(item.prediction.answer)}")


def _draw_tick(batch: str, item: AnsweredPhoto) -> None:
    """The photo's name with a tick. Which are ticked is kept by number: widgets of other pages are forgotten."""
    key = f"choose-{item.prediction.id}"
    st.session_state[key] = item.index in st.session_state.get(bulk.chosen_key(batch), ())
    st.checkbox(plain(item.name), key=key, on_change=_tick, args=(batch, item.index, key))


def _tick(batch: str, index: int, key: str) -> None:
    ticked: set[int] = st.session_state.setdefault(bulk.chosen_key(batch), set())
    if st.session_state[key]:
        ticked.add(index)
    else:
        ticked.discard(index)


def _choose_all(batch: str, indices: Sequence[int]) -> None:
    st.session_state[bulk.chosen_key(batch)] = set(indices)


def _draw_answer(batch: PhotoBatch, item: AnsweredPhoto, labels: Sequence[str]) -> None:
    prediction = item.prediction
    if prediction.answer is None:
        answers.draw_failure(prediction)
        return
    answers.draw(prediction.answer)
    st.toggle(
        "Show what decided", key=f"region-{prediction.id}", help="The bright, outlined part spoke for the answer."
    )
    several = objects.of(prediction.answer)
    st.caption("Are all of one material? Then say which." if several else "Was it right?")
    remember: Callable[[OutcomeRow], None] = partial(batch.judged, item.index)
    answers.ask_if_right(
        prediction,
        labels,
        item.outcome,
        remember,
        partial(batch.read, item.index),
        answers.Beside(
            none_label=NOT_WASTE,
            # what is in the log already cannot be "nothing recorded": Undo takes it back
            cannot_tell=None if item.outcome else partial(batch.cannot_tell, item.index),
            unknown=item.unknown,
        ),
    )
    if problem := answers.problem_of(prediction):
        st.error(plain(problem))


def caption(answer: Answer | None) -> str:
    """What a screen reader says of an answered photo, after its name."""
    if answer is None:
        return "no answer"
    if several := objects.in_words(answer):
        return several
    return f"answered {answer.value}" + (", not sure" if answer.abstained else "")
