"""The line that says what a site's answers rest on, and what can be done about it: teach, undo, export, forget."""

from __future__ import annotations

import streamlit as st

from core.errors import LookoutError
from core.inference import loading
from core.inference.taught import site_versions
from core.inference.taught.site_versions import check_of
from core.work import Work
from pages.parts.photos import batch as batches
from pages.parts.photos import teaching
from pages.parts.photos.batch import SYSTEM, PhotoBatch
from pages.parts.photos.intake import ADDRESS
from pages.parts.shared.words import plain


def can_teach(site: str | None) -> bool:
    """Whether photos of a site are asked for labels: the version in service gives features."""
    try:
        return site is not None and loading.gives_features(SYSTEM)
    except LookoutError:
        return False


def draw(photo_work: Work, batch: PhotoBatch, site: str) -> None:
    """What the site's answers rest on, with the buttons that belong to it; below, what the last one did."""
    taught = site_versions.latest(SYSTEM, site)
    with st.container(key="site-line", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_rests_on(site), width="content")
        going = goes_on(batch.id)
        st.button(
            "All photos" if going else "Teach this site",
            key=f"site-teach-{batch.id}",
            on_click=st.session_state.update,
            args=({_switch_key(batch.id): not going},),
            help=None if going else "A few labels, asked for one after the other, make answers here better.",
        )
        if taught is not None:
            with st.popover("Site", key=f"site-more-{batch.id}"):
                _draw_more(photo_work, site)
    if sentence := teaching.said(site):
        st.info(plain(sentence))


def goes_on(batch: str) -> bool:
    """Whether this visit teaches the site of a batch. batch: the work's id."""
    return bool(st.session_state.get(_switch_key(batch)))


def _rests_on(site: str) -> str:
    version = site_versions.in_use(SYSTEM, site)
    if version is None:
        return f"Answers at **{plain(site)}** are not checked there yet."
    check = check_of(version)
    comparison = f": {teaching.comparison(check)}" if check else ""
    return f"Answers at **{plain(site)}** rest on {version.metadata['n']} labels{comparison}."


def _draw_more(photo_work: Work, site: str) -> None:
    """Answer again, take back, take home, forget."""
    used = site_versions.in_use(SYSTEM, site) is not None
    st.button("Answer these photos again", key="site-again", on_click=_again, args=(photo_work, site))
    st.button("Undo: the answers before", key="site-undo", disabled=not used, on_click=_undo, args=(site,))
    st.download_button(
        "Download what it taught",
        data=lambda: site_versions.export(SYSTEM, site),
        file_name=f"lookout-site-{site_versions.slug(site)}.zip",
        mime="application/zip",
        on_click="ignore",
        help="Head, labels with the network's features, records and card; no photo.",
    )
    st.button(
        "Forget what it taught",
        key="site-forget",
        on_click=_forget,
        args=(site,),
        help="Removes head, labels and features. The log keeps its rows.",
    )


def _undo(site: str) -> None:
    try:
        version = site_versions.undo(SYSTEM, site)
    except LookoutError as problem:
        teaching.say(site, problem.message)
        return
    now = f"version {version.version} answers" if version else "the general version answers"
    teaching.say(site, f"Undone: {now} at {site} again.")


def _forget(site: str) -> None:
    count = site_versions.forget(SYSTEM, site)
    what = "1 version" if count == 1 else f"{count} versions"
    teaching.say(site, f"Forgotten: {what} of {site}. The general version answers.")


def _again(photo_work: Work, site: str) -> None:
    try:
        st.query_params[ADDRESS] = batches.again(photo_work)
        teaching.say(site, None)
    except LookoutError as problem:
        teaching.say(site, problem.message)


def _switch_key(batch: str) -> str:
    return f"site-teaching-{batch}"
