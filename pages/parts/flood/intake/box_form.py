"""A box of the Copernicus model: drawn on a map, or typed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.progress import Progress, ProgressListener, sentence
from core.settings import settings
from pages.parts.flood.drawing import drawn_map
from pages.parts.flood.workbench import BoundingBox

SIDES = ("West", "South", "East", "North")
KEY = "flood-box"
DRAWN = "flood-box-drawn"  # the box, before the fields are drawn
WORLD = (-170.0, -60.0, 170.0, 75.0)
MIN_MARGIN = 0.2  # degrees


def draw(area_box: BoundingBox, fetch: Callable[[str, BoundingBox, ProgressListener], None]) -> None:
    """The map, the four sides, a name, and the button that calls `fetch`.

    area_box: the area that is chosen, which the map shows where there are no tiles.
    """
    st.caption(
        "Press “Draw a rectangle” and drag over the map, or type the sides in degrees. The model has cells of 30 m, "
        "and counts roofs and treetops as ground. It is fetched from the host that this server names; a closed network "
        "has none."
    )
    if (box := st.session_state.pop(DRAWN, None)) is not None:
        set_sides(KEY, box)
    fields = st.container()
    _draw_map(area_box)
    with fields:
        box = draw_sides(KEY)
        name = st.text_input("Name", max_chars=60, key="flood-box-name")
        if st.button("Fetch this box", type="primary", key="flood-fetch", disabled=not (name and box)) and box:
            bar = st.progress(0.0, "Asking for the terrain. A minute is not unusual.")

            def show(progress: Progress) -> None:
                bar.progress(progress.share, sentence(progress))

            fetch(name, box, show)
            st.rerun()


def draw_sides(key: str) -> BoundingBox | None:
    """The fields of a box's four sides; the box, None while one is empty."""
    for column, side in zip(st.columns(4), SIDES, strict=True):
        column.number_input(side, value=None, format="%.5f", key=f"{key}-{side}", placeholder="degrees")
    return _typed_box(key)


def set_sides(key: str, box: BoundingBox) -> None:
    """Fill the fields of a box, before they are drawn."""
    for side, degrees in zip(SIDES, box, strict=True):
        st.session_state[f"{key}-{side}"] = round(degrees, 6)


def _typed_box(key: str) -> BoundingBox | None:
    """The box in the fields; None while one is empty."""
    west, south, east, north = (st.session_state.get(f"{key}-{side}") for side in SIDES)
    if west is None or south is None or east is None or north is None:
        return None
    return float(west), float(south), float(east), float(north)


@st.fragment
def _draw_map(area_box: BoundingBox) -> None:
    from core.maps.flood.drawing import box_map  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    shown = WORLD if settings().tiles else widened(area_box)
    shape = drawn_map.draw(
        box_map.draw(shown, area_box=area_box, dark=dark),
        key="flood-box-map",
        height=box_map.HEIGHT,
        drawn=box_map.drawn(_typed_box(KEY), dark),
    )
    if shape is not None:
        st.session_state[DRAWN] = drawn_map.bounding_box(shape)
        st.rerun()


def widened(box: BoundingBox) -> BoundingBox:
    """A box with MIN_MARGIN degrees on each side, or as much as it is wide and high."""
    wide, high = max(box[2] - box[0], MIN_MARGIN), max(box[3] - box[1], MIN_MARGIN)
    return box[0] - wide, max(box[1] - high, -85.0), box[2] + wide, min(box[3] + high, 85.0)
