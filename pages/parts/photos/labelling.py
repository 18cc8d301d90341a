"""One photo after the other, labelled by keys: 1 to 6 and N say what it is, the arrows move, U takes it back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import LookoutError
from pages.parts.photos import bulk, gallery
from pages.parts.photos.batch import AnsweredPhoto, PhotoBatch
from pages.parts.shared import answers, pictures
from pages.parts.shared.words import number, plain


def goes_on(batch: str) -> bool:
    """Whether this visit labels the photos of a batch one after the other. batch: the work's id."""
    return bool(st.session_state.get(_switch_key(batch)))


def draw_switch(batch: str) -> None:
    """The button that begins or ends labelling.

    A button, for a group of views would keep the focus and the arrows to itself.
    """
    going = goes_on(batch)
    st.button(
        "All photos" if going else "Label",
        key=f"labelling-{'end' if going else 'begin'}-{batch}",
        help=None if going else "One photo after the other, by keys: 1 to 6, N, arrows, U takes the last one back.",
        width=110 if going else 75,
        on_click=st.session_state.update,
        args=({_switch_key(batch): not going},),
    )


def draw(batch: PhotoBatch, items: Sequence[AnsweredPhoto], labels: Sequence[str], heading: str | None = None) -> None:
    """The photo whose turn it is, large, beside its answer and one button per label.

    items: those to go through. heading: what stands above the answer, if not the place among them.
    """
    position = current_position(items, st.session_state.get(bulk.current_key(batch.id)))
    item = items[position]
    st.session_state[bulk.current_key(batch.id)] = item.index
    with st.container(key="gallery"), st.container(border=True, key=f"card-{item.prediction.id}"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            gallery.draw_picture(batch, item, pictures.WIDE_PIXELS, "content")
        with right:
            looked_at = sum(other.looked_at for other in items)
            st.caption(
                heading
                or f"{plain(item.name)}, {number(position + 1)} of {number(len(items))}; "
                f"{number(looked_at)} looked at, {number(len(items) - looked_at)} to go"
            )
            if item.prediction.answer:
                answers.draw(item.prediction.answer)
            _draw_said(item)
            _draw_labels(batch, items, position, labels)
            if len(items) > 1:
                _draw_moves(batch, items, position)
            st.toggle(
                "Keep what I label",
                key=_keep_key(batch.id),
                help="The photos are stored with their labels, so that the next version can learn from them.",
            )


def _draw_said(item: AnsweredPhoto) -> None:
    """What was said before; a line of the same height where nothing was, so that no button moves."""
    if item.outcome:
        st.markdown(f"Recorded: **{plain(answers.recorded_text(item.prediction, item.outcome))}**.")
    else:
        st.markdown("Nobody could tell: **nothing recorded**." if item.unknown else "What is it?")


def _draw_labels(batch: PhotoBatch, items: Sequence[AnsweredPhoto], position: int, labels: Sequence[str]) -> None:
    """A button per label. Each names its photo in its key: a key pressed too early cannot reach the next photo."""
    item, following = items[position], next_index(items, position)
    with st.container(horizontal=True, gap="small"):
        for key, label in keys_of(labels).items():
            st.button(
                answers.name(label),
                key=f"label-{key}-{item.prediction.id}",
                shortcut=key,
                on_click=_label,
                args=(batch, item.index, label, following),
            )
        st.button(
            "cannot tell",
            key=f"label-t-{item.prediction.id}",
            shortcut="t",
            help="Nothing is recorded as true.",
            disabled=item.outcome is not None,
            on_click=_cannot_tell,
            args=(batch, item.index, following),
        )


def _draw_moves(batch: PhotoBatch, items: Sequence[AnsweredPhoto], position: int) -> None:
    with st.container(horizontal=True, gap="small"):
        for text, key, to in (("Previous", "left", position - 1), ("Next", "right", position + 1)):
            within = 0 <= to < len(items)
            st.button(
                text,
                key=f"move-{key}-{items[position].prediction.id}",
                shortcut=key,
                disabled=not within,
                on_click=_move,
                args=(batch.id, items[to].index if within else None),
            )


def keys_of(labels: Sequence[str]) -> dict[str, str]:
    """The key of each label: 1, 2, 3 ... in their order, and N for what is not waste."""
    numbered = {str(number): label for number, label in enumerate(labels, start=1) if label != gallery.NOT_WASTE}
    return {**numbered, "n": gallery.NOT_WASTE} if gallery.NOT_WASTE in labels else numbered


def current_position(items: Sequence[AnsweredPhoto], index: int | None) -> int:
    """Where the photo of that number stands; the first that nobody looked at if it is not among them."""
    for position, item in enumerate(items):
        if item.index == index:
            return position
    return next((position for position, item in enumerate(items) if not item.looked_at), 0)


def next_index(items: Sequence[AnsweredPhoto], position: int) -> int:
    """The number of the next photo that nobody looked at, from the one at `position` on; else of the one after it."""
    order = [*range(position + 1, len(items)), *range(position)]
    waiting = (items[candidate].index for candidate in order if not items[candidate].looked_at)
    return next(waiting, items[min(position + 1, len(items) - 1)].index)


def _label(batch: PhotoBatch, index: int, label: str, following: int) -> None:
    try:
        batch.label([index], label, keep=bool(st.session_state.get(_keep_key(batch.id))))
    except LookoutError as problem:
        st.session_state[bulk.PROBLEM] = problem.message
        return
    _move(batch.id, following)


def _cannot_tell(batch: PhotoBatch, index: int, following: int) -> None:
    batch.cannot_tell(index)
    _move(batch.id, following)


def _move(batch: str, to: int | None) -> None:
    st.session_state[bulk.current_key(batch)] = to


def _keep_key(batch: str) -> str:
    return f"labelling-keep-{batch}"


def _switch_key(batch: str) -> str:
    return f"labelling-on-{batch}"
