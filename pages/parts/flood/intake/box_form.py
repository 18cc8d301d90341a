"""A box of the Copernicus model: drawn on a map by two corners, or typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.progress import ProgressListener
from core.settings import settings
from pages.parts.flood import map_frame

NAMES = ("West", "South", "East", "North")
DRAWN = "flood-box-drawn"  # both corners, before the fields are drawn
PICKED = "flood-box-picked"
WORLD = (-170.0, -60.0, 170.0, 75.0)
HEIGHT = 330  # px
MIN_MARGIN = 0.2  # degrees

Box = tuple[float, float, float, float]


def draw(near: Box, fetch: Callable[[str, Box, ProgressListener], None]) -> None:
    """The map, the four sides, a name, and the button that calls `fetch`. near: what the map shows without tiles."""
    st.caption(
        "Choose two opposite corners on the map, or type the sides in degrees. The model has cells of 30 m, and counts "
        "roofs and treetops as ground. It is fetched from the host that this server names; a closed network has none."
    )
    if (drawn := st.session_state.pop(DRAWN, None)) is not None:
        for name, side in zip(NAMES, drawn, strict=True):
            st.session_state[_key(name)] = round(side, 4)
    fields = st.container()
    st.fragment(_draw_map)(near)
    with fields:
        cells = st.columns(4)
        sides = [
            cell.number_input(name, value=None, format="%.4f", key=_key(name), placeholder="degrees")
            for cell, name in zip(cells, NAMES, strict=True)
        ]
        name = st.text_input("Name", max_chars=60, key="flood-box-name")
        known = all(one is not None for one in sides)
        if st.button("Fetch this box", type="primary", key="flood-fetch", disabled=not (name and known)):
            bar = st.progress(0.0, "Asking for the terrain. A minute is not unusual.")
            fetch(name, (sides[0], sides[1], sides[2], sides[3]), bar.progress)
            st.rerun()


def _draw_map(near: Box) -> None:
    from core.maps.flood import box_map as box

    dark = st.context.theme.type == "dark"
    sides = [st.session_state.get(_key(name)) for name in NAMES]
    known: Any = tuple(map(float, sides)) if all(one is not None for one in sides) else None
    channel = map_frame.channel("box")
    shown = widened(known) if known else WORLD if settings().tiles else widened(near)
    html = map_frame.drawn_once(
        "flood-box",
        (shown, known, near, dark),
        lambda: box.draw(shown, known, known=near, channel=channel, dark=dark),
    )
    picked = map_frame.draw(
        html, key="flood-box-ear", finer=lambda _look: None, what="box", height=HEIGHT, alt="Map to draw a box on"
    )
    if picked is None or picked == st.session_state.get(PICKED):
        return
    st.session_state[PICKED] = picked
    st.session_state[DRAWN] = box_between([(picked[0], picked[1]), (picked[2], picked[3])])
    st.rerun()


def box_between(corners: Sequence[tuple[float, float]]) -> Box:
    """West, south, east, north of the box between places of latitude and longitude."""
    latitudes, longitudes = zip(*corners, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def widened(box: Box) -> Box:
    """A box with LEAST degrees on each side, or as much as it is wide and high."""
    wide, high = max(box[2] - box[0], MIN_MARGIN), max(box[3] - box[1], MIN_MARGIN)
    return box[0] - wide, max(box[1] - high, -85.0), box[2] + wide, min(box[3] + high, 85.0)


def _key(name: str) -> str:
    return f"flood-box-{name}"
