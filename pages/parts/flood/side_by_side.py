"""Two forecasts of one area beside one another, with their difference: two events, or a forecast and the solver."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.maps.flood import over_time
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.compare import Comparison, compare
from core.maps.flood.forecast_folder import ForecastFolder
from pages.parts.flood import map_frame
from pages.parts.shared.words import plain

HEIGHT = 400  # px
GREATEST, OVER_TIME = SHOWN = ("Greatest depth", "Over time")


def draw(
    forecast: ForecastFolder, reference: ForecastFolder, names: tuple[str, str], clock: Clock = ELAPSED
) -> Comparison | None:
    """Three maps that move together, in place and in time: one, the other, and their difference.

    clock: tells the times of the sliders; that of both, since they show the same times since the start.
    None where they cannot be compared.
    """
    from core.maps.flood import forecast_map, scales  # Folium takes a while to import

    pair = f"{forecast.path.name}-{reference.path.name}"
    dark = st.context.theme.type == "dark"
    shown = st.segmented_control(
        "The maps show", SHOWN, default=GREATEST, required=True, key=f"flood-beside-{names[1]}", persist_state="session"
    )
    times = over_time.shared_times(forecast, reference) if shown == OVER_TIME else ()
    if shown == OVER_TIME and not times:
        st.info("The two have no time in common. Forecast one of them again with as many maps in the same time.")
    try:
        comparison = map_frame.drawn_once("flood-compared", pair, lambda: compare(forecast, reference))
        maps = map_frame.drawn_once(
            "flood-beside", (pair, dark, times), lambda: _maps(forecast, reference, names, times, dark, clock)
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    for column, (name, html) in zip(st.columns(3), maps, strict=True):
        column.markdown(f"**{plain(name)}**")
        column.iframe(html, height=HEIGHT, alt=f"Map: {name}")
    st.html(forecast_map.legend_html(scales.DEPTH) + forecast_map.legend_html(scales.DIFFERENCE))
    return comparison


def draw_figures(comparison: Comparison, names: tuple[str, str]) -> None:
    """All numbers of a comparison, in a table."""
    with st.expander("All figures"):
        st.caption(f"{plain(names[0])} against {plain(_lowered(names[1]))}.")
        table = pd.DataFrame(comparison.table(), columns=["Figure", "Value"])
        st.dataframe(table, hide_index=True, alt="Figures of the comparison")


def _maps(
    forecast: ForecastFolder,
    reference: ForecastFolder,
    names: tuple[str, str],
    times: Sequence[float],
    dark: bool,
    clock: Clock,
) -> list[tuple[str, str]]:
    """Name and HTML of each map. times: shown one by one with linked sliders; none for the greatest depth."""
    from core.maps.flood import forecast_map, pictures

    grid = _grid(forecast)  # maps of another area neither hear these nor keep their place
    group = f"{map_frame.channel('beside')}-{grid}"
    appearance = forecast_map.MapAppearance(dark=dark, plain=True, legend=False, clock=clock)
    folders = (forecast, reference)
    if times:
        painters = [{"Depth over time": partial(over_time.depth, folder, times)} for folder in folders]
        painters.append({"Difference": partial(over_time.difference, *folders, times)})
    else:
        painters = [{"Greatest depth": partial(pictures.max_depth, folder)} for folder in folders]
        painters.append({"Difference": partial(pictures.difference, *folders)})
    shown = [over_time.at_times(folder, times or folder.lead_times) for folder in (*folders, forecast)]
    labels = (*names, f"{names[0]} less {_lowered(names[1])}")
    return [
        (label, forecast_map.draw(folder, painter, key=f"beside-{grid}-{index}", group=group, appearance=appearance))
        for index, (label, folder, painter) in enumerate(zip(labels, shown, painters, strict=True))
    ]


def _grid(folder: ForecastFolder) -> str:
    """A short name of where a forecast lies and of its cells."""
    about = f"{folder.crs}{tuple(folder.transform)}{folder.shape}"
    return sha256(about.encode()).hexdigest()[:12]


def _lowered(name: str) -> str:
    """A name as it stands within a sentence."""
    return name[:1].lower() + name[1:]
