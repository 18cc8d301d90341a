"""When alerts began to fire and were resolved, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from core.alerts.rules import AlertRule
from core.store.alerts import AlertEventRow
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.alerts import alert_words
from pages.parts.shared import tables
from pages.parts.shared.words import number

MAX_EVENTS = 500
KINDS = {"firing": "Fires", "resolved": "Resolved"}


def draw(rules: Mapping[str, AlertRule], system: str | None, period: timedelta | None) -> None:
    """The events of a period, of one system or of all. rules: by name."""
    log = shown_log.log().alerts
    events = log.events(shown_log.time_of_alerts() - period if period else None, MAX_EVENTS)
    meant = [event for event in events if system in (None, event["labels"].get("system"))]
    if not meant:
        st.info("No alert began or ended in this period.")
        return
    st.dataframe(
        frame_of(meant, rules),
        hide_index=True,
        key="alert-history",
        placeholder="–",
        alt="When alerts began to fire and were resolved, newest first",
        column_config={
            "time": tables.moment_column(),
            "event": "What",
            "rule": "Rule",
            "about": "Of what",
            "reason": "Why",
            "figure": st.column_config.TextColumn("Figure", width="medium"),
        },
    )
    if len(events) == MAX_EVENTS:
        st.caption(f"The newest {number(MAX_EVENTS)} are shown. They are kept for 400 days.")


def frame_of(events: Sequence[AlertEventRow], rules: Mapping[str, AlertRule]) -> pd.DataFrame:
    """The events as they are read: time (viewer's zone), event, rule, about, reason, figure."""
    times = pd.Series([event["created_at"] for event in events], dtype="datetime64[us, UTC]")
    titles = {name: rule.title for name, rule in rules.items()}
    return pd.DataFrame(
        {
            "time": tables.local(times),
            "event": [KINDS.get(event["kind"], event["kind"]) for event in events],
            "rule": [titles.get(event["rule"], event["rule"]) for event in events],
            "about": [alert_words.about(event["labels"]) or "this machine" for event in events],
            "reason": [alert_words.reason(event) for event in events],
            "figure": [alert_words.event_figure(event, rules.get(event["rule"])) for event in events],
        }
    )
