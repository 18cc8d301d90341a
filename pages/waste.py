"""Waste: photos go in, materials come out, each with how sure it is and whether it was right."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import inference, work
from core.errors import LookoutError
from core.work import Work
from pages.parts.photos import batch as batches
from pages.parts.photos import bulk, filters, gallery, intake, labelling, site_line, table, teaching
from pages.parts.photos.batch import AnsweredPhoto, PhotoBatch
from pages.parts.photos.uploads import Refusal
from pages.parts.shared.words import plain
from pages.parts.shell import in_service, navigation, recent_work

TITLE = "Waste"
GROUP = "Analyse"
ORDER = 10
SYSTEM = "waste"

RECENT = 8  # works in the list
SECONDS_BETWEEN_LOOKS = 1.0  # at a batch that is being answered


def draw_batch(identifier: str, labels: Sequence[str]) -> None:
    """What was given and all that came of it; while a batch is at work it draws itself anew every second."""
    try:
        photo_work = work.find(identifier)
        batch = batches.opened(photo_work)
        items = batch.items()
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    moved_on = st.query_params.get(recent_work.ADDRESS) not in (None, identifier)
    if photo_work.running != st.session_state["looking"] or photo_work.removed_at or moved_on:
        st.rerun()  # the whole page once more, which begins or ends the looking
    st.html(gallery.STYLE)
    intake.draw_given(photo_work, batch)
    site = batches.site_of(photo_work)
    if site is not None and site_line.can_teach(site) and not photo_work.running:
        site_line.draw(photo_work, batch, site)
        if site_line.goes_on(batch.id):
            teaching.draw(batch, site, items, labels)
            return
    without = table.without_answer(batch, items)
    answered = [item for item in items if item.prediction.answer]
    if not answered and not without:
        return
    table.draw_summary(items, len(without))
    if not answered:
        table.draw_without_answer(without)
        draw_actions(batch)
    elif len(batch.photos) == 1:
        gallery.draw(batch, answered, labels)
        draw_actions(batch)
    else:
        draw_views(photo_work, batch, answered, without, labels)


def draw_views(
    photo_work: Work,
    batch: PhotoBatch,
    answered: Sequence[AnsweredPhoto],
    without: Sequence[Refusal],
    labels: Sequence[str],
) -> None:
    """The views under one bar of filters."""
    # one line that scrolls sideways: nothing below moves when a button joins, and a phone shows the first answer
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="photo-bar"):
        labels_now = labelling.goes_on(batch.id)
        view = filters.CARDS if labels_now else filters.draw_view_choice(batch.id, len(without))
        labelling.draw_switch(batch.id)
        chosen = filters.draw(answered, batch.id).of(answered)
        draw_actions(batch)
        if view == filters.CARDS and chosen and not labels_now:
            gallery.draw_choose_all(batch.id, chosen)
    if view == filters.WITHOUT:
        table.draw_without_answer(without)
    elif not chosen:
        st.info(filters.none_left(len(answered)))
    elif labels_now:
        labelling.draw(batch, chosen, labels)
    elif view == filters.TABLE:
        table.draw(batch, chosen, labels, working=photo_work.running)
    else:
        gallery.draw_chosen(batch, chosen, labels)
        gallery.draw(batch, chosen, labels)


def draw_actions(batch: PhotoBatch) -> None:
    """Download the answers, take back the last label, or remove it all."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", width="content", gap="small"):
        st.download_button(
            "Download CSV",
            data=lambda: table.csv(batch),
            file_name="lookout-photos.csv",
            mime="text/csv",
            on_click="ignore",
            width=130,
        )
        st.button(
            "Remove",
            key="photos-remove",
            width=85,
            on_click=work.remove,
            args=(batch.id,),
            help="Takes the photos away and stops the work; it can be undone for an hour. The log keeps its rows.",
        )
        bulk.draw_undo(batch)


def draw_first() -> None:
    """What stands where nothing was given yet."""
    if problem := inference.not_ready():
        st.info(f"{problem} Photos may be dropped already; the first answer takes a little longer.")
    intake.draw()


address = st.query_params.get(recent_work.ADDRESS)
st.title(TITLE, anchor=False)
card = in_service.card_of(SYSTEM)
st.markdown(card.question)
shown = None
if address:
    try:
        shown = work.find(address)
    except LookoutError as problem:
        st.error(plain(problem.message))
removed = shown if shown and shown.removed_at else None
shown = None if removed else shown
if shown is None or st.session_state.get(intake.UNFOLDED):
    with st.container(key="photos-above"):
        if removed:
            recent_work.draw_removed(removed)
        draw_first()
        if shown is None:
            recent_work.draw(SYSTEM, RECENT)
else:
    st.empty()  # in the intake's place: that goes at once, and nothing below moves afterwards under a click
if shown:
    navigation.name_tab(f"{TITLE}: {shown.title}")
    st.session_state["looking"] = shown.running
    draw = st.fragment(draw_batch, run_every=SECONDS_BETWEEN_LOOKS if shown.running else None)
    draw(shown.id, card.labels)
    if st.session_state.get(intake.UNFOLDED):
        recent_work.draw(SYSTEM, RECENT)
