"""Muting: nobody is told of a rule, or of one of its alerts, until a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from core.alerts.overview import AlertOverview
from core.errors import LookoutError
from core.store.alerts import AlertLog
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.alerts import deciding
from pages.parts.shared.words import plain

LENGTHS = {
    "1 hour": timedelta(hours=1),
    "8 hours": timedelta(hours=8),
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
}
MAX_NOTE = 200


def draw_popover(rule: str, form: str, labels_key: str = "") -> None:
    """A button that opens the form. labels_key: of one alert; all alerts of the rule without."""
    with st.popover("Mute" if labels_key else "Mute the rule", key=f"{form}-open"):
        st.markdown("It goes on in silence. If it still fires when the time is over, it is told once.")
        with st.form(form, border=False):
            st.selectbox("For", LENGTHS, key=f"{form}-length")
            deciding.name_field(form)
            st.text_input("Why", max_chars=MAX_NOTE, placeholder="such as: new camera, known", key=f"{form}-note")
            st.form_submit_button("Mute", on_click=_mute, args=(rule, form, labels_key))
        deciding.draw_problem(form)


def draw_end(line: AlertOverview, form: str) -> None:
    """A button that ends the mute of a line that has one."""
    if line.mute is not None:
        st.button("Unmute", key=f"{form}-unmute", on_click=_unmute, args=(line.mute["id"], form))
        deciding.draw_problem(form)


def _mute(rule: str, form: str, labels_key: str) -> None:
    length, note = LENGTHS[st.session_state[f"{form}-length"]], st.session_state[f"{form}-note"]

    def mute(log: AlertLog, actor: str, now: datetime) -> None:
        log.decisions.mute(rule, now + length, actor=actor, now=now, labels_key=labels_key, note=note)

    deciding.decide(form, mute)


def _unmute(identifier: str, form: str) -> None:
    try:
        log = shown_log.log().alerts
        log.decisions.unmute(identifier, shown_log.time_of_alerts())
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    st.session_state[deciding.CHANGED] = True
