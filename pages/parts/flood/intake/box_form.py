"""A box of the Copernicus model: drawn on a map by two corners, or typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.progress import Progress, ProgressListener, sentence
from core.settings import settings
from pages.parts.flood import map_frame
from pages.parts.flood.workbench import BoundingBox

SIDES = ("West", "South", "East", "North")
DRAWN = "flood-box-drawn"  # both corners, before the fields are drawn
PICKED = "flood-box-picked"
WORLD = (-170.0, -60.0, 170.0, 75.0)
HEIGHT = 330  # px
MIN_MARGIN = 0.2  # degrees


def draw(area_box: BoundingBox, fetch: Callable[[str, BoundingBox, ProgressListener], None]) -> None:
    """The map, the four sides, a name, and the button that calls `fetch`.

    area_box: the area that is chosen, which the map shows where there are no tiles.
    """
    st.caption(
        "Choose two opposite corners on the map, or type the sides in degrees. The model has cells of 30 m, and counts "
        "roofs and treetops as ground. It is fetched from the host that this server names; a closed network has none."
    )
    if (box := st.session_state.pop(DRAWN, None)) is not None:
        for side, degrees in zip(SIDES, box, strict=True):
            st.session_state[_key(side)] = round(degrees, 4)
    fields = st.container()
    _draw_map(area_box)
    with fields:
        for column, side in zip(st.columns(4), SIDES, strict=True):
            column.number_input(side, value=None, format="%.4f", key=_key(side), placeholder="degrees")
        name = st.text_input("Name", max_chars=60, key="flood-box-name")
        box = _typed_box()
        if st.button("Fetch this box", type="primary", key="flood-fetch", disabled=not (name and box)) and box:
            bar = st.progress(0.0, "Asking for the terrain. A minute is not unusual.")

            def show(progress: Progress) -> None:
                bar.progress(progress.share, sentence(progress))

            fetch(name, box, show)
            st.rerun()


def _typed_box() -> BoundingBox | None:
    """The box in the fields; None while one is empty."""
    west, south, east, north = (st.session_state.get(_key(side)) for side in SIDES)
    if west is None or south is None or east is None or north is None:
        return None
    return float(west), float(south), float(east), float(north)


@st.fragment
def _draw_map(area_box: BoundingBox) -> None:
    from core.maps.flood import box_map

    dark = st.context.theme.type == "dark"
    box = _typed_box()
    channel = map_frame.channel("box")
    shown = widened(box) if box else WORLD if settings().tiles else widened(area_box)
    html = map_frame.drawn_once(
        "flood-box",
        (shown, box, area_box, dark),
        lambda: box_map.draw(shown, box, area_box=area_box, channel=channel, dark=dark),
    )
    picked = map_frame.draw(
        html, key="flood-box-ear", finer=lambda _look: None, what="box", height=HEIGHT, alt="Map to draw a box on"
    )
    if picked is None or picked == st.session_state.get(PICKED):
        return
    st.session_state[PICKED] = picked
    st.session_state[DRAWN] = box_between([(picked[0], picked[1]), (picked[2], picked[3])])
    st.rerun()


def box_between(corners: Sequence[map_frame.Point]) -> BoundingBox:
    """The box between points of latitude and longitude."""
    latitudes, longitudes = zip(*corners, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def widened(box: BoundingBox) -> BoundingBox:
    """A box with MIN_MARGIN degrees on each side, or as much as it is wide and high."""
    wide, high = max(box[2] - box[0], MIN_MARGIN), max(box[3] - box[1], MIN_MARGIN)
    return box[0] - wide, max(box[1] - high, -85.0), box[2] + wide, min(box[3] + high, 85.0)


def _key(side: str) -> str:
    return f"flood-box-{side}"
