"""Figures of one feature: both distributions bin by bin, and the effect over time."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import numpy as np
import plotly.graph_objects as go

from core.monitoring.drift import CategoryHistogram, NumericHistogram
from core.monitoring.version_drift import EffectSteps
from pages.parts.monitoring.drift import words
from pages.parts.monitoring.period import step_name
from pages.parts.shared import charts
from pages.parts.shared.words import number, percent, significant

MAX_CATEGORIES = 12  # bars that fit; what has less of both is shown together
MAX_TICKS = 5  # edges of a number's bins that are written below them
ROW = 26  # px of a category's bar
LEGEND_TOP = 100  # px above the plot: on a phone the three lines' names stand below one another
REST = "all others"


def distributions(
    histogram: NumericHistogram | CategoryHistogram, counts: np.ndarray, rose: int | None, title: str
) -> go.Figure:
    """Shares of the period before those of the reference, in the same bins.

    counts: of the period, shape (bins + 1,), the last one missing. rose: the bin whose share rose most.
    """
    reference = np.asarray(histogram.counts) / max(sum(histogram.counts), 1)
    sample = counts / max(int(counts.sum()), 1)
    if not counts.sum():
        return charts.empty("How the period's values are spread, beside those of the reference")
    if rose is not None:
        title = f"{title}: {_risen(histogram, rose, float(reference[rose]), float(sample[rose]))}"
    if isinstance(histogram, NumericHistogram):
        return _of_numbers(histogram, reference, sample, title)
    return _of_categories(histogram, reference, sample, title)


def effect_over_time(
    steps: EffectSteps,
    floor: float,
    is_number: bool,
    began: int | None,
    zone: tzinfo,
    period: charts.Period,
) -> go.Figure:
    """The effect of each step beside what chance would bring, with the floor and the start of the change."""
    is_told = ~np.isnan(steps.effect)
    per = step_name(steps.width)
    if not is_told.any():
        return charts.empty(f"How far the feature lay from its reference, by the {per}", "Too few answers in each.")
    times = [datetime.fromtimestamp(int(start), UTC).astimezone(zone) for start in steps.starts]
    factor = 1 if is_number else 100
    figure = go.Figure()
    _line(figure, times, factor * steps.by_chance, "by chance, 95 % lie below", charts.GREY, "dot", hover=None)
    texts = [
        f"{words.effect(effect, is_number)}, n = {number(n)}<br>{start:%Y-%m-%d %H:%M} UTC"
        for effect, n, start in zip(
            steps.effect, steps.n, (datetime.fromtimestamp(int(each), UTC) for each in steps.starts), strict=True
        )
    ]
    _line(figure, times, factor * steps.effect, "effect", charts.BLUE, "solid", hover=texts)
    matters = f"matters from {words.effect(floor, is_number)} on"
    ends = [times[0], times[-1]] if period is None else list(period)
    _line(figure, ends, np.full(2, factor * floor), matters, charts.GREY, "dash", hover=None)
    if began is not None:
        _mark_start(figure, datetime.fromtimestamp(began, UTC).astimezone(zone))
    if period is not None:
        figure.update_xaxes(range=list(period))
    figure.update_yaxes(rangemode="tozero", ticksuffix="" if is_number else "\N{NO-BREAK SPACE}%")
    unit = "SD of the reference" if is_number else "Answers that changed place"
    beyond = int(np.count_nonzero(steps.effect[is_told] >= np.maximum(floor, steps.by_chance[is_told])))
    each = per if per[0].isdigit() else f"one {per}"
    title = f"Beyond what matters and beyond chance in {beyond} of {int(is_told.sum())} steps of {each}"
    framed = charts.framed(figure, title, f"Time ({zone})", unit, top=LEGEND_TOP)
    return framed.update_layout(height=charts.HEIGHT + ROW)


def _of_numbers(histogram: NumericHistogram, reference: np.ndarray, sample: np.ndarray, title: str) -> go.Figure:
    figure = go.Figure()
    x = np.arange(len(sample))
    for shares, name, colour, width in _sides(reference, sample):
        figure.add_bar(
            x=x, y=100 * shares, name=name, marker_color=colour, width=width,
            customdata=_hovers(histogram.labels, reference, sample), hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    ticks, labels = _edges(histogram)
    figure.update_xaxes(tickvals=ticks, ticktext=labels, tickangle=0)
    return _framed(figure, title, "Value, in bins of the reference", len(sample))


def _of_categories(histogram: CategoryHistogram, reference: np.ndarray, sample: np.ndarray, title: str) -> go.Figure:
    labels, reference, sample = _largest(histogram.labels, reference, sample)
    figure = go.Figure()
    for shares, name, colour, width in _sides(reference, sample):
        figure.add_bar(
            x=100 * shares, y=list(labels), name=name, marker_color=colour, width=width, orientation="h",
            customdata=_hovers(labels, reference, sample), hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(rangemode="tozero", ticksuffix="\N{NO-BREAK SPACE}%")
    framed = charts.framed(figure, title, "Share of answers", None, top=80)
    return framed.update_layout(height=max(charts.HEIGHT, 150 + ROW * len(labels)))


def _sides(reference: np.ndarray, sample: np.ndarray) -> tuple[tuple[np.ndarray, str, str, float], ...]:
    """The wide bars of the reference, and before them the narrow ones of the period."""
    return (reference, "reference", charts.GREY, 0.9), (sample, "this period", charts.BLUE, 0.45)


def _framed(figure: go.Figure, title: str, x: str, bins: int) -> go.Figure:
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[-0.7, bins - 0.3])
    figure.update_yaxes(rangemode="tozero", ticksuffix="\N{NO-BREAK SPACE}%")
    return charts.framed(figure, title, x, "Share of answers", top=80)


def _hovers(labels: tuple[str, ...], reference: np.ndarray, sample: np.ndarray) -> list[str]:
    return [
        f"{label}<br>{percent(now, 1)} in this period, {percent(before, 1)} in the reference"
        for label, before, now in zip(labels, reference, sample, strict=True)
    ]


def _edges(histogram: NumericHistogram) -> tuple[list[float], list[str]]:
    """Where edges between bins are written, some of them, and the bin of what is missing."""
    inner = histogram.edges[1:-1]
    step = max(1, -(-len(inner) // MAX_TICKS))
    shown = range(step // 2, len(inner), step)
    missing = len(histogram.counts) - 1
    return [*(index + 1.5 for index in shown), missing], [*(significant(inner[index]) for index in shown), "missing"]


def _largest(
    labels: tuple[str, ...], reference: np.ndarray, sample: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The categories that hold most of either, largest in the reference first; then the rest together, and missing."""
    order = np.argsort(-np.maximum(reference, sample)[:-1], kind="stable")
    shown = sorted(order[:MAX_CATEGORIES], key=lambda index: -reference[index])
    shown = [index for index in shown if reference[index] or sample[index]]
    rest = order[MAX_CATEGORIES:]
    before, now = (np.array([*side[shown], side[rest].sum(), side[-1]]) for side in (reference, sample))
    names = np.array([*(labels[index] for index in shown), REST, words.MISSING])
    is_drawn = (before > 0) | (now > 0) | (names != REST)
    return tuple(names[is_drawn].tolist()), before[is_drawn], now[is_drawn]


