"""Figures of the tab Service: failures by kind, and what machines and processes used over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go

from core.store import MINUTE, ResourceRow
from pages.parts.shared import charts
from pages.parts.shared.words import NO_BREAK, number, viewer_zone

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MAX_KINDS = 8  # kinds of errors that are shown apart
BYTES_PER_GB = 1e9
Lines = Mapping[str, Mapping[int, float]]
"""{name: {start of the step [s since 1970]: value}}."""


def errors(kinds: Mapping[str, int]) -> go.Figure:
    """How many requests failed, by kind of error, most frequent first."""
    if not kinds:
        return charts.empty("Which kinds of errors made requests fail", "None failed in this period.")
    ordered = sorted(kinds.items(), key=lambda kind: kind[1], reverse=True)
    shown = ordered[:MAX_KINDS]
    if rest := sum(count for _, count in ordered[MAX_KINDS:]):
        shown.append(("others", rest))
    names = [name.replace("_", " ") or "unknown" for name, _ in shown]
    counts = [count for _, count in shown]
    bars = go.Bar(x=counts, y=names, orientation="h", marker_color=charts.FAILED, text=[number(n) for n in counts])
    figure = go.Figure(bars.update(hovertemplate="%{x:,} failed: %{y}<extra></extra>"))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(rangemode="tozero")
    return charts.framed(figure, f"{number(sum(counts))} failed, most often: {names[0]}", "Failed requests", None)


def shares(lines: Lines, title: str, zone: str, period: charts.Period) -> go.Figure:
    """Shares in [0, 1] over time, a line for each name, on an axis of all percents."""
    percents = {name: {start: 100 * value for start, value in line.items()} for name, line in lines.items()}
    figure = over_time(percents, title, "In use", zone, period, f"%{{y:.0f}}{NO_BREAK}%")
    if figure.data:
        figure.update_yaxes(range=[0, 100], ticksuffix=f"{NO_BREAK}%")
    return figure


def gigabytes(lines: Lines, title: str, axis: str, zone: str, period: charts.Period) -> go.Figure:
    """Sizes in bytes over time, a line for each name, drawn in GB."""
    sizes = {name: {start: value / BYTES_PER_GB for start, value in line.items()} for name, line in lines.items()}
    return over_time(sizes, title, f"{axis} (GB)", zone, period, f"%{{y:.3g}}{NO_BREAK}GB")


def over_time(
    lines: Lines, title: str, axis: str, zone: str, period: charts.Period, value: str = "%{y:.3g}"
) -> go.Figure:
    """Values over time, a line for each name. value: Plotly's template of one value."""
    if not any(lines.values()):
        return charts.empty(title, "A serving process reports once a minute; nothing was reported in this period.")
    figure = go.Figure()
    for index, (name, line) in enumerate(lines.items()):
        starts = pd.Series(pd.to_datetime(sorted(line), unit="s", utc=True))
        figure.add_scatter(
            x=starts.dt.tz_convert(viewer_zone()),
            y=[line[start] for start in sorted(line)],
            name=name,
            mode="lines+markers" if len(line) < 3 else "lines",
            line={"color": charts.BLUE, "dash": DASHES[index % len(DASHES)], "width": 2},
            customdata=starts.dt.strftime("%Y-%m-%d %H:%M UTC").tolist(),
            hovertemplate=f"{name}: {value}<br>%{{customdata}}<extra></extra>",
        )
    figure.update_layout(showlegend=len(lines) > 1)
    figure.update_yaxes(rangemode="tozero")
    if period is not None:
        figure.update_xaxes(range=list(period))
    return charts.framed(figure, title, f"Time ({zone})", axis)


def by_machine(rows: Sequence[ResourceRow], quantity: str) -> dict[str, dict[int, float]]:
    """A quantity that the processes of a machine see alike, by machine and step."""
    lines: dict[str, dict[int, float]] = {}
    for row in rows:
        value = row[quantity]  # type: ignore[literal-required]
        if value is not None:
            lines.setdefault(row["machine"], {})[row["start"]] = value
    return dict(sorted(lines.items()))


def summed(
    rows: Sequence[ResourceRow], quantity: str, until: datetime, name: str | None = None
) -> dict[str, dict[int, float]]:
    """A quantity of processes, added up by step: by machine, or of all under one name.

    A process counts by the share of its step that it was there, so that a restart doubles nothing. until: the end of
    the period, up to which the last step goes.
    """
    lines: dict[str, dict[int, float]] = {}
    for row in rows:
        value = row[quantity]  # type: ignore[literal-required]
        if value is not None:
            line = lines.setdefault(name or row["machine"], {})
            seconds = min(row["level"], until.timestamp() - row["start"])
            presence = min(1.0, row["samples"] * MINUTE / max(seconds, MINUTE))
            line[row["start"]] = line.get(row["start"], 0.0) + value * presence
    return dict(sorted(lines.items()))


def local(time: datetime) -> datetime:
    """A time in the viewer's zone."""
    return time.astimezone(UTC).astimezone(viewer_zone())
