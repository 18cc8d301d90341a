"""One label for many photos at once, after a look at what would be recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core import work
from core.errors import LookoutError
from pages.parts.photos.batch import AnsweredPhoto, PhotoBatch
from pages.parts.photos.said import LabelAction
from pages.parts.shared import answers
from pages.parts.shared.words import counted, number, plain

PROBLEM = "photos-problem"
MAX_PREVIEWS = 12  # pictures of the chosen photos
PREVIEW_WIDTH = 96  # px


def draw(batch: PhotoBatch, chosen: Sequence[AnsweredPhoto], labels: Sequence[str], *, pictured: bool = False) -> None:
    """What is chosen, the label for all of it, and the button that says what it records.

    pictured: whether the chosen photos are not in sight elsewhere.
    """
    with st.container(border=True, key="bulk"):
        st.markdown(f"**{preview(chosen)}**")
        if pictured:
            _draw_pictures(batch, chosen)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = st.selectbox(
                "All of these are",
                labels,
                index=None,
                placeholder="Choose",
                format_func=answers.name,
                key=f"bulk-label-{batch.id}",
                width=220,
            )
            count = len(chosen)
            named = plain(answers.name(label)) if label else "..."
            st.button(
                f"Record: all {number(count)} are {named}" if count > 1 else f"Record: it is {named}",
                key=f"bulk-record-{batch.id}",
                type="primary",
                disabled=label is None,
                on_click=record,
                args=(batch, [item.index for item in chosen], label, f"bulk-keep-{batch.id}"),
            )
        st.checkbox("Keep these photos, so that the next version can learn from them", key=f"bulk-keep-{batch.id}")


def preview(chosen: Sequence[AnsweredPhoto]) -> str:
    """What is chosen, in words: "7 photos chosen: 5 answered glass, 2 not sure. 1 of them has a label already"."""
    answered = Counter(
        "not sure" if answers.is_unsure(answer) else f"answered {answers.name(answer.value or 'nothing')}"
        for item in chosen
        if (answer := item.prediction.answer)
    )
    parts = ", ".join(f"{number(count)} {what}" for what, count in answered.most_common())
    labelled = sum(item.outcome is not None for item in chosen)
    already = f" {number(labelled)} of them labelled before: the new label counts." if labelled else ""
    return f"{counted(len(chosen), 'photo')} chosen: {parts}.{already}"


def _draw_pictures(batch: PhotoBatch, chosen: Sequence[AnsweredPhoto]) -> None:
    shown = [(item, picture) for item in chosen[:MAX_PREVIEWS] if (picture := batch.picture(item.index))]
    st.image([picture for _, picture in shown], width=PREVIEW_WIDTH, alt=[item.name for item, _ in shown])
    if len(chosen) > MAX_PREVIEWS:
        st.caption(f"And {number(len(chosen) - MAX_PREVIEWS)} more.")


def record(batch: PhotoBatch, indices: Sequence[int], label: str, keep_key: str) -> None:
    """Record the label that the button named for the photos that it counted."""
    try:
        batch.label(indices, label, keep=bool(st.session_state.get(keep_key)))
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state.pop(chosen_key(batch.id), None)
    st.session_state.pop(f"bulk-label-{batch.id}", None)


def draw_undo(batch: PhotoBatch) -> None:
    """Take back what was said last; the button says what that is. U does the same."""
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(plain(problem))
    if action := batch.last_said:
        what = answers.name(action.label) if action.label else "cannot tell"
        of = batch.photos[action.photos[0]].name if len(action.photos) == 1 else counted(len(action.photos), "photo")
        st.button(
            f"Undo: {plain(what)}, {plain(of)}",
            key=f"undo-{action.id}",
            type="tertiary",
            shortcut="u",
            help="Takes the label out of the log again; what was said before counts.",
            on_click=_undo,
            args=(batch, action),
        )


def _undo(batch: PhotoBatch, action: LabelAction) -> None:
    """Undo what was done last: a removal that came after the label, where its button was still on the screen."""
    try:
        removed = work.find(batch.id).removed_at
        if removed:
            work.restore(batch.id)
        else:
            batch.undo(action)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    if removed:
        st.rerun()  # the whole page: what the button stood in may be gone
    st.session_state[current_key(batch.id)] = action.photos[0]


def chosen_key(batch: str) -> str:
    """Where a visit keeps the numbers of the photos that are ticked."""
    return f"chosen-{batch}"


def current_key(batch: str) -> str:
    """Where a visit keeps the number of the photo that is being labelled."""
    return f"labelling-{batch}"
