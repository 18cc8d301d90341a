"""Figures of the tab Quality: accuracy over time beside what scores promise, and accuracy of groups."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.monitoring.quality import GroupAccuracy
from pages.parts.shared import charts
from pages.parts.shared.words import number, percent

MAX_GROUPS = 12  # lines of a chart that can be read on a phone


def over_time(table: pd.DataFrame, zone: str, step: str, axis: charts.Period) -> go.Figure:
    """Accuracy by feedback with its interval, and what all answers' scores promise. table: `quality_over_time`."""
    if table.empty:
        return charts.empty("How often answers were right over time, and how often their scores promise it")
    judged, answered = table[table["n"] > 0], table[table["answers"] > 0]
    figure = go.Figure()
    figure.add_scatter(
        x=answered["start"],
        y=answered["expected"],
        name="promised by scores, of all answers",
        mode="lines+markers" if len(answered) < 40 else "lines",
        line={"color": charts.BLUE, "dash": "dot", "width": 2},
        customdata=[f"{percent(row.expected)} promised, n = {number(row.answers)}" for row in answered.itertuples()],
        hovertemplate="%{customdata}<br>%{x|%Y-%m-%d %H:%M}<extra></extra>",
    )
    figure.add_scatter(
        x=judged["start"],
        y=judged["accuracy"],
        name="right, of judged",
        mode="markers",
        marker={"color": charts.RIGHT, "size": 8},
        error_y={
            "type": "data",
            "array": judged["high"] - judged["accuracy"],
            "arrayminus": judged["accuracy"] - judged["low"],
            "color": charts.RIGHT,
            "thickness": 1.2,
        },
        customdata=[
            f"{percent(row.accuracy)} right ({100 * row.low:.0f} to {percent(row.high)}), n = {number(row.n)}"
            for row in judged.itertuples()
        ],
        hovertemplate="%{customdata}<br>%{x|%Y-%m-%d %H:%M}<extra></extra>",
    )
    figure.update_yaxes(charts.SHARE_AXIS, range=[-0.02, 1.05])
    if axis is not None:
        figure.update_xaxes(range=list(axis))
    return charts.framed(figure, f"Right and promised, by the {step}", f"Time ({zone})", "Share of answers")


def by_group(groups: Sequence[GroupAccuracy], kind: str) -> go.Figure:
    """The groups with the lowest accuracy. groups: as `accuracy_by_group` sorts them."""
    rows = [
        (each.group or "others", each.accuracy.n, each.accuracy.value, *each.accuracy.interval)
        for each in groups[:MAX_GROUPS]
    ]
    table = pd.DataFrame(rows, columns=["group", "n", "accuracy", "low", "high"])
    return charts.accuracy(
        table, kind, f"Lowest {len(rows)} of {len(groups)}" if len(groups) > MAX_GROUPS else "Right by feedback"
    )
