"""Two forecasts of one area beside one another, with their difference: two events, or a forecast and the solver."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.maps.flood.compare import Comparison, compare
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import map_frame
from pages.parts.shared.words import plain

HEIGHT = 400  # px


def draw(forecast: ForecastFolder, reference: ForecastFolder, names: tuple[str, str]) -> Comparison | None:
    """Three maps that move together: one, the other, and their difference. None where they cannot be compared."""
    from core.maps.flood import forecast_map, scales  # Folium takes a while to import

    pair = f"{forecast.path.name}-{reference.path.name}"
    dark = st.context.theme.type == "dark"
    try:
        comparison = map_frame.drawn_once("flood-compared", pair, lambda: compare(forecast, reference))
        maps = map_frame.drawn_once("flood-beside", (pair, dark), lambda: _maps(forecast, reference, names, dark))
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    for column, (name, html) in zip(st.columns(3), maps, strict=True):
        column.markdown(f"**{plain(name)}**")
        column.iframe(html, height=HEIGHT, alt=f"Map: {name}")
    st.html(forecast_map.legend_html(scales.DEPTH, dark) + forecast_map.legend_html(scales.DIFFERENCE, dark))
    return comparison


def draw_figures(comparison: Comparison, names: tuple[str, str]) -> None:
    """All numbers of a comparison, in a table."""
    with st.expander("All figures"):
        st.caption(f"{plain(names[0])} against {plain(_lowered(names[1]))}.")
        table = pd.DataFrame(comparison.table(), columns=["Figure", "Value"])
        st.dataframe(table, hide_index=True, alt="Figures of the comparison")


def _maps(
    forecast: ForecastFolder, reference: ForecastFolder, names: tuple[str, str], dark: bool
) -> list[tuple[str, str]]:
    """Name and HTML of each map."""
    from core.maps.flood import forecast_map, pictures

    group = map_frame.channel("beside")
    appearance = forecast_map.MapAppearance(dark=dark, plain=True, legend=False)
    maps: list[tuple[str, ForecastFolder, pictures.SurfacePainters]] = []
    for name, folder in zip(names, (forecast, reference), strict=True):
        painters = {
            "Greatest depth": partial(pictures.max_depth, folder, dark=dark),
            "Depth over time": partial(pictures.depth, folder, dark=dark),
        }
        maps.append((name, folder, painters))
    difference = {"Difference": partial(pictures.difference, forecast, reference, dark=dark)}
    maps.append((f"{names[0]} less {_lowered(names[1])}", forecast, difference))
    return [
        (name, forecast_map.draw(folder, painters, key=f"beside-{index}", group=group, appearance=appearance))
        for index, (name, folder, painters) in enumerate(maps)
    ]


def _lowered(name: str) -> str:
    """A name as it stands within a sentence."""
    return name[:1].lower() + name[1:]
