"""A period in figures and charts."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import inference, monitoring
from core.monitoring import Share
from pages.parts.monitoring import attention
from pages.parts.monitoring.period import CountedPeriod
from pages.parts.shared import charts, tables
from pages.parts.shared.words import counted, milliseconds, number, percent, system_names, viewer_zone, zone_name

ONE_STEP = timedelta(minutes=1)
INTERVAL = "In brackets: how many cases it rests on, and the range that holds the true share in 95 of 100 such cases."


def draw_figures(period: CountedPeriod) -> None:
    """The period in six figures, each with what it is a share of."""
    summary = monitoring.summarise(period.total, period.accuracy)
    per_hour = summary.n / (max(period.until - period.since, ONE_STEP) / timedelta(hours=1))
    step = step_name(period.width)
    with st.container(key="period-figures"):
        cells = [st.container(gap="xxsmall") for _ in range(6)]
    cells[0].metric("Predictions", number(summary.n), help="Answers and failures: every row of the period.")
    busiest = number(monitoring.busiest(period.steps))
    cells[0].caption(f"{per_hour_text(per_hour)} per hour on average, {busiest} in the busiest {step}")
    _share(
        cells[1],
        "Failed",
        summary.failed,
        "prediction",
        "Requests that got no answer; the log says why for each of them.",
    )
    _share(
        cells[2],
        "Not sure",
        summary.not_sure,
        "answer",
        "Answers with a score below 60 %, and those that the system abstained on: have a person look.",
    )
    cells[3].metric(
        "Time to answer, half within",
        milliseconds(summary.latency.get(50)),
        help="The median of all answers, to two digits. Below: what 95 % and 99 % of them took at most.",
    )
    cells[3].caption(
        f"95 % within {milliseconds(summary.latency.get(95))}, 99 % within {milliseconds(summary.latency.get(99))}"
    )
    cells[4].metric(
        "Right, by feedback",
        attention.share_text(summary.accuracy),
        help=f"Of the answers that a person judged; the latest judgement counts. {INTERVAL}",
    )
    cells[4].caption(attention.basis_text(summary.accuracy))
    judged = Share(summary.accuracy.n, summary.failed.n - summary.failed.hits)
    _share(
        cells[5],
        "Judged by people",
        judged,
        "answer",
        "People judge what catches their eye: all answers together may do better or worse.",
    )


def _share(cell: DeltaGenerator, label: str, share: Share, of: str, meaning: str) -> None:
    """A share of counted rows; few rows as numbers."""
    large = percent(share.value, 1) if share.n >= attention.MIN_CASES else attention.share_text(share)
    cell.metric(label, large, help=meaning)
    cell.caption(f"{number(share.hits)} of {counted(share.n, of)}")


def draw_charts(period: CountedPeriod, is_open: bool) -> None:
    """Six charts, two in a row where there is room. is_open: the period begins with the first row."""
    steps, zone = monitoring.over_time(period.steps, period.width), zone_name()
    steps["start"] = tables.local(steps["start"])
    axis: tuple[datetime, datetime] | None = None
    if not is_open:
        axis = period.since.astimezone(viewer_zone()), period.until.astimezone(viewer_zone())
    scores = np.asarray(period.total.scores)
    edges = np.linspace(0.0, 1.0, len(scores) + 1)
    figures = {
        "volume": (charts.volume(steps, zone, step_name(period.width), axis), "Predictions over time"),
        "latency": (charts.latency(steps, zone, axis), "Time to answer over time"),
        "shares": (charts.shares(steps, zone, axis), "Shares of failures and of answers that were not sure, over time"),
        "confidence": (
            charts.confidence(scores, edges, inference.SCALES),
            "How confident the answers were",
        ),
        "accuracy": (
            charts.accuracy(monitoring.accuracy_by(_with_named_versions(period.judged), "version"), "version"),
            "Accuracy by version",
        ),
        "reliability": (
            charts.reliability(monitoring.reliability_of_counts(period.judged)),
            "Confidence against how often answers were right",
        ),
    }
    columns, dark = st.columns(2, gap="large"), st.context.theme.type == "dark"
    for index, (name, (figure, meaning)) in enumerate(figures.items()):
        columns[index % 2].plotly_chart(
            charts.readable(figure, dark), key=f"chart-{name}", config=charts.CONFIG, alt=meaning
        )


def _with_named_versions(judged: pd.DataFrame) -> pd.DataFrame:
    """Each version with its system's name before it: several systems have a 1.0.0."""
    titles = system_names()
    names = judged["system"].map(lambda system: titles.get(system, system))
    return judged.assign(version=names.str.cat(judged["version"], sep=" "))


def per_hour_text(rate: float) -> str:
    """A rate with a digit after the point where it is small."""
    return number(rate) if rate >= 10 else f"{rate:.1f}"


def step_name(width: timedelta) -> str:
    """A step's width in words: "minute", "3 hours"."""
    minutes = width // timedelta(minutes=1)
    size, name = next(
        (size, name) for size, name in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes % size == 0
    )
    return name if minutes == size else counted(minutes // size, name)
