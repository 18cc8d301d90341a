"""Two forecasts of one area beside one another, with their difference: two events, or a forecast and the solver."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import map_frame
from pages.parts.flood.map_frame import drawn_once
from pages.parts.shared.words import plain

HEIGHT = 400  # px


def draw(one: ForecastFolder, other: ForecastFolder, names: tuple[str, str]) -> Any:
    """Three maps that move together, and the figures; `core.maps.flood.compare.Comparison`, or None where it fails."""
    from core.maps.flood import compare, forecast_map, scales

    pair = f"{one.path.name}-{other.path.name}"
    dark = st.context.theme.type == "dark"
    try:
        found = drawn_once("flood-compared", pair, lambda: compare.compare(one, other))
        maps = drawn_once("flood-beside", (pair, dark), lambda: _maps(one, other, names, dark))
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    for column, (name, html) in zip(st.columns(3), maps, strict=True):
        column.markdown(f"**{plain(name)}**")
        column.iframe(html, height=HEIGHT, alt=f"Map: {name}")
    st.html(forecast_map.legend_html(scales.DEPTH, dark) + forecast_map.legend_html(scales.DIFFERENCE, dark))
    return found


def draw_figures(found: Any, names: tuple[str, str]) -> None:
    """Every number of a comparison, in a table."""
    with st.expander("All figures"):
        st.caption(f"{plain(names[0])} against {plain(names[1][:1].lower() + names[1][1:])}.")
        table = pd.DataFrame(found.table(), columns=["Figure", "Value"])
        st.dataframe(table, hide_index=True, alt="Figures of the comparison")


def _maps(one: ForecastFolder, other: ForecastFolder, names: tuple[str, str], dark: bool) -> list[tuple[str, str]]:
    from core.maps.flood import forecast_map, pictures

    group = map_frame.channel("beside")
    made = []
    for name, folder in zip(names, (one, other), strict=True):
        makers = {
            "Greatest depth": partial(pictures.max_depth, folder, dark=dark),
            "Depth over time": partial(pictures.depth, folder, dark=dark),
        }
        made.append((name, folder, makers))
    apart = {"Difference": partial(pictures.difference, one, other, dark=dark)}
    made.append((f"{names[0]} less {names[1][:1].lower()}{names[1][1:]}", one, apart))
    return [
        (
            name,
            forecast_map.draw(folder, makers, key=f"beside-{place}", group=group, dark=dark, plain=True, legend=False),
        )
        for place, (name, folder, makers) in enumerate(made)
    ]
