"""The one thing to do first: drop photos, or try the example; afterwards one line that says what was given."""

from __future__ import annotations

import io
from collections.abc import Sequence

import streamlit as st

from core import work
from core.errors import LookoutError
from core.inference import sites
from core.store import Query, store
from core.work import Work
from pages.parts.photos import batch as batches
from pages.parts.photos import uploads
from pages.parts.photos.batch import PhotoBatch
from pages.parts.photos.uploads import GivenFile
from pages.parts.shared import glossary, pictures
from pages.parts.shared.words import ago, counted, number, plain, time_left

ADDRESS = "work"  # the query parameter that names a work
UNFOLDED = "photos-intake"
DROPS = "photos-drops"
PROBLEM = "photos-intake-problem"
SITE = "photos-site"
SITE_WIDTH, SITE_HEIGHT = 220, 64  # of the place for the site [px], there from the beginning too
CAMERA_WIDTH = 560  # px
DROP_HEIGHT = 90  # of the place for files [px], which is there before the browser has drawn what it holds
STYLE = """<style>
:is(.st-key-photos-drop, .st-key-photos-site-place) { overflow: visible; }
:is(.st-key-photos-drop, div:has(> .st-key-photos-drop)):has([data-testid="stFileChip"]) {
  height: auto !important;
}
</style>"""
"""The place for files grows with the list of them."""


def draw() -> None:
    """Where photos are dropped, with the example and the camera beside it."""
    st.html(STYLE)
    drops = st.session_state.setdefault(DROPS, 0)  # part of the widgets' keys, so that each is empty again afterwards
    key = f"drop-{drops}"
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        with st.container(key="photos-drop", height=DROP_HEIGHT, border=False):
            st.file_uploader(
                "Drop photos here, or a ZIP of photos",
                type=[*uploads.SUFFIXES, "zip"],
                accept_multiple_files=True,
                key=key,
                on_change=_take_files,
                args=(key,),
            )
        _draw_site()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Try an example",
            on_click=_try_example,
            help="A drawing of a bottle, not a photo: it shows how an answer looks, not how good answers are.",
        )
        camera = st.toggle("Use the camera", key="camera", help="The browser asks for permission first.")
    if camera:
        key = f"shot-{drops}"
        # no wider, so that the button below the picture is in sight
        st.camera_input("Take a photo", key=key, on_change=_take_shot, args=(key, drops), width=CAMERA_WIDTH)
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(plain(problem))


def _draw_site() -> None:
    """Which place the photos come from: one of the log's sites, or a new name; the last one stays chosen."""
    try:
        logged_sites = store().distinct("site", Query(system=batches.SYSTEM))
    except LookoutError:
        logged_sites = []  # the page says what is wrong with the store
    chosen = st.session_state.get(SITE)
    with st.container(key="photos-site-place", width=SITE_WIDTH, height=SITE_HEIGHT, border=False):
        st.selectbox(
            "Site",
            logged_sites if chosen is None or chosen in logged_sites else [*logged_sites, chosen],
            index=None,
            key=SITE,
            placeholder="Not said",
            help=glossary.meaning("site"),
            accept_new_options=True,
            on_change=_check_site,
            persist_state="session",
        )


def draw_given(photo_work: Work, batch: PhotoBatch) -> None:
    """What was given, in one line; while it is answered, how far that is. Then what to do about a rest."""
    with st.container(key="photos-given", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        if photo_work.running:
            _draw_progress(photo_work)
        else:
            site = batches.site_of(photo_work)
            origin = f", site {plain(site)}" if site else ""
            st.markdown(f"**{plain(photo_work.title)}**{origin}, given {ago(photo_work.created_at)}")
            _draw_unfold()
    if not photo_work.running and (rest := batch.rest()):
        _draw_rest(photo_work, batch, len(rest))


def _draw_progress(photo_work: Work) -> None:
    job = work.job_of(photo_work.id)
    before = photo_work.total - job.total if job else photo_work.done
    done = before + len(job.results) if job else photo_work.done
    left = f", {time_left(job.seconds_left)}" if job else ""
    st.progress(
        done / max(photo_work.total, 1), text=f"{number(done)} of {counted(photo_work.total, 'photo')} answered{left}"
    )
    if job:
        st.button(
            "Cancel",
            key="photos-cancel",
            on_click=work.cancel,
            args=(photo_work.id,),
            help="Answers that are there already stay.",
        )


def _draw_unfold() -> None:
    unfolded = st.session_state.get(UNFOLDED, False)
    text = "Keep these photos" if unfolded else "Change photos"
    if st.button(text, key="photos-change", type="tertiary", width=130):
        st.session_state[UNFOLDED] = not unfolded
        st.rerun()  # the whole page: the intake stands outside of what is drawn again while work goes on


def _draw_rest(photo_work: Work, batch: PhotoBatch, rest: int) -> None:
    left = f"{counted(rest, 'photo')} not answered; what was answered before is kept."
    with st.container(horizontal=True, vertical_alignment="center"):
        if photo_work.state == "cancelled":
            st.info(f"Stopped as asked. {left}")
        elif photo_work.state == "interrupted":
            st.info(f"Interrupted: Lookout was restarted. {left}")
        else:
            st.error(f"{plain(photo_work.error or '')} {left}")
        st.button(
            "Go on" if photo_work.state == "interrupted" else "Answer the rest",
            key="photos-go-on",
            on_click=_go_on,
            args=(batch,),
        )


def _go_on(batch: PhotoBatch) -> None:
    try:
        batch.start()
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message


def _check_site() -> None:
    """Write a site as the log does; one that cannot be used is told at once, before photos are given for it."""
    try:
        st.session_state[SITE] = sites.checked(st.session_state[SITE])
    except LookoutError as problem:
        st.session_state[SITE] = None
        st.session_state[PROBLEM] = problem.message


def _take_files(key: str) -> None:
    if files := st.session_state[key]:
        _give([GivenFile(file.name, file) for file in files])


def _take_shot(key: str, drops: int) -> None:
    if shot := st.session_state[key]:
        _give([GivenFile(f"camera {drops + 1}.jpg", shot)])


def _try_example() -> None:
    _give([GivenFile("drawn example, not a photo.jpg", io.BytesIO(pictures.drawn_example()))])


def _give(files: Sequence[GivenFile]) -> None:
    """Start on what was given; it has an address from now on."""
    st.session_state[DROPS] += 1
    try:
        st.query_params[ADDRESS] = batches.give(files, st.session_state.get(SITE))
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return
    st.session_state[UNFOLDED] = False
