"""A report's charts as shapes on a plane, which the page writes as SVG and the paper draws with its pen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.reports.content import ShareRows, TimeBars
from core.written_numbers import percent, whole

WIDTH = 640.0
BAR_AREA_TOP, BAR_AREA_HEIGHT, AXIS_LEFT = 8.0, 96.0, 44.0
ROW_HEIGHT, LABEL_WIDTH, VALUE_WIDTH = 22.0, 250.0, 130.0
GAP = 0.15  # share of a step that lies between two bars
RADIUS = 4.0
Anchor = Literal["start", "middle", "end"]
Ink = Literal["data", "marked", "axis"]


@dataclass(frozen=True)
class Bar:
    """A filled rectangle, its upper left corner first."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink = "data"


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    ink: Ink = "axis"


@dataclass(frozen=True)
class Dot:
    """A filled circle of RADIUS."""

    x: float
    y: float
    ink: Ink = "data"


@dataclass(frozen=True)
class Label:
    """A line of text whose base line is y."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"


Shape = Bar | Stroke | Dot | Label


@dataclass(frozen=True)
class Drawing:
    """Shapes, drawn in order. width, height: of the plane, whose y points down."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def drawing(chart: TimeBars | ShareRows) -> Drawing:
    """The shapes of a chart, without its title."""
    return _time_bars(chart) if isinstance(chart, TimeBars) else _share_rows(chart)


def _time_bars(chart: TimeBars) -> Drawing:
    highest = max(chart.counts, default=0) or 1
    bottom, step = BAR_AREA_TOP + BAR_AREA_HEIGHT, (WIDTH - AXIS_LEFT) / max(len(chart.counts), 1)
    bars: list[Shape] = [
        Bar(AXIS_LEFT + (index + GAP / 2) * step, bottom - height, (1 - GAP) * step, height)
        for index, count in enumerate(chart.counts)
        if (height := BAR_AREA_HEIGHT * count / highest)
    ]
    ends: list[Shape] = [Label(AXIS_LEFT, bottom + 16, f"{chart.starts[0]:%Y-%m-%d}")] if chart.starts else []
    ends += [Label(WIDTH, bottom + 16, f"{chart.starts[-1]:%Y-%m-%d}", "end")] if len(chart.starts) > 1 else []
    axis: list[Shape] = [
        Stroke(AXIS_LEFT, bottom, WIDTH, bottom),
        Stroke(AXIS_LEFT, BAR_AREA_TOP, WIDTH, BAR_AREA_TOP),
        Label(AXIS_LEFT - 6, bottom, "0", "end"),
        Label(AXIS_LEFT - 6, BAR_AREA_TOP + 8, whole(highest), "end"),
    ]
    return Drawing(WIDTH, bottom + 24, (*axis, *bars, *ends))


def _share_rows(chart: ShareRows) -> Drawing:
    left, right = LABEL_WIDTH, WIDTH - VALUE_WIDTH
    bottom = ROW_HEIGHT * len(chart.lines) + 4
    shapes: list[Shape] = []
    for share in (0.0, 0.5, 1.0):
        x = left + share * (right - left)
        shapes += [Stroke(x, 0, x, bottom), Label(x, bottom + 14, percent(share), "middle")]
    for index, line in enumerate(chart.lines):
        y = ROW_HEIGHT * (index + 0.5) + 2
        low, value, high = (left + share * (right - left) for share in (line.low, line.value, line.high))
        ink: Ink = "marked" if line.is_marked else "data"
        shapes += [
            Label(0, y + 4, line.label),
            Stroke(low, y, high, y, ink),
            Dot(value, y, ink),
            Label(right + 14, y + 4, f"{percent(line.value)} (n = {whole(line.n)})"),
        ]
    return Drawing(WIDTH, bottom + 22, tuple(shapes))
