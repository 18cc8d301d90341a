"""The area of a forecast: one that is registered, a terrain of one's own, or a box of the Copernicus model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.errors import LookoutError
from core.evaluation.shares import NO_BREAK
from core.progress import ProgressListener
from pages.parts.flood import map_frame
from pages.parts.flood.intake import box_form
from pages.parts.flood.words import area_name, area_text
from pages.parts.flood.workbench import AreaRecord, BoundingBox, bench
from pages.parts.shared.words import number, plain

KEY = "flood-area"
NEXT_AREA = "flood-area-next"  # the area to choose when the page runs again
PROBLEM, DONE = "flood-area-problem", "flood-area-said"
NEW_NAME = "flood-rename-to"
MAP_HEIGHT = 330  # px
FILE, BOX = SOURCES = ("A terrain file", "A box of the Copernicus model")


def choose() -> tuple[AreaRecord, float | None]:
    """The area that is chosen, and the cell size asked for if not its own [m]."""
    workbench = bench()
    areas = {area.name: area for area in workbench.areas()}
    if next_area := st.session_state.pop(NEXT_AREA, None):
        st.session_state[KEY] = next_area
    if st.session_state.get(KEY) not in areas:
        st.session_state[KEY] = workbench.SAMPLE
    name = st.selectbox("Area", list(areas), format_func=area_name, key=KEY, persist_state="session")
    area = areas[name]
    sizes = workbench.cell_sizes(area)
    size = sizes[0] if sizes else area.dx
    if size > area.dx:
        size = st.selectbox(
            "Cells",
            sizes,
            format_func=lambda width: f"{width:g}{NO_BREAK}m",
            key=f"flood-cells-{name}",
            help="The terrain has more cells than a forecast can take. Wider ones average it.",
        )
        st.info(
            f"This area has {number(area.cells)} cells, more than a forecast takes. It is averaged into cells of "
            f"{size:g}{NO_BREAK}m. For finer ones, upload the part that matters."
        )
    return area, (None if size == area.dx else size)


def describe(area: AreaRecord) -> None:
    """Size, cells and coordinate system, and what was done to the file."""
    east, north = area.cols * area.dx, area.rows * area.dy
    st.caption(
        f"{east / 1e3:.3g} x {north / 1e3:.3g}{NO_BREAK}km ({area_text(east * north)}), {number(area.rows)} x "
        f"{number(area.cols)} cells of {area.dx:g}{NO_BREAK}m, {plain(area.crs)}. Source: {plain(area.source)}."
    )
    for note in area.notes:
        st.caption(plain(note))


def draw_map(area: AreaRecord, marks: Sequence[Mapping[str, object]]) -> map_frame.Point | None:
    """The ground with marks on it; the point that was chosen last."""
    from core.maps.flood import ground_map  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    channel = map_frame.channel("ground")
    try:
        terrain = ground_map.read_terrain(bench().home_of(area.name))
        html = map_frame.drawn_once(
            "flood-ground",
            (str(terrain.path), dark, str(marks)),
            lambda: ground_map.draw(terrain, marks, key=f"ground-{area.name}", channel=channel, dark=dark),
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    picked = map_frame.draw(
        html,
        key=f"flood-ground-ear-{area.name}",
        what="ground",
        finer=lambda look: ground_map.finer_pictures(terrain, look, dark),
        height=MAP_HEIGHT,
        alt="Map of the area's ground",
    )
    return map_frame.as_point(picked)


def draw_adding(area: AreaRecord) -> None:
    """A terrain of one's own, or a box of the Copernicus model; rename and remove `area`, which is chosen."""
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem))
    elif done := st.session_state.get(DONE):
        st.success(plain(done))
    source = st.segmented_control("From", SOURCES, default=FILE, required=True, key="flood-area-way")
    if source == FILE:
        _draw_upload()
    else:
        box_form.draw(area.box, _fetch)
    _draw_managing(area.name)


def _draw_upload() -> None:
    workbench = bench()
    drops = st.session_state.setdefault("flood-area-drops", 0)
    file = st.file_uploader(
        "GeoTIFF or ASCII grid of elevations", type=["tif", "tiff", "asc"], key=f"flood-terrain-{drops}"
    )
    if file is None:
        return
    data = file.getvalue()
    try:
        terrain = workbench.look(data)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    st.caption(
        f"{number(terrain.rows)} x {number(terrain.cols)} cells of {terrain.width:g}; "
        + (f"{plain(terrain.crs)}." if terrain.crs else "the file does not name its coordinate system.")
    )
    proposed = workbench.proposed_name(file.name)
    name = st.text_input("Name", value=proposed, max_chars=60, key=f"flood-name-{drops}")
    crs = None
    if terrain.crs is None:
        crs = st.text_input("Coordinate system", placeholder="EPSG:27700", key=f"flood-crs-{drops}") or None
    size = None
    if terrain.fits > terrain.width:
        size = terrain.fits
        st.info(f"That is too many cells to keep. They will be averaged into cells of {size:g}.")
    if st.button("Add this area", type="primary", key="flood-add", disabled=not name):
        with st.spinner("Reading the terrain.", show_time=True):
            _add(name, data, size, crs)
        st.rerun()


def _add(name: str, data: bytes, size: float | None, crs: str | None) -> None:
    _change(lambda: bench().add_area(name, data, size, crs), "Added {}.")
    if not st.session_state.get(PROBLEM):
        st.session_state["flood-area-drops"] += 1


def _fetch(name: str, box: BoundingBox, progress: ProgressListener) -> None:
    _change(lambda: bench().fetch_area(name, box, progress), "Fetched {}.")


def _draw_managing(area: str) -> None:
    if area == bench().SAMPLE:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        new_name = st.text_input(f"New name for {area}", max_chars=60, key=NEW_NAME)
        st.button("Rename", on_click=_rename, args=(area,), disabled=not new_name, key="flood-rename")
    typed = st.text_input(f"To remove this area, type its name: {area}", key="flood-remove-name")
    st.button("Remove", on_click=_remove, args=(area,), disabled=typed != area, key="flood-remove")


def _rename(area: str) -> None:
    _change(lambda: bench().rename_area(area, st.session_state[NEW_NAME]), "It is called {} now.")


def _remove(area: str) -> None:
    _change(lambda: bench().remove_area(area), f"Removed {area}. Forecasts of it stay in the log.")


def _change(change: Callable[[], AreaRecord | None], done: str) -> None:
    """Change the areas; choose the area that comes of it, if one does, and keep for the next run what to say.

    done: what to say when it succeeds, with {} for the area's name.
    """
    st.session_state[PROBLEM] = st.session_state[DONE] = None
    try:
        area = change()
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
    else:
        if area is not None:
            st.session_state[NEXT_AREA] = area.name
        st.session_state[DONE] = done.format(area.name if area is not None else "")
