"""One rule: what it looks at, how it stands with its alerts, and the ways to mute, change, copy or remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.alerts.by_hand import editing
from core.alerts.overview import AlertOverview
from core.alerts.rules import AlertRule
from core.store.alerts import RuleEditRow
from pages.parts.monitoring.alerts import alert_words, muting, rule_forms, runbook
from pages.parts.shared.words import moment, plain

RULE = "alert-rule"


def draw(rules: Sequence[AlertRule], lines: Sequence[AlertOverview], edits: Mapping[str, RuleEditRow]) -> None:
    """Which rule is meant, kept in the address, and all about it. lines: of all rules."""
    by_title = {rule.title: rule for rule in rules}
    if st.session_state.get(RULE) not in (None, *by_title):
        st.session_state[RULE] = next(iter(by_title))  # the rule was removed meanwhile
    title = st.selectbox("Rule", by_title, key=RULE, bind="query-params")
    rule = by_title[title]
    st.markdown(" ".join(plain(sentence) for sentence in alert_words.rule_sentences(rule)))
    st.markdown(f"**{rule.severity.capitalize()}**: {alert_words.SEVERITIES[rule.severity]}. {plain(rule.advice)}")
    _draw_standing(rule, [line for line in lines if line.rule.name == rule.name], edits.get(rule.name))
    runbook.draw(rule)
    with st.expander("Change the rule"):
        rule_forms.draw_change(rule, is_edited=rule.name in edits)
    with st.expander("Add a rule like this one"):
        rule_forms.draw_copy(rule)
    if not editing.is_shipped(rule.name):
        with st.expander("Remove the rule"):
            rule_forms.draw_removal(rule)


def _draw_standing(rule: AlertRule, lines: Sequence[AlertOverview], edit: RuleEditRow | None) -> None:
    """Whether it is switched off, who changed it, and the mute of the whole rule."""
    if not rule.enabled:
        st.info("This rule is switched off: nothing is measured, and nobody is told.")
    if edit is not None:
        verb = "Changed" if editing.is_shipped(rule.name) else "Written"
        st.caption(f"{verb} by {plain(edit['actor'])}, {moment(edit['created_at'])}.")
    form = f"rule-{rule.name}-mute"
    rule_mute = next((line for line in lines if line.mute and not line.mute["labels_key"]), None)
    if rule_mute is None:
        muting.draw_popover(rule.name, form)
    else:
        words = alert_words.muted(rule_mute)
        st.markdown(f"{plain(words[0].upper() + words[1:])}.")
        muting.draw_end(rule_mute, form)
