"""The moment up to which the log is shown, the answer that is open, and from where a search goes on: in the address."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from pages.parts.monitoring import source as shown_log

UNTIL, OLDER, ANSWER, PAGE = "log-until", "log-before", "answer", "log-page"
TABLE = "log-table"  # its key, so that a choice of a row does not outlive the rows


def until() -> datetime:
    """The moment that the log is shown of: that of the address, else now, which the address then names."""
    stated = _time(UNTIL)
    if stated is None:
        stated = shown_log.now()
        st.query_params[UNTIL] = _written(stated)
    return stated


def searched_until() -> datetime | None:
    """The time from which a search goes on to older rows; None where it begins at the newest row."""
    return _time(OLDER)


def show_newest() -> None:
    """Let the log reach up to now, from its first page."""
    st.query_params[UNTIL] = _written(shown_log.now())
    search_from(None)


def begin() -> None:
    """Show the first page, as other rows make up each of them."""
    st.session_state[PAGE] = 1
    let_go()


def let_go() -> None:
    """Choose no row any longer, as other rows take their places."""
    st.session_state.pop(TABLE, None)


def search_from(time: datetime | None) -> None:
    """Go on with the rows before a time, or begin at the newest."""
    begin()
    if time is None:
        st.query_params.pop(OLDER, None)
    else:
        st.query_params[OLDER] = _written(time)


def answer() -> str | None:
    """The id of the answer whose story is told."""
    return st.query_params.get(ANSWER) or None


def open_answer(prediction_id: str | None) -> None:
    """Tell the story of an answer, or of none."""
    if prediction_id:
        st.query_params[ANSWER] = prediction_id
    else:
        st.query_params.pop(ANSWER, None)


def page_number() -> int:
    """The page that is shown, from 1."""
    stated = str(st.session_state.get(PAGE) or st.query_params.get(PAGE) or "1")
    return max(int(stated), 1) if stated.isdigit() else 1


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time(key: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(st.query_params.get(key)))
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
