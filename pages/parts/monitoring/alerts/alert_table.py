"""Every rule with each of its alerts as a table, those that fire first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.alerts.overview import AlertOverview
from pages.parts.monitoring.alerts import alert_words
from pages.parts.shared import tables
from pages.parts.shared.words import counted, number

MAX_ROWS = 500


def draw(lines: Sequence[AlertOverview]) -> None:
    """One row for each alert, and one for each rule that nothing was ever measured for."""
    st.dataframe(
        frame_of(lines[:MAX_ROWS]),
        hide_index=True,
        key="alert-table",
        placeholder="–",
        alt="Every rule with each of its alerts: where it stands, since when, the last figure, its bounds",
        column_config={
            "state": "State",
            "rule": "Rule",
            "about": "Of what",
            "figure": st.column_config.TextColumn("Last figure", width="medium"),
            "since": tables.moment_column("Since"),
            "begins": "Begins",
            "ends": "Ends",
            "people": "Who",
        },
    )
    if len(lines) > MAX_ROWS:
        st.caption(f"The first {number(MAX_ROWS)} of {counted(len(lines), 'row')} are shown.")


def frame_of(lines: Sequence[AlertOverview]) -> pd.DataFrame:
    """The rows as they are read: state, rule, about, figure, since (viewer's zone), begins, ends, people."""
    since = pd.Series([line.state.since if line.state else None for line in lines], dtype="datetime64[us, UTC]")
    return pd.DataFrame(
        {
            "state": [alert_words.stage(line) for line in lines],
            "rule": [line.rule.title for line in lines],
            "about": [alert_words.about(line.state.labels) if line.state else None for line in lines],
            "figure": [alert_words.figure_of(line) for line in lines],
            "since": tables.local(since),
            "begins": [alert_words.begins(line.rule) for line in lines],
            "ends": [alert_words.ends(line.rule) for line in lines],
            "people": [alert_words.looked_after(line) or None for line in lines],
        }
    )
