"""The part of a terrain that matters: a box on its map or typed, before anything is averaged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.errors import LookoutError
from pages.parts.flood import map_frame
from pages.parts.flood.drawing import drawn_map
from pages.parts.flood.intake.box_form import draw_sides, set_sides
from pages.parts.flood.workbench import BoundingBox, PreviewedTerrain, UploadedTerrain, bench
from pages.parts.shared.words import number, plain

DRAWN = "flood-crop-drawn"  # key and box of a drawing, before the fields are drawn


def choose(key: str, preview: Callable[[], PreviewedTerrain]) -> BoundingBox | None:
    """The box that is drawn or typed; None for the whole.

    key: of the terrain that is cut, for the fields.
    preview: reads it at the size of a screen; it raises errors of `core.errors`.
    """
    drawn_key, box = st.session_state.pop(DRAWN, None) or ("", None)
    if box is not None and drawn_key == key:
        set_sides(key, box)
    st.caption("Press “Draw a rectangle” and drag over the part that matters, or type its sides in degrees.")
    chosen = draw_sides(key)
    _draw_map(key, preview, chosen)
    return chosen


def draw_part_text(part: UploadedTerrain) -> None:
    """How many cells a part has, and what a forecast makes of them."""
    size = f"{number(part.rows)} x {number(part.cols)} cells of {part.width:g}"
    if part.forecast_fits > part.width:
        st.info(f"{size} are more than a forecast takes: it averages them into cells of {part.forecast_fits:g}.")
    else:
        st.success(f"{size}: a forecast takes them as they are.")


def draw_cut(area: str, cut: Callable[[str, BoundingBox], None]) -> None:
    """Cut a part out of an area that is there already, under a new name."""
    box = choose(f"flood-cut-{area}", partial(bench().preview_area, area))
    name = st.text_input("Name of the part", max_chars=60, key="flood-cut-name")
    if st.button("Add this part", type="primary", key="flood-cut", disabled=not (name and box)) and box:
        with st.spinner("Reading the terrain.", show_time=True):
            cut(name, box)
        st.rerun()


@st.fragment
def _draw_map(key: str, preview: Callable[[], PreviewedTerrain], box: BoundingBox | None) -> None:
    from core.maps.flood.drawing import crop_map  # Folium takes a while to import

    dark = st.context.theme.type == "dark"

    def shaded() -> tuple[bytes, BoundingBox]:
        terrain = preview()
        return crop_map.picture(terrain.heights, terrain.pixel, dark), terrain.box

    try:
        picture, edges = map_frame.drawn_once("flood-crop", (key, dark), shaded)
    except LookoutError as problem:
        st.caption(plain(problem.message))
        return
    shape = drawn_map.draw(
        crop_map.draw(picture, edges, dark=dark),
        key=f"{key}-map",
        height=crop_map.HEIGHT,
        drawn=crop_map.drawn(box, dark),
    )
    if shape is not None:
        st.session_state[DRAWN] = (key, drawn_map.bounding_box(shape))
        st.rerun()
