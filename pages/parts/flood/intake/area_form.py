"""The area of a forecast: one that is registered, a terrain of one's own, or a box of the Copernicus model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core import inference
from core.errors import LookoutError
from core.progress import ProgressListener
from pages.parts.flood import map_frame
from pages.parts.flood.intake import box_form as flood_box
from pages.parts.flood.words import SYSTEM, area_name, area_text
from pages.parts.shared.words import NO_BREAK, number, plain

KEY = "flood-area"
NEXT_AREA = "flood-area-next"  # the area to choose when the page runs again
PROBLEM, DONE = "flood-area-problem", "flood-area-said"
NEW_NAME = "flood-rename-to"
MAP_HEIGHT = 330  # px
SOURCES = ("A terrain file", "A box of the Copernicus model")


def choose() -> tuple[Any, float | None]:
    """The area that is chosen, and the cell size asked for if not its own."""
    bench = inference.workbench(SYSTEM)
    known = {one.name: one for one in bench.areas()}
    if made := st.session_state.pop(NEXT_AREA, None):
        st.session_state[KEY] = made
    if st.session_state.get(KEY) not in known:
        st.session_state[KEY] = bench.SAMPLE
    name = st.selectbox("Area", list(known), format_func=area_name, key=KEY, persist_state="session")
    area = known[name]
    sizes = bench.cell_sizes(area)
    size = sizes[0] if sizes else area.dx
    if size > area.dx:
        size = st.selectbox(
            "Cells",
            sizes,
            format_func=lambda one: f"{one:g}{NO_BREAK}m",
            key=f"flood-cells-{name}",
            help="The terrain has more cells than a forecast can take. Wider ones average it.",
        )
        st.info(
            f"This area has {number(area.cells)} cells, more than a forecast takes. It is averaged into cells of "
            f"{size:g}{NO_BREAK}m. For finer ones, upload the part that matters."
        )
    return area, (None if size == area.dx else size)


def describe(area: Any) -> None:
    """Size, cells and coordinate system, and what was done to the file."""
    east, north = area.cols * area.dx, area.rows * area.dy
    st.caption(
        f"{east / 1e3:.3g} x {north / 1e3:.3g}{NO_BREAK}km ({area_text(east * north)}), {number(area.rows)} x "
        f"{number(area.cols)} cells of {area.dx:g}{NO_BREAK}m, {plain(area.crs)}. Source: {plain(area.source)}."
    )
    for note in area.notes:
        st.caption(plain(note))


def draw_map(area: Any, marks: list[dict[str, Any]]) -> tuple[float, float] | None:
    """The ground with what was put on it; the place that was chosen last, as (latitude, longitude)."""
    from core.maps.flood import ground_map as sheet  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    try:
        home = sheet.read_terrain(inference.workbench(SYSTEM).home_of(area.name))
        html = map_frame.drawn_once(
            "flood-ground",
            (str(home.path), dark, str(marks)),
            lambda: sheet.draw(home, marks, key=f"ground-{area.name}", channel=map_frame.channel("ground"), dark=dark),
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    return map_frame.draw(
        html,
        key=f"flood-ground-ear-{area.name}",
        what="ground",
        finer=lambda look: sheet.finer_pictures(home, look, dark),
        height=MAP_HEIGHT,
        alt="Map of the area's ground",
    )


def draw_adding(area: Any) -> None:
    """A terrain of one's own, or a box of the Copernicus model; rename and remove `area`, which is chosen."""
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem))
    elif said := st.session_state.get(DONE):
        st.success(plain(said))
    way = st.segmented_control("From", SOURCES, default=SOURCES[0], required=True, key="flood-area-way")
    if way == SOURCES[0]:
        _draw_upload()
    else:
        flood_box.draw(area.box, _fetch)
    _draw_managing(area.name)


def _draw_upload() -> None:
    drops = st.session_state.setdefault("flood-area-drops", 0)
    file = st.file_uploader(
        "GeoTIFF or ASCII grid of elevations", type=["tif", "tiff", "asc"], key=f"flood-terrain-{drops}"
    )
    if file is None:
        return
    data = file.getvalue()
    try:
        header = inference.workbench(SYSTEM).look(data)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    st.caption(
        f"{number(header.rows)} x {number(header.cols)} cells of {header.width:g}; "
        + (f"{plain(header.crs)}." if header.crs else "the file does not name its coordinate system.")
    )
    proposed = inference.workbench(SYSTEM).proposed_name(file.name)
    name = st.text_input("Name", value=proposed, max_chars=60, key=f"flood-name-{drops}")
    crs = None
    if header.crs is None:
        crs = st.text_input("Coordinate system", placeholder="EPSG:27700", key=f"flood-crs-{drops}") or None
    size = None
    if header.fits > header.width:
        size = header.fits
        st.info(f"That is too many cells to keep. They will be averaged into cells of {size:g}.")
    if st.button("Add this area", type="primary", key="flood-add", disabled=not name):
        with st.spinner("Reading the terrain.", show_time=True):
            _add(name, data, size, crs)
        st.rerun()


def _add(name: str, data: bytes, size: float | None, crs: str | None) -> None:
    _try(lambda: inference.workbench(SYSTEM).add_area(name, data, size, crs), "Added {}.")
    if not st.session_state.get(PROBLEM):
        st.session_state["flood-area-drops"] += 1


def _fetch(name: str, box: flood_box.Box, progress: ProgressListener) -> None:
    _try(lambda: inference.workbench(SYSTEM).fetch_area(name, box, progress), "Fetched {}.")


def _draw_managing(area: str) -> None:
    if area == inference.workbench(SYSTEM).SAMPLE:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        new = st.text_input(f"New name for {area}", max_chars=60, key=NEW_NAME)
        st.button("Rename", on_click=_rename, args=(area,), disabled=not new, key="flood-rename")
    typed = st.text_input(f"To remove this area, type its name: {area}", key="flood-remove-name")
    st.button("Remove", on_click=_remove, args=(area,), disabled=typed != area, key="flood-remove")


def _rename(area: str) -> None:
    _try(lambda: inference.workbench(SYSTEM).rename_area(area, st.session_state[NEW_NAME]), "It is called {} now.")


def _remove(area: str) -> None:
    _try(lambda: inference.workbench(SYSTEM).remove_area(area), f"Removed {area}. Forecasts of it stay in the log.")


def _try(change: Callable[[], Any], said: str) -> None:
    """Make a change, choose what came of it, and remember what to say."""
    st.session_state[PROBLEM] = st.session_state[DONE] = None
    try:
        made = change()
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
    else:
        if made is not None:
            st.session_state[NEXT_AREA] = made.name
        st.session_state[DONE] = said.format(made.name if made is not None else "")
