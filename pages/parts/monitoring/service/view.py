"""Volume, failures, time to answer, machines and cost over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import monitoring
from core.errors import LookoutError
from core.monitoring import kept
from core.store import DAY
from pages.parts.monitoring import figures, period
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.period import CountedPeriod
from pages.parts.monitoring.service import cost, machines, service_charts
from pages.parts.shared import charts, tables
from pages.parts.shared.words import plain, system_names, zone_name


@st.fragment(run_every=figures.REFRESH)
def draw(meant: Meant) -> None:
    """The charts of the period that ends now; they draw themselves anew, in place."""
    try:
        counts = period.read(meant, lambda _share: None)
        kinds = kept(("errors", str(shown_log.log().url), meant), lambda: _errors(meant, counts))
        resources = machines.read(counts, meant)
    except LookoutError as problem:
        st.error(problem.message)
        return
    axis = counts.axis if meant.period else None
    draw_charts(_of_answers(counts, meant, axis, kinds))
    st.subheader("Machines", anchor=False)
    st.markdown(machines.sentence(resources))
    draw_charts(machines.telling(resources, counts, axis))
    st.caption(plain(f"{machines.starts_in_words(resources.rows, counts)} {machines.explained(counts)}"))
    with st.expander("Queue, processes, disk and log", key="service-details", on_change="rerun") as details:
        if details.open:
            draw_charts(machines.details(resources, counts, axis))
    cost.draw()


def draw_charts(figures: dict[str, tuple[go.Figure, str]]) -> None:
    """Charts, two in a row where there is room. figures: by key, each with what it shows, for who cannot see it."""
    columns, dark = st.columns(2, gap="large"), st.context.theme.type == "dark"
    for index, (name, (figure, meaning)) in enumerate(figures.items()):
        columns[index % 2].plotly_chart(
            charts.readable(figure, dark), key=f"chart-{name}", config=charts.CONFIG, alt=meaning
        )


def _of_answers(
    counts: CountedPeriod, meant: Meant, axis: charts.Period, kinds: dict[str, int]
) -> dict[str, tuple[go.Figure, str]]:
    """Volume, failures and doubts, latency by system, and last what failed."""
    zone, steps = zone_name(), _over_time(counts.steps, counts)
    shown = {
        "volume": (charts.volume(steps, zone, period.step_name(counts.width), axis), "Predictions over time"),
        "shares": (charts.shares(steps, zone, axis), "Shares of failures and of answers that were not sure, over time"),
    }
    titles = system_names()
    for system, kinds_of_rows in (counts.kinds_by_system or {meant.query.system or "": []}).items():
        name = titles.get(system, system)
        latency = charts.latency(_over_time(monitoring.joined(kinds_of_rows), counts), zone, axis, name)
        shown[f"latency-{system}"] = latency, f"Time to answer over time {name}"
    marked = {name: (charts.marked(figure, counts.versions_began), alt) for name, (figure, alt) in shown.items()}
    return {**marked, "errors": (service_charts.errors(kinds), "Failures by kind")}


def _errors(meant: Meant, counts: CountedPeriod) -> dict[str, int]:
    """Failures of the period by kind of error."""
    kinds: Counter[str] = Counter()
    for step in shown_log.log().answer_details(replace(meant.query, since=counts.since, until=counts.until), DAY):
        kinds.update(step.details["errors"])
    return dict(kinds)


def _over_time(steps: monitoring.rates.Steps, counts: CountedPeriod) -> pd.DataFrame:
    table = monitoring.over_time(steps, counts.width)
    return table.assign(start=tables.local(table["start"]))
