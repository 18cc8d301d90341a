"""Charts of a flood: the rain that falls, and the depth at a place over time."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.maps.flood.point_series import PointSeries
from pages.parts.flood.words import depth_text, duration_text
from pages.parts.shared.charts import BLUE, GREY, VERMILLION, empty, framed

HEIGHT = 240  # px: beside a map or below a form
HOUR = 3600.0
MAX_LINES = 40  # of an ensemble


def hyetograph(members: Sequence[Sequence[Sequence[float]]], total: float, peak: float) -> go.Figure:
    """Rain over time. members: rows of time [s] and rate [mm/h]; total [mm] and peak [mm/h] of the first."""
    figure = go.Figure()
    for place, rows in enumerate(members[:MAX_LINES]):
        only = len(members) == 1
        figure.add_scatter(
            x=[time / HOUR for time, _ in rows],
            y=[rate for _, rate in rows],
            mode="lines",
            fill="tozeroy" if only else None,
            line={"color": BLUE, "width": 2 if only else 1},
            opacity=1.0 if only else 0.5,
            hovertemplate="%{y:.3g} mm/h after %{x:.2f} h<extra></extra>",
            name=f"member {place + 1}",
            showlegend=False,
        )
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(rangemode="tozero")
    said = f"{total:.3g} mm of rain, up to {peak:.3g} mm/h"
    framed(figure, said if len(members) == 1 else f"{len(members)} rains", "Hours from the start", "Rain [mm/h]", 40)
    return figure.update_layout(height=HEIGHT)


def depth(found: PointSeries) -> go.Figure:
    """Depth over time at one place, with the greatest and its 80 % interval."""
    if found.max_depth is None:
        return empty("How deep the water gets here over time", "There is no terrain here.").update_layout(height=HEIGHT)
    starts = found.lead_times[0] > 0  # dry
    hours = [*([0.0] if starts else []), *(one / HOUR for one in found.lead_times)]
    figure = go.Figure()
    if found.low is not None and found.high is not None:
        figure.add_hrect(
            y0=found.low, y1=found.high, fillcolor=VERMILLION, opacity=0.15, line_width=0,
            annotation_text="80 % interval of the greatest", annotation_position="outside top right",
        )  # fmt: skip
    figure.add_scatter(
        x=hours,
        y=[*([0.0] if starts else []), *found.depths],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        hovertemplate="%{y:.2f} m after %{x:.2f} h<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(y=found.max_depth, line_color=GREY, line_dash="dot")
    figure.update_yaxes(range=[0, 1.25 * max(found.max_depth, found.high or 0.0, 0.1)])
    title = (
        f"At most {depth_text(found.max_depth)}, {found.depth_words}"
        if found.arrival is not None
        else f"Stays below 0.05 m ({depth_text(found.max_depth)})"
    )
    if found.arrival is not None:
        title += f"; 0.05 m after {duration_text(found.arrival)}"
    framed(figure, title, "Hours from the start", "Depth [m]", 40)
    return figure.update_layout(height=HEIGHT)
