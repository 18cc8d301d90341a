"""Charts of a flood: the rain that falls, and the depth at a point over time, by the clock where it is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.point_series import PointSeries
from core.written_numbers import significant
from pages.parts.flood.words import depth_text
from pages.parts.flood.workbench import RainTotals, SeriesRows
from pages.parts.shared.charts import BLUE, GREY, VERMILLION, empty, framed

HEIGHT = 240  # px: beside a map or below a form
HOUR = 3600.0  # [s]
MAX_LINES = 40  # of an ensemble


def hyetograph(members: Sequence[SeriesRows], totals: RainTotals, clock: Clock = ELAPSED) -> go.Figure:
    """Rain over time, a line for each of `members`. totals: of the first."""
    figure = go.Figure()
    single = len(members) == 1
    for index, rows in enumerate(members[:MAX_LINES]):
        figure.add_scatter(
            x=_positions([time for time, _ in rows], clock),
            y=[rate for _, rate in rows],
            mode="lines",
            fill="tozeroy" if single else None,
            line={"color": BLUE, "width": 2 if single else 1},
            opacity=1.0 if single else 0.5,
            hovertemplate=f"%{{y:.3g}} mm/h {_hover(clock)}<extra></extra>",
            name=f"member {index + 1}",
            showlegend=False,
        )
    figure.update_yaxes(rangemode="tozero")
    title = (
        f"{significant(totals.total)} mm of rain, up to {significant(totals.peak)} mm/h"
        if single
        else f"{len(members)} rains"
    )
    return _framed(figure, title, "Rain [mm/h]", clock)


def depth_chart(point: PointSeries, clock: Clock = ELAPSED) -> go.Figure:
    """Depth over time at one point, with the greatest and its 80 % interval."""
    if point.max_depth is None:
        return empty("How deep the water gets here over time", "There is no terrain here.").update_layout(height=HEIGHT)
    starts_dry = point.lead_times[0] > 0
    times = [*([0.0] if starts_dry else []), *point.lead_times]
    figure = go.Figure()
    if point.low is not None and point.high is not None:
        figure.add_hrect(
            y0=point.low, y1=point.high, fillcolor=VERMILLION, opacity=0.15, line_width=0,
            annotation_text="80 % interval of the greatest", annotation_position="outside top right",
        )  # fmt: skip
    figure.add_scatter(
        x=_positions(times, clock),
        y=[*([0.0] if starts_dry else []), *point.depths],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        hovertemplate=f"%{{y:.2f}} m {_hover(clock)}<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(y=point.max_depth, line_color=GREY, line_dash="dot")
    figure.update_yaxes(range=[0, 1.25 * max(point.max_depth, point.high or 0.0, 0.1)])
    if point.arrival is None:
        title = f"Stays below 0.05 m ({depth_text(point.max_depth)})"
    else:
        title = f"At most {depth_text(point.max_depth)}, {point.depth_words}; 0.05 m {clock.sentence(point.arrival)}"
    return _framed(figure, title, "Depth [m]", clock)


def _positions(times: Sequence[float], clock: Clock) -> list[float] | list[datetime]:
    """Times since the start [s] on the horizontal axis: hours, or what the clock shows, without its zone."""
    if clock.start is None:
        return [time / HOUR for time in times]
    return [clock.moment(time).replace(tzinfo=None) for time in times]


def _hover(clock: Clock) -> str:
    return "after %{x:.2f} h" if clock.start is None else "at %{x|%H:%M}"


def _framed(figure: go.Figure, title: str, vertical: str, clock: Clock) -> go.Figure:
    """Set a chart's title, the titles of its axes, and its height; the horizontal axis is of hours or clock times."""
    if clock.start is None:
        figure.update_xaxes(rangemode="tozero")
        horizontal = "Hours from the start"
    else:
        figure.update_xaxes(tickformat="%H:%M\n%d %b")
        horizontal = f"Time ({clock.start.tzinfo})"
    framed(figure, title, horizontal, vertical, 40)
    return figure.update_layout(height=HEIGHT)
