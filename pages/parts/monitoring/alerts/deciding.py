"""What a person decides about alerts, under the name that they type; what hinders is said where it was decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from core.errors import InvalidInput, LookoutError
from core.store.alerts import AlertLog
from pages.parts.monitoring import source as shown_log
from pages.parts.shared.words import plain

NAME = "alert-actor"
CHANGED = "alerts-changed"
MAX_NAME = 80
Decision = Callable[[AlertLog, str, datetime], object]
"""What is to be done: of the log of alerts, the name of who decides, and the time."""


def name_field(form: str) -> None:
    """Who decides; the name that was typed last stands there already."""
    st.text_input("Your name", value=st.session_state.get(NAME, ""), max_chars=MAX_NAME, key=f"{form}-name")


def decide(form: str, decision: Decision) -> None:
    """Do what was decided in a form that has a `name_field`."""
    try:
        name = " ".join(str(st.session_state[f"{form}-name"]).split())
        if not name:
            raise InvalidInput(
                expected="your name", received="none", advice="It stands beside the decision, so that others can ask."
            )
        st.session_state[NAME] = name
        log = shown_log.log().alerts
        decision(log, name, shown_log.time_of_alerts())
    except LookoutError as problem:
        st.session_state[_problem(form)] = problem.message
        return
    st.session_state.pop(_problem(form), None)
    st.session_state[CHANGED] = True


def draw_problem(form: str) -> None:
    """Why the last try in this form was in vain, if it was."""
    if problem := st.session_state.get(_problem(form)):
        st.error(plain(problem))


def rerun_if_changed() -> None:
    """Draw the whole page anew after a decision: what stands above the tab tells of it too."""
    if st.session_state.pop(CHANGED, False):
        st.rerun()


def _problem(form: str) -> str:
    return f"{form}-problem"
