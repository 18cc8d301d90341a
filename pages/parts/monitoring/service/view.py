"""Volume, time to answer, failures and doubts over time."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import monitoring
from core.errors import LookoutError
from pages.parts.monitoring import figures, period
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.period import CountedPeriod
from pages.parts.shared import charts, tables
from pages.parts.shared.words import system_names, zone_name


@st.fragment(run_every=figures.REFRESH)
def draw(meant: Meant) -> None:
    """The charts of the period that ends now; they draw themselves anew, in place."""
    try:
        counts = period.read(meant, lambda _share: None)
    except LookoutError as problem:
        st.error(problem.message)
        return
    axis, zone = counts.axis if meant.period else None, zone_name()
    steps = _over_time(counts.steps, counts)
    shown = {
        "volume": (charts.volume(steps, zone, period.step_name(counts.width), axis), "Predictions over time"),
        "shares": (charts.shares(steps, zone, axis), "Shares of failures and of answers that were not sure, over time"),
    }
    titles = system_names()
    for system, kinds in (counts.kinds_by_system or {meant.query.system or "": []}).items():
        name = titles.get(system, system)
        latency = charts.latency(_over_time(monitoring.joined(kinds), counts), zone, axis, name)
        shown[f"latency-{system}"] = latency, f"Time to answer over time {name}"
    draw_charts({name: (charts.marked(figure, counts.versions_began), alt) for name, (figure, alt) in shown.items()})


def draw_charts(figures: dict[str, tuple[go.Figure, str]]) -> None:
    """Charts, two in a row where there is room. figures: by key, each with what it shows, for who cannot see it."""
    columns, dark = st.columns(2, gap="large"), st.context.theme.type == "dark"
    for index, (name, (figure, meaning)) in enumerate(figures.items()):
        columns[index % 2].plotly_chart(
            charts.readable(figure, dark), key=f"chart-{name}", config=charts.CONFIG, alt=meaning
        )


def _over_time(steps: monitoring.rates.Steps, counts: CountedPeriod) -> pd.DataFrame:
    table = monitoring.over_time(steps, counts.width)
    return table.assign(start=tables.local(table["start"]))
