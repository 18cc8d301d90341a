"""A period in figures and charts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from core import inference, monitoring
from pages.parts.shared import charts, tables
from pages.parts.shared.words import (
    counted,
    milliseconds,
    number,
    percent,
    plain,
    viewer_zone,
    with_interval,
    zone_name,
)

ONE_STEP = timedelta(minutes=1)


def draw_figures(summary: monitoring.PeriodSummary, frame: pd.DataFrame, period: timedelta | None) -> None:
    """The period in six figures, each with what it is a share of."""
    hours = (period or span(frame)) / timedelta(hours=1)
    cells = [*st.columns(3), *st.columns(3)]
    cells[0].metric("Predictions", number(summary.n), help="Answers and failures in the period.")
    busiest = number(monitoring.busiest(frame["created_at"]))
    cells[0].caption(f"{summary.n / hours:.2g} per hour on average, {busiest} in the busiest minute")
    cells[1].metric("Failed", percent(summary.failed.value, 1))
    cells[1].caption(f"{number(summary.failed.hits)} of {counted(summary.failed.n, 'prediction')}")
    cells[2].metric("Not sure", percent(summary.not_sure.value, 1))
    cells[2].caption(f"{number(summary.not_sure.hits)} of {counted(summary.not_sure.n, 'answer')}")
    cells[3].metric("Time to answer, half within", milliseconds(summary.latency.get(50)))
    cells[3].caption(
        f"95 % within {milliseconds(summary.latency.get(95))}, 99 % within {milliseconds(summary.latency.get(99))}"
    )
    cells[4].metric("Right, by feedback", percent(summary.accuracy.value))
    cells[4].caption(
        plain(with_interval(summary.accuracy))
        if summary.accuracy.n
        else "Nobody has judged an answer of this period yet"
    )
    judged = monitoring.Share(summary.accuracy.n, summary.failed.n - summary.failed.hits)
    cells[5].metric("Judged by people", percent(judged.value, 1))
    cells[5].caption(
        f"{number(judged.hits)} of {counted(judged.n, 'answer')}. "
        "People judge what catches their eye: all answers together may do better or worse."
    )


def span(frame: pd.DataFrame) -> timedelta:
    """How long the rows reach, at least one step."""
    return ONE_STEP if frame.empty else max(frame["created_at"].max() - frame["created_at"].min(), ONE_STEP)


def draw_charts(frame: pd.DataFrame, period: timedelta | None) -> None:
    """Six charts, two in a row where there is room."""
    width = monitoring.step_width(period or span(frame))
    steps, zone = monitoring.over_time(frame, width), zone_name()
    steps["start"] = tables.local(steps["start"])
    now = datetime.now(viewer_zone())
    axis = (now - period, now) if period else None
    answered = frame[frame["status"] == "answered"]
    judged = answered[answered["correct"].notna()]
    figures = {
        "volume": (charts.volume(steps, zone, step_name(width), axis), "Predictions over time"),
        "latency": (charts.latency(steps, zone, axis), "Time to answer over time"),
        "shares": (charts.shares(steps, zone, axis), "Shares of failures and of answers that were not sure, over time"),
        "confidence": (
            charts.confidence(*monitoring.histogram(answered["score"]), inference.SCALES),
            "How confident the answers were",
        ),
        "accuracy": (charts.accuracy(monitoring.accuracy_by(answered, "version"), "version"), "Accuracy by version"),
        "reliability": (
            charts.reliability(monitoring.reliability(judged["score"], judged["correct"].astype(bool))),
            "Confidence against how often answers were right",
        ),
    }
    columns, dark = st.columns(2, gap="large"), st.context.theme.type == "dark"
    for index, (name, (figure, meaning)) in enumerate(figures.items()):
        columns[index % 2].plotly_chart(
            charts.readable(figure, dark), key=f"chart-{name}", config=charts.CONFIG, alt=meaning
        )


def step_name(width: timedelta) -> str:
    """A step's width in words: "minute", "3 hours"."""
    minutes = width // timedelta(minutes=1)
    size, name = next(
        (size, name) for size, name in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes % size == 0
    )
    return name if minutes == size else counted(minutes // size, name)
