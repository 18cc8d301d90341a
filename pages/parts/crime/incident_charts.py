"""Figures of many records: over the week, over months, by category and district, and answers against the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, unlabel_rgb

from pages.parts.shared.charts import BLUE, GREY, empty, framed
from pages.parts.shared.words import number, percent

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_BARS = 12
OTHER = "other"
LIGHT = ("#EAF3FA", "#90C0DF", "#277DB3", "#063757")
DARK = ("#0A2233", "#0B669B", "#6CABD4", "#D0E4F2")
"""One hue, few to many, as the theme has it."""
NOTHING = "No record fits the filters, or the table does not say"
MAX_LABEL_LENGTH = 26  # characters
MIN_WRITTEN_SHARE = 0.01  # share that is written into its cell


def week(moments: pd.Series, dark: bool = False) -> go.Figure:
    """Records by hour and weekday. moments: local times of the records."""
    dated = moments.dropna()
    if dated.empty:
        return empty("Records by hour and weekday", f"{NOTHING} when they happened.")
    counts = np.zeros((7, 24), dtype=int)
    np.add.at(counts, (dated.dt.day_of_week.to_numpy(), dated.dt.hour.to_numpy()), 1)
    day, hour = np.unravel_index(counts.argmax(), counts.shape)
    figure = go.Figure(
        go.Heatmap(
            z=counts,
            x=list(range(24)),
            y=[name[:3] for name in DAYS],
            customdata=np.repeat(np.array(DAYS)[:, None], 24, axis=1),
            colorscale=_scale(dark),
            zmin=0,
            colorbar={"title": {"text": "records"}, "thickness": 12},
            hovertemplate="%{customdata}, %{x}:00 to %{x}:59<br>%{z:,} records<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(dtick=3, range=[-0.5, 23.5])
    return framed(figure, f"Most records: {DAYS[day]}, {hour}:00 to {hour}:59", "Hour of the day", None)


def hours(moments: pd.Series) -> go.Figure:
    """Records by hour of the day. moments: local times of the records."""
    dated = moments.dropna()
    if dated.empty:
        return empty("Records by hour", f"{NOTHING} when they happened.")
    counts = np.bincount(dated.dt.hour.to_numpy(), minlength=24)
    first = int(counts.argmax())
    figure = go.Figure(
        go.Bar(
            x=list(range(24)),
            y=counts,
            marker_color=BLUE,
            hovertemplate="%{x}:00 to %{x}:59<br>%{y:,} records<extra></extra>",
        )
    )
    figure.update_xaxes(dtick=6, range=[-0.5, 23.5])
    return framed(figure, f"Most records: {first}:00 to {first}:59", "Hour of the day", "Records")


def months(moments: pd.Series) -> go.Figure:
    """Records by month. moments: local times of the records."""
    dated = moments.dropna()
    if dated.empty:
        return empty("Records by month", f"{NOTHING} when they happened.")
    counts = dated.dt.to_period("M").value_counts().sort_index()
    counts = counts.reindex(pd.period_range(counts.index[0], counts.index[-1], freq="M"), fill_value=0)
    names = counts.index.strftime("%Y-%m")
    figure = go.Figure(
        go.Bar(
            x=counts.index.to_timestamp() if len(counts) > 1 else names,
            y=counts.to_numpy(),
            marker_color=BLUE,
            customdata=names,
            hovertemplate="%{customdata}<br>%{y:,} records<extra></extra>",
        )
    )
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    note = "; the first and last month may be cut off" if len(names) > 1 else ""
    return framed(figure, f"Records from {span}", f"Month{note}", "Records")


def shares(values: pd.Series, what: str, title: str) -> go.Figure:
    """How many records each value has, most first, beyond MAX_BARS together as OTHER.

    what: for a chart without records. title: of one that leads, `{first}`, `{share}` and `{total}` are filled in.
    """
    counts = values.dropna().astype(object).value_counts()
    counts = counts[counts > 0]
    if counts.empty:
        return empty(what, f"{NOTHING} so.")
    total = int(counts.sum())
    first, share = str(counts.index[0]), percent(counts.iloc[0] / total)
    if len(counts) > MAX_BARS:
        counts = pd.concat([counts.iloc[: MAX_BARS - 1], pd.Series({OTHER: counts.iloc[MAX_BARS - 1 :].sum()})])
    labels = [shortened(name) for name in counts.index]
    figure = go.Figure(
        go.Bar(
            x=counts.to_numpy(),
            y=list(range(len(counts))),
            orientation="h",
            marker_color=[GREY if name == OTHER else BLUE for name in counts.index],
            text=[percent(count / total) for count in counts],
            textposition="auto",
            customdata=[escaped(name) for name in counts.index],
            hovertemplate="%{customdata}<br>%{x:,} records (%{text})<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", tickvals=list(range(len(counts))), ticktext=labels)
    framed(figure, title.format(first=shortened(first), share=share, total=number(total)), "Records", None)
    return figure.update_layout(height=max(220, 110 + 26 * len(counts)))


def confusion(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """Shares of the best guesses for each true category. table: `judging.confusion`."""
    if table.empty:
        return empty("Which categories are taken for which", "No record fits the filters.")
    totals = table.sum(axis=1).to_numpy()[:, None]
    part = table.to_numpy() / np.maximum(totals, 1)
    truths = [
        f"{shortened(name)}  (n = {number(total)})" for name, total in zip(table.index, totals[:, 0], strict=True)
    ]
    off = part * (1 - np.eye(len(table)))
    row, column = np.unravel_index(off.argmax(), off.shape)
    figure = go.Figure(
        go.Heatmap(
            z=part,
            x=list(range(len(table))),
            y=list(range(len(table))),
            customdata=np.dstack(
                [
                    table.to_numpy(),
                    np.repeat(np.array([[escaped(name)] for name in table.index]), len(table), axis=1),
                    np.repeat(np.array([[escaped(name) for name in table.columns]]), len(table), axis=0),
                ]
            ),
            colorscale=_scale(dark),
            zmin=0,
            zmax=1,
            showscale=False,
            hovertemplate="%{customdata[1]} answered as %{customdata[2]}:<br>%{customdata[0]:,} records, %{z:.1%}"
            "<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    figure.add_trace(_written(part, dark))
    places = list(range(len(table)))
    names = [shortened(name, 16) for name in table.columns]
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-45)
    figure.update_yaxes(autorange="reversed", tickvals=places, ticktext=truths)
    pair = f"{shortened(table.index[row])} answered as {shortened(table.columns[column])}"
    title = f"Most often taken for another: {pair}" if off[row, column] else "No category was taken for another"
    framed(figure, title, "Best guess<br>(% of each true category)", None)
    return figure.update_layout(height=240 + 34 * len(table))


def _written(part: np.ndarray, dark: bool) -> go.Scatter:
    """The shares [%] as text in their cells, black or white, whichever stands out more."""
    rows, columns = np.nonzero(part >= MIN_WRITTEN_SHARE)
    shares = part[rows, columns]
    return go.Scatter(
        x=columns,
        y=rows,
        mode="text",
        text=[f"{100 * share:.0f}" for share in shares],
        textfont={
            "size": 11,
            "color": [_on(colour) for colour in sample_colorscale(list(DARK if dark else LIGHT), shares.tolist())],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _on(colour: str) -> str:
    """Black or white text: the one with the higher contrast on "rgb(r, g, b)" (WCAG 2.1, relative luminance)."""
    parts = np.array(unlabel_rgb(colour)) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"


def escaped(text: object) -> str:
    """Text of unknown origin for Plotly, which reads a few HTML tags."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: object, longest: int = MAX_LABEL_LENGTH) -> str:
    """`escaped` text that leaves room for the chart."""
    full_text = str(text)
    return escaped(full_text if len(full_text) <= longest else full_text[: longest - 1] + "…")


def _scale(dark: bool) -> list[tuple[float, str]]:
    colours = DARK if dark else LIGHT
    return [(index / (len(colours) - 1), colour) for index, colour in enumerate(colours)]
