"""Every Plotly figure: pure functions from tables to figures, each with words for when there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.shared.words import NARROW_NO_BREAK, NO_BREAK, number, percent

# Okabe and Ito 2008, those of their colours that stand out on white and on dark; one meaning each, on every page.
BLUE, VERMILLION, PURPLE, GREEN = "#0072B2", "#D55E00", "#CC79A7", "#009E73"
ANSWERED, FAILED, NOT_SURE, RIGHT = BLUE, VERMILLION, PURPLE, GREEN
GREY = "#808080"  # readable in both themes; for what is only a reference
CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "showTips": False}
SMALL_TEXT_LIGHT, SMALL_TEXT_DARK = "#3D4A55", "#B9C5CF"
HEIGHT = 300  # px
TITLE_WIDTH, TITLE_LINE = 46, 20  # characters of a title that a phone holds; px of each line beyond the first
ROOM_FOR_WORD = 0.25  # of the axis, for a word beside a bar that is too short to hold it
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARE_AXIS = {"tickvals": TICKS, "ticktext": [percent(tick) for tick in TICKS]}
"""Of an axis that spans all shares: Plotly's own format has no space before the sign."""
Period = tuple[datetime, datetime] | None
"""What a time axis spans, in the viewer's zone; None: as far as there are data."""
WHEN = "%{customdata}"  # the time in UTC, on hover


def volume(steps: pd.DataFrame, zone: str, step: str, period: Period = None) -> go.Figure:
    """Predictions over time, failures on top. steps: `monitoring.over_time` in `zone`; step: its width in words."""
    if steps.empty:
        return empty("How many answers and failures there were over time")
    figure = go.Figure()
    failed = int(steps["failed"].sum())
    series = [("answered", "answered", ANSWERED)] + ([("failed", "failed", FAILED)] if failed else [])
    for column, label, colour in series:
        figure.add_bar(
            x=steps["start"],
            y=steps[column],
            name=label,
            marker_color=colour,
            customdata=_utc(steps["start"]),
            hovertemplate=f"%{{y:,}} {label}<br>{WHEN}<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.15, showlegend=len(series) > 1)
    failures = f", {number(failed)} failed" if failed else ", none failed"
    _spanning(figure, period)
    return framed(
        figure, f"{number(steps['n'].sum())} predictions{failures}", f"Time ({zone})", f"Predictions per {step}"
    )


def shares(steps: pd.DataFrame, zone: str, period: Period = None) -> go.Figure:
    """Share of failures and of "not sure" over time. steps: `monitoring.over_time`."""
    if steps.empty:
        return empty("What share failed, and what share of the answers was not sure, over time")
    figure = go.Figure()
    sign = f"{NO_BREAK}%"
    percents = steps.assign(**{name: 100 * steps[name] for name in ("not_sure_share", "failed_share")})
    not_sure, failed = (f"%{{y:.1f}}{sign} of {what}" for what in ("answers not sure", "predictions failed"))
    _line(figure, percents, "not_sure_share", "not sure, of answers", NOT_SURE, "solid", not_sure)
    _line(figure, percents, "failed_share", "failed, of all", FAILED, "dot", failed)
    figure.update_yaxes(ticksuffix=sign, rangemode="tozero")
    _spanning(figure, period)
    return framed(figure, "Failures and doubts over time", f"Time ({zone})", "Share")


def latency(steps: pd.DataFrame, zone: str, period: Period = None, of: str = "") -> go.Figure:
    """Median, 95th and 99th percentile of the time to answer. steps: `monitoring.over_time`; of: whose answers."""
    if steps.empty or steps["p50"].notna().sum() == 0:
        return empty("How long answers took: the median, and what 95 % and 99 % of them stayed below")
    figure = go.Figure()
    for column, label, dash in (("p99", "99 %", "dot"), ("p95", "95 %", "dash"), ("p50", "half", "solid")):
        _line(figure, steps, column, f"{label} below", BLUE, dash, f"{label} answered within %{{y:.3g}} ms")
    figure.update_yaxes(rangemode="tozero")
    _spanning(figure, period)
    return framed(figure, f"Time to answer{of and f', {of}'}", f"Time ({zone})", "Milliseconds")


def confidence(counts: np.ndarray, edges: np.ndarray, bounds: Mapping[str, float]) -> go.Figure:
    """How confident the answers were. counts, edges: `monitoring.histogram`; bounds: where the words for it begin."""
    total = int(counts.sum())
    if total == 0:
        return empty("How confident the answers were, from 0 to 100 %")
    percents = [f"{100 * low:.0f} to {percent(high)}" for low, high in pairwise(edges)]
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges) * 0.92,
            marker_color=ANSWERED,
            customdata=percents,
            hovertemplate="%{y:,} answers, %{customdata} confident<extra></extra>",
        )
    )
    for word, bound in bounds.items():
        figure.add_vline(x=bound, line_color=GREY, line_dash="dot")
        figure.add_annotation(
            x=bound, y=1, yref="paper", text=f"{word} ›", showarrow=False, xanchor="left", yanchor="bottom"
        )
    figure.update_xaxes(SHARE_AXIS, range=[0, 1])
    above = int(counts[edges[:-1] >= max(bounds.values(), default=1) - 1e-9].sum())
    title = f"{percent(above / total)} of {number(total)} answers are {next(iter(bounds), 'sure')}"
    return framed(figure, title, "Confidence (calibrated probability)", "Answers")