def _risen(
    histogram: NumericHistogram | CategoryHistogram, index: int, reference_share: float, sample_share: float
) -> str:
    """How far a bin rose, as the end of a title: "12 % are glass, 5 % in the reference"."""
    label = histogram.labels[index]
    if label == words.MISSING or isinstance(histogram, CategoryHistogram):
        where = f"are {label}"
    elif label.endswith("the reference"):  # below or above all that it holds
        return f"{percent(sample_share)} lie {label.replace('the reference', 'all values of the reference')}"
    else:
        where = f"lie at {label}" if label[0] in "-0123456789" else f"lie {label}"
    return f"{percent(sample_share)} {where}, {percent(reference_share)} in the reference"


def _line(
    figure: go.Figure,
    times: list[datetime],
    values: np.ndarray,
    name: str,
    colour: str,
    dash: str,
    hover: list[str] | None,
) -> None:
    figure.add_scatter(
        x=times,
        y=values,
        name=name,
        mode="lines+markers" if hover else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 5},
        connectgaps=False,
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>" if hover else None,
        hoverinfo=None if hover else "skip",
    )


def _mark_start(figure: go.Figure, when: datetime) -> None:
    figure.add_vline(x=when.timestamp() * 1000, line_color=charts.GREY, line_width=2)
    figure.add_annotation(
        x=when, y=1, yref="paper", text="change began", showarrow=False, textangle=-90, xanchor="right", yanchor="top"
    )
