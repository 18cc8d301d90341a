"""Charts of a flood: the rain that falls, and the depth at a point over time."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.maps.flood.point_series import PointSeries
from pages.parts.flood.words import depth_text, duration_text
from pages.parts.flood.workbench import RainTotals, SeriesRows
from pages.parts.shared.charts import BLUE, GREY, VERMILLION, empty, framed

HEIGHT = 240  # px: beside a map or below a form
HOUR = 3600.0  # [s]
MAX_LINES = 40  # of an ensemble


def hyetograph(members: Sequence[SeriesRows], totals: RainTotals) -> go.Figure:
    """Rain over time, a line for each of `members`. totals: of the first."""
    figure = go.Figure()
    single = len(members) == 1
    for index, rows in enumerate(members[:MAX_LINES]):
        figure.add_scatter(
            x=[time / HOUR for time, _ in rows],
            y=[rate for _, rate in rows],
            mode="lines",
            fill="tozeroy" if single else None,
            line={"color": BLUE, "width": 2 if single else 1},
            opacity=1.0 if single else 0.5,
            hovertemplate="%{y:.3g} mm/h after %{x:.2f} h<extra></extra>",
            name=f"member {index + 1}",
            showlegend=False,
        )
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(rangemode="tozero")
    title = f"{totals.total:.3g} mm of rain, up to {totals.peak:.3g} mm/h" if single else f"{len(members)} rains"
    framed(figure, title, "Hours from the start", "Rain [mm/h]", 40)
    return figure.update_layout(height=HEIGHT)


def depth_chart(point: PointSeries) -> go.Figure:
    """Depth over time at one point, with the greatest and its 80 % interval."""
    if point.max_depth is None:
        return empty("How deep the water gets here over time", "There is no terrain here.").update_layout(height=HEIGHT)
    starts_dry = point.lead_times[0] > 0
    hours = [*([0.0] if starts_dry else []), *(time / HOUR for time in point.lead_times)]
    figure = go.Figure()
    if point.low is not None and point.high is not None:
        figure.add_hrect(
            y0=point.low, y1=point.high, fillcolor=VERMILLION, opacity=0.15, line_width=0,
            annotation_text="80 % interval of the greatest", annotation_position="outside top right",
        )  # fmt: skip
    figure.add_scatter(
        x=hours,
        y=[*([0.0] if starts_dry else []), *point.depths],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        hovertemplate="%{y:.2f} m after %{x:.2f} h<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(y=point.max_depth, line_color=GREY, line_dash="dot")
    figure.update_yaxes(range=[0, 1.25 * max(point.max_depth, point.high or 0.0, 0.1)])
    if point.arrival is None:
        title = f"Stays below 0.05 m ({depth_text(point.max_depth)})"
    else:
        title = (
            f"At most {depth_text(point.max_depth)}, {point.depth_words}; 0.05 m after {duration_text(point.arrival)}"
        )
    framed(figure, title, "Hours from the start", "Depth [m]", 40)
    return figure.update_layout(height=HEIGHT)