def reliability(table: pd.DataFrame) -> go.Figure:
    """How often answers of each confidence were right. table: `monitoring.reliability`."""
    if table.empty:
        return empty("Whether confidence can be trusted: of answers that were 80 % confident, 80 % should be right")
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot"}, hoverinfo="skip", showlegend=False
    )
    figure.add_scatter(
        x=table["confidence"],
        y=table["accuracy"],
        mode="markers",
        marker={"color": ANSWERED, "size": 9},
        error_y={
            "type": "data",
            "array": table["accuracy_high"] - table["accuracy"],
            "arrayminus": table["accuracy"] - table["accuracy_low"],
            "color": ANSWERED,
            "thickness": 1.2,
        },
        customdata=[
            f"{percent(confident)} confident, {percent(right)} right, n = {number(n)}"
            for confident, right, n in zip(table["confidence"], table["accuracy"], table["n"], strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(SHARE_AXIS, range=[-0.02, 1.02])
    figure.update_yaxes(SHARE_AXIS, range=[-0.02, 1.05])
    return framed(
        figure,
        f"Confidence against truth, n = {number(table['n'].sum())}",
        "Mean confidence (dotted: as right as confident)",
        "Right, of judged",
    )


def accuracy(table: pd.DataFrame, what: str, title: str = "Right by feedback") -> go.Figure:
    """Accuracy of each group with its interval. table: `monitoring.accuracy_by`; what: the groups' kind, in words."""
    if table.empty:
        return empty(f"How often answers were right, by {what}, from the feedback that people gave")
    labels = [f"{group}  (n = {number(n)})" for group, n in zip(table["group"], table["n"], strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=table["accuracy"],
            y=labels,
            mode="markers",
            marker={"color": RIGHT, "size": 10},
            error_x={
                "type": "data",
                "array": table["high"] - table["accuracy"],
                "arrayminus": table["accuracy"] - table["low"],
                "color": RIGHT,
                "thickness": 1.5,
            },
            customdata=[
                f"{percent(right)} right ({100 * low:.0f} to {percent(high)})"
                for right, low, high in zip(table["accuracy"], table["low"], table["high"], strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_xaxes(SHARE_AXIS, range=[-0.02, 1.04])
    figure.update_yaxes(autorange="reversed", type="category")
    return framed(figure, f"{title}, for each {what}", "Right, of judged (95 % interval)", None)


def marked(figure: go.Figure, marks: Iterable[tuple[datetime, str]]) -> go.Figure:
    """The figure with a dotted line at each time and a word on it, such as where a new version began to answer."""
    if figure.data:
        for when, word in marks:
            figure.add_vline(x=when.timestamp() * 1000, line_color=GREY, line_dash="dot", line_width=1)
            figure.add_annotation(
                x=when, y=1, yref="paper", text=word, showarrow=False, textangle=-90, xanchor="right", yanchor="top"
            )
    return figure


def contributions(parts: Mapping[str, float]) -> go.Figure:
    """How far each input moved the answer, strongest first. parts: {input: logits}."""
    if not parts:
        return empty("How far each input moved the answer")
    ordered = sorted(parts.items(), key=lambda part: abs(part[1]), reverse=True)
    names, values = [name for name, _ in ordered], [value for _, value in ordered]
    colours = [BLUE if value >= 0 else VERMILLION for value in values]
    words = ["for" if value >= 0 else "against" for value in values]
    figure = go.Figure(go.Bar(x=values, y=names, orientation="h", marker_color=colours, text=words, hoverinfo="x+y"))
    low, high = min(0.0, *values), max(0.0, *values)
    beside = ROOM_FOR_WORD * (high - low)
    if beside:
        figure.update_xaxes(range=[low - beside * (low < 0), high + beside * (high > 0)])
    figure.update_yaxes(autorange="reversed", type="category")
    return framed(figure, "What spoke for the answer, and what against", "Contribution (logits)", None)


def readable(figure: go.Figure, dark: bool) -> go.Figure:
    """The figure with all its small text at 4.5 to 1 and more (the theme's own is at 3.7 to 1 on light)."""
    font = {"color": SMALL_TEXT_DARK if dark else SMALL_TEXT_LIGHT}
    figure.update_xaxes(tickfont=font, title_font=font)
    figure.update_yaxes(tickfont=font, title_font=font)
    figure.update_layout(legend_font=font)
    figure.update_annotations(font=font)
    figure.update_traces(outsidetextfont=font, selector={"type": "bar"})
    figure.update_traces(colorbar={"tickfont": font, "title": {"font": font}}, selector={"type": "heatmap"})
    return figure


def empty(what: str, why: str = "Nothing in this period yet.") -> go.Figure:
    """A frame that says what the chart will show once there is something to show."""
    figure = go.Figure()
    figure.add_annotation(
        text=f"{wrapped(what)}.<br>{wrapped(why)}",
        showarrow=False,
        xref="paper",
        yref="paper",
        x=0.5,
        y=0.5,
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return figure


def _line(figure: go.Figure, steps: pd.DataFrame, column: str, label: str, colour: str, dash: str, hover: str) -> None:
    is_known = steps[column].notna()
    figure.add_scatter(
        x=steps["start"],
        y=steps[column],
        name=label,
        mode="lines+markers" if is_known.sum() < 40 else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 5},
        connectgaps=False,
        customdata=_utc(steps["start"]),
        hovertemplate=f"{hover}<br>{WHEN}<extra></extra>",
    )


def _spanning(figure: go.Figure, period: Period) -> None:
    if period is not None:
        figure.update_xaxes(range=list(period))


def framed(figure: go.Figure, title: str, x: str, y: str | None, top: int = 60) -> go.Figure:
    """Title, axes with units, and one place for the names of series; a zoom stays when the data are refreshed."""
    title = wrapped(title, TITLE_WIDTH)
    figure.update_layout(
        title={
            "text": title,
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 18 if "<br>" in title else 6},  # Plotly sets several lines 10 px too high
            "font": {"size": 15},
        },
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": top + TITLE_LINE * title.count("<br>"), "b": 8},
        separators=f".{NARROW_NO_BREAK}",  # thousands are grouped as `number` does it
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0.0, "traceorder": "normal"},
        uirevision="keep",
        hovermode="closest",
    )
    figure.update_xaxes(title_text=x, automargin=True, separatethousands=True, exponentformat="none")
    figure.update_yaxes(title_text=y, automargin=True, separatethousands=True, exponentformat="none")
    return figure


def _utc(times: pd.Series) -> list[str]:
    texts: list[str] = times.dt.tz_convert("UTC").dt.strftime("%Y-%m-%d %H:%M UTC").tolist()
    return texts


def wrapped(text: str, width: int = 38) -> str:
    """Lines short enough for a phone; a no-break space does not break."""
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "<br>".join(line.strip() for line in lines)
