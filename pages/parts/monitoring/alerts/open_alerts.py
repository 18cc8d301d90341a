"""The alerts that fire or wait to fire, each with what a person can do now: look after it, mute it, read on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import streamlit as st

from core.alerts.overview import AlertOverview
from core.alerts.readings import labels_key
from core.alerts.states import AlertState
from core.store.alerts import AlertLog
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.alerts import alert_words, deciding, muting, runbook
from pages.parts.shared.words import ago, counted, moment, plain

MAX_SHOWN = 8  # further ones stand in the table


def draw(lines: Sequence[AlertOverview]) -> None:
    """A box for each alert, those that fire first."""
    open_lines = [(line, line.state) for line in lines if line.state and line.stage in ("firing", "pending")]
    now = shown_log.time_of_alerts()
    for line, state in open_lines[:MAX_SHOWN]:
        _draw_alert(line, state, now)
    if len(open_lines) > MAX_SHOWN:
        st.markdown(f"And {counted(len(open_lines) - MAX_SHOWN, 'further alert')}, in the table below.")


def _draw_alert(line: AlertOverview, state: AlertState, now: datetime) -> None:
    key = labels_key(state.labels)
    form = f"alert-{line.rule.name}-{sha256(key.encode()).hexdigest()[:10]}"
    since = state.began_at or state.since
    with st.container(border=True, key=form):
        grave = alert_words.SEVERITIES[line.rule.severity]
        st.markdown(f"**{plain(line.rule.title)}** – {plain(alert_words.about(state.labels) or 'this machine')}")
        st.markdown(
            f"{alert_words.stage(line)} ({line.rule.severity}: {grave}), since {moment(since)}, {ago(since, now)}. "
            f"Measured: {plain(alert_words.figure_of(line))}; it begins {plain(alert_words.begins(line.rule))}."
        )
        if by := alert_words.looked_after(line):
            st.markdown(f"{plain(by[0].upper() + by[1:])}.")
        with st.container(horizontal=True, gap="small"):
            if line.stage == "firing" and not line.acknowledged_by and state.episode:
                _draw_acknowledge(state.episode, f"{form}-acknowledge")
            if line.mute is None:
                muting.draw_popover(line.rule.name, f"{form}-mute", key)
            else:
                muting.draw_end(line, f"{form}-mute")
        runbook.draw(line.rule)


def _draw_acknowledge(episode: str, form: str) -> None:
    with st.popover("Acknowledge", key=f"{form}-open"):
        st.markdown("Others see that you look after it.")
        with st.form(form, border=False):
            deciding.name_field(form)
            st.form_submit_button("Acknowledge", on_click=_acknowledge, args=(episode, form))
        deciding.draw_problem(form)


def _acknowledge(episode: str, form: str) -> None:
    def acknowledge(log: AlertLog, actor: str, now: datetime) -> None:
        log.decisions.acknowledge(episode, actor=actor, now=now)

    deciding.decide(form, acknowledge)
