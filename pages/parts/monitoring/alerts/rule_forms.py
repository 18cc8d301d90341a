"""The forms that change, copy and remove a rule; what is typed is checked before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from core.alerts.by_hand import editing
from core.alerts.measures import MEASURES
from core.alerts.rules import AlertRule
from core.errors import InvalidInput
from core.store.alerts import AlertLog
from pages.parts.monitoring.alerts import deciding
from pages.parts.shared.words import plain, system_names

DIGITS = 9  # after the point: 0.07 / 0.01 is not 7 in binary
A_LENGTH = "A whole number with s, m, h or d, such as 15m."
FIELDS = ("on", "off", "n", "pending", "keep", "enabled")


def draw_change(rule: AlertRule, *, is_edited: bool) -> None:
    """The fields that may be changed, in the units in which people say them."""
    form = f"rule-{rule.name}-change"
    with st.form(form, border=False):
        left, right = st.columns(2)
        _threshold(left, rule, "Begins", rule.threshold_on, f"{form}-on")
        _threshold(right, rule, "Ends", rule.threshold_off, f"{form}-off")
        left.text_input(
            "Fires after", value=editing.duration_text(rule.pending_for), key=f"{form}-pending", help=A_LENGTH
        )
        right.text_input(
            "Ends after", value=editing.duration_text(rule.keep_firing_for), key=f"{form}-keep", help=A_LENGTH
        )
        left.number_input("Fewest cases", min_value=1, value=rule.minimum_n, step=1, key=f"{form}-n")
        with right:
            deciding.name_field(form)
        st.toggle("Switched on", value=rule.enabled, key=f"{form}-enabled")
        st.form_submit_button("Keep the change", on_click=_change, args=(rule, form))
        if is_edited and editing.is_shipped(rule.name):
            st.form_submit_button("As shipped", type="tertiary", on_click=_as_shipped, args=(rule, form))
    deciding.draw_problem(form)


def draw_copy(rule: AlertRule) -> None:
    """A title and the systems of a new rule; what else differs is changed afterwards."""
    form = f"rule-{rule.name}-copy"
    with st.form(form, border=False):
        st.text_input("Title of the new rule", max_chars=80, placeholder=f"{rule.title} at night", key=f"{form}-title")
        titles = system_names()
        st.multiselect(
            "Systems",
            sorted({*titles, *rule.systems}),
            default=list(rule.systems),
            format_func=lambda name: titles.get(name, name),
            placeholder="Every system",
            key=f"{form}-systems",
        )
        deciding.name_field(form)
        st.form_submit_button("Add the rule", on_click=_copy, args=(rule, form))
    deciding.draw_problem(form)


def draw_removal(rule: AlertRule) -> None:
    """A removed rule cannot be had back, so that its title is to be typed."""
    form = f"rule-{rule.name}-remove"
    with st.form(form, border=False):
        st.text_input(f"To remove this rule, type its title: {plain(rule.title)}", key=f"{form}-title")
        deciding.name_field(form)
        st.form_submit_button("Remove the rule", on_click=_remove, args=(rule, form))
    deciding.draw_problem(form)


def _threshold(cell: st.delta_generator.DeltaGenerator, rule: AlertRule, label: str, value: float, key: str) -> None:
    measure = MEASURES[rule.measure]
    unit = f" [{measure.unit}]" if measure.unit else ""
    side = {"Begins": rule.direction, "Ends": "at"}[label]
    typed = round(value / measure.unit_size, DIGITS)
    cell.number_input(f"{label} {side}{unit}", value=typed, format="%.6g", key=key)


def _change(rule: AlertRule, form: str) -> None:
    typed = {name: st.session_state[f"{form}-{name}"] for name in FIELDS}
    unit_size = MEASURES[rule.measure].unit_size

    def change(log: AlertLog, actor: str, now: datetime) -> None:
        values = {
            "threshold_on": round(typed["on"] * unit_size, DIGITS),
            "threshold_off": round(typed["off"] * unit_size, DIGITS),
            "minimum_n": int(typed["n"]),
            "pending_for": typed["pending"].strip(),
            "keep_firing_for": typed["keep"].strip(),
            "enabled": bool(typed["enabled"]),
        }
        editing.change(log, rule.name, values, actor=actor, now=now)

    deciding.decide(form, change)


def _as_shipped(rule: AlertRule, form: str) -> None:
    deciding.decide(form, _edited_to_nothing(rule.name))
    for name in FIELDS:  # the form shows the shipped values again
        st.session_state.pop(f"{form}-{name}", None)


def _copy(rule: AlertRule, form: str) -> None:
    title, systems = " ".join(st.session_state[f"{form}-title"].split()), st.session_state[f"{form}-systems"]

    def copy(log: AlertLog, actor: str, now: datetime) -> None:
        editing.copy(log, rule, title, systems, actor=actor, now=now)

    deciding.decide(form, copy)


def _remove(rule: AlertRule, form: str) -> None:
    typed = st.session_state[f"{form}-title"].strip()

    def remove(log: AlertLog, actor: str, now: datetime) -> None:
        if typed != rule.title:
            raise InvalidInput(
                expected=f"the title {rule.title!r}",
                received=repr(typed) if typed else "none",
                advice="What is removed cannot be had back; to try without it, switch it off.",
            )
        _edited_to_nothing(rule.name)(log, actor, now)

    deciding.decide(form, remove)


def _edited_to_nothing(rule: str) -> Callable[[AlertLog, str, datetime], None]:
    """The decision that leaves a rule as it ships, or takes one's own away."""

    def undo(log: AlertLog, actor: str, now: datetime) -> None:
        log.decisions.edit_rule(rule, {}, actor=actor, now=now)

    return undo
