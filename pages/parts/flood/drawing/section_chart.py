"""The chart of a section: ground and level of the water over the distance along a line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.hydraulics.hazard import WET
from core.maps.flood.drawing.section import Section
from pages.parts.flood.words import depth_text
from pages.parts.shared.charts import BLUE, GREY, framed

HEIGHT = 320  # px
KILOMETRE = 1000.0  # [m]: longer sections have their distance in km
MARGIN = 0.08  # of the shown heights, above and below


def section_chart(section: Section, step: int | None, time: str) -> tuple[go.Figure, str]:
    """The figure, and what a screen reader says of it.

    step: index of the lead time; None for the greatest depth at any time.
    time: in words, such as "at 22:30" or "at the greatest".
    """
    scale, unit = (KILOMETRE, "km") if section.distance[-1] > 2 * KILOMETRE else (1.0, "m")
    distance = section.distance / scale
    level, depth = section.level(step), section.depth(step)
    title = _title(section, depth, time)
    figure = go.Figure()
    base = float(np.nanmin(section.ground)) if np.isfinite(section.ground).any() else 0.0
    top = float(np.nanmax(np.fmax(section.ground, np.nan_to_num(section.level(None), nan=-np.inf)), initial=base + 0.1))
    margin = MARGIN * max(top - base, 0.5)
    # the filled water first, from its level down to the chart's edge; the ground then covers what lies below it
    for first, end in _stretches(np.isfinite(level)):
        part = slice(first, end)
        figure.add_scatter(
            x=[*distance[part], *distance[part][::-1]],
            y=[*level[part], *section.ground[part][::-1]],
            mode="lines",
            fill="toself",
            line={"color": BLUE, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=distance,
        y=section.ground,
        mode="lines",
        line={"color": GREY, "width": 2},
        customdata=np.column_stack([np.nan_to_num(depth), np.where(np.isfinite(level), level, section.ground)]),
        hovertemplate=f"%{{x:.3g}} {unit}: ground %{{y:.2f}} m, water %{{customdata[0]:.2f}} m deep, "
        "up to %{customdata[1]:.2f} m<extra></extra>",
        showlegend=False,
    )
    figure.update_yaxes(range=[base - margin, top + margin])
    framed(figure, title, f"Distance from A [{unit}]", "Height above datum [m]", 40)
    return figure.update_layout(height=HEIGHT), f"Section of {section.distance[-1]:,.0f} m: {title}"


def _title(section: Section, depth: np.ndarray, time: str) -> str:
    """What is seen: "At most 1.20 m deep at 22:30, 240 m from A"."""
    water_depth = np.nan_to_num(depth)
    if water_depth.max() < WET:
        return f"Dry along the line {time}"
    deepest = int(water_depth.argmax())
    wet = _wet_length(section, water_depth)
    greatest = depth_text(float(water_depth[deepest]))
    return f"At most {greatest} deep {time}, {section.distance[deepest]:,.0f} m from A; {wet}"


def _wet_length(section: Section, depth: np.ndarray) -> str:
    """How much of the line is wet: "420 m of it wet"."""
    wet = (depth >= WET).astype(float)
    length = float(np.sum(np.diff(section.distance) * (wet[1:] + wet[:-1]) / 2))
    return f"{length:,.0f} m of it wet"


def _stretches(wet: np.ndarray) -> list[tuple[int, int]]:
    """First and end index of each run of samples that are wet."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wet.astype(np.int8), [0]])))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
