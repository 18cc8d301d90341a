"""Recent work: what was given lately, how far it is, and the way back to it; "Remove" can be undone.

Beside it the quiet strip that every page shows while work goes on somewhere else.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core import work
from core.errors import LookoutError
from core.work import Work
from pages.parts.shared.words import ago, counted, moment, number, percent, plain, system_names, time_left
from pages.parts.shell import navigation

ADDRESS = "work"
"""The query parameter that names a work."""
REMOVED = "removed-work"
REFRESH = 2.0  # seconds between two looks at work that goes on
MAX_RUNNING = 3  # works in the strip
UNITS = {"waste": "photo", "crime": "row", "flood": "forecast"}
STATES = {
    "prepared": "waiting for its columns",
    "waiting": "waiting for other work",
    "cancelled": "stopped as asked",
    "failed": "failed",
    "interrupted": "interrupted; open it to go on",
}


def draw(system: str | None = None, limit: int = 8, unfolded: int | None = None) -> None:
    """The latest works of one system, or of all, with the way to each; nothing where there is none.

    unfolded: how many of them are seen at once, the others after a click; all if None.
    """
    st.fragment(_draw_list)(system, limit, limit if unfolded is None else unfolded)


def draw_removed(item: Work) -> None:
    """That the work at this address was removed, and the way back."""
    with st.container(key="removed-line", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"Removed: **{plain(item.title)}**. What was uploaded goes after an hour; the log keeps its rows.",
            width="content",
        )
        st.button("Undo", key="restore-work", on_click=_restore, args=(item.id,))


def draw_running() -> None:
    """A line for each work that goes on, apart from the one that the page shows; nothing where there is none."""
    shown = st.query_params.get(ADDRESS)
    if shown:
        st.query_params[ADDRESS] = shown  # a link to work from its own page leaves the browser's address as it was
    try:
        running = [item for item in work.unfinished() if item.running and item.id != shown]
    except LookoutError:
        return  # the page says what is wrong with the store
    if running:
        st.fragment(_draw_strip, run_every=REFRESH)([item.id for item in running[:MAX_RUNNING]], len(running))


def _draw_list(system: str | None, limit: int, unfolded: int) -> None:
    try:
        works = work.recent(system, limit)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    removed: Mapping[str, str] = st.session_state.get(REMOVED, {})
    if not works and not removed:
        return
    with st.container(key="recent-work", gap="xxsmall"):
        st.subheader("Recent work", anchor=False)
        _offer_undo(removed)
        titles = system_names()
        for item in works[:unfolded]:
            _draw_work(item, titles.get(item.system, item.system) if system is None else None)
        if older := works[unfolded:]:
            with st.expander(f"{len(older)} older"):
                for item in older:
                    _draw_work(item, titles.get(item.system, item.system) if system is None else None)


def _draw_work(item: Work, system: str | None) -> None:
    """One line: the link, when, how far, and Remove. system: its name, where the list has several."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        navigation.link_to_work(item.system, item.id, plain(item.title))
        parts = [system] if system else []
        parts += [ago(item.created_at), *([item.actor] if item.actor != "local" else []), _state(item)]
        st.caption(" · ".join(plain(part) for part in parts), help=f"Given at {moment(item.created_at)}.")
        st.button(
            "Remove",
            key=f"remove-{item.id}",
            type="tertiary",
            on_click=_remove,
            args=(item,),
            help="Takes it off the lists and stops it. What was uploaded goes after an hour; the log keeps its rows.",
        )


def _state(item: Work) -> str:
    """How far a work is: "500 rows", "12 of 40 photos", "failed"."""
    unit = UNITS.get(item.system, "answer")
    if item.state == "done":
        return counted(item.total, unit)
    if item.state == "working":
        return f"{_done(item)}, working"
    return f"{_done(item)}, {STATES[item.state]}" if item.done else STATES[item.state]


def _done(item: Work) -> str:
    return f"{number(item.done)} of {counted(item.total, UNITS.get(item.system, 'answer'))}"


def _draw_strip(identifiers: list[str], count: int) -> None:
    with st.container(key="running-work", gap="xsmall"):
        titles = system_names()
        for identifier in identifiers:
            try:
                _draw_running(work.find(identifier), titles)
            except LookoutError:
                continue  # it was erased meanwhile
        if count > len(identifiers):
            st.caption(f"And {count - len(identifiers)} more; Home lists them.")


def _draw_running(item: Work, titles: Mapping[str, str]) -> None:
    name = f"{titles.get(item.system, item.system)}: {item.title}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        navigation.link_to_work(item.system, item.id, plain(name))
        job = work.job_of(item.id)
        if not item.running:
            st.caption("done" if item.state == "done" else STATES[item.state])
        elif job is None or job.state == "waiting":
            st.caption(_state(item))
        else:
            st.caption(f"{percent(job.fraction)}, {time_left(job.seconds_left)}")
        if item.running and job is not None:
            st.button("Cancel", key=f"stop-{item.id}", type="tertiary", on_click=work.cancel, args=(item.id,))


def _remove(item: Work) -> None:
    work.remove(item.id)
    st.session_state[REMOVED] = {item.id: item.title}  # the last one can be undone here


def _offer_undo(removed: Mapping[str, str]) -> None:
    for identifier, title in removed.items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"Removed: {plain(title)}.")
            st.button("Undo", key=f"undo-{identifier}", type="tertiary", on_click=_restore, args=(identifier,))


def _restore(identifier: str) -> None:
    st.session_state.get(REMOVED, {}).pop(identifier, None)
    try:
        work.restore(identifier)
    except LookoutError as problem:
        st.toast(plain(problem.message))
