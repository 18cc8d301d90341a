"""The invented log on the page: the offer of it on an empty log, and the band that marks everything below it."""

from __future__ import annotations

import streamlit as st

from pages.parts.monitoring import filters, source
from pages.parts.shared.words import percent

BAND = "**Invented log.** Nothing on this page happened: answers, people and alerts are made up, to show this page."
OFFER = (
    "Nothing has been answered yet. Answers appear here as soon as somebody asks, from a page or by the API. "
    "Until then, an invented log of 60 days shows what this page tells: drift, a fall in one district, alerts."
)
USUAL_PERIOD, LONG_PERIOD = "Last 24 hours", "Last 30 days"
OF_A_LOG = ("log-meant", "log-until", "log-table")
"""What the session remembers of the rows of one log."""


def draw() -> None:
    """The band above an invented log, which is made now if need be; on an empty log, the offer of one."""
    if source.is_invented():
        with st.container(key="invented-band", horizontal=True, vertical_alignment="center"):
            st.markdown(BAND)
            st.button("Leave the invented log", on_click=_leave, type="primary")
        _make()
    elif not source.log().distinct("system"):
        with st.container(key="invented-offer", border=True):
            st.markdown(OFFER)
            st.button("Show an invented log", on_click=_show, type="primary")


def _make() -> None:
    """Make the log, with how far that is in place of the page."""
    bar = st.empty()
    source.prepare(lambda share: bar.progress(share, f"The invented log is made, {percent(share)}."))
    bar.empty()


def _show() -> None:
    st.query_params[source.PARAMETER] = source.INVENTED
    _forget(LONG_PERIOD)


def _leave() -> None:
    st.query_params.pop(source.PARAMETER, None)
    _forget(USUAL_PERIOD)


def _forget(period: str) -> None:
    """Filters and rows of one log mean nothing in another."""
    filters.clear()
    st.session_state[filters.KEYS[3]] = period
    for key in OF_A_LOG:
        st.session_state.pop(key, None)
