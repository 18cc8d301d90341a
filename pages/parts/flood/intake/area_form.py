"""The area of a forecast: one that is registered, a terrain of one's own, or a box of the Copernicus model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.errors import LookoutError
from core.progress import ProgressListener
from core.written_numbers import NO_BREAK, significant
from pages.parts.flood import map_frame
from pages.parts.flood.drawing import drawn_map
from pages.parts.flood.intake import box_form, crop_form
from pages.parts.flood.words import area_name, area_text
from pages.parts.flood.workbench import AreaRecord, BoundingBox, bench
from pages.parts.shared.words import number, plain

KEY = "flood-area"
NEXT_AREA = "flood-area-next"  # the area to choose when the page runs again
PROBLEM, DONE = "flood-area-problem", "flood-area-said"
NEW_NAME = "flood-rename-to"
FILE, BOX, PART = SOURCES = ("A terrain file", "A box of the Copernicus model", "A part of the area above")


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
            key=cells_key(name),
            help="The terrain has more cells than a forecast can take. Wider ones average it.",
        )
        st.info(
            f"This area has {number(area.cells)} cells, more than a forecast takes. It is averaged into cells of "
            f"{size:g}{NO_BREAK}m. For finer ones, cut out the part that matters below: "
            "“Add an area of your own”, “A part of the area above”."
        )
    return area, (None if size == area.dx else size)


def cells_key(name: str) -> str:
    """The key of the choice of cells for an area."""
    return f"flood-cells-{name}"


def describe(area: AreaRecord) -> None:
    """Size, cells and coordinate system, and what was done to the file."""
    east, north = area.cols * area.dx, area.rows * area.dy
    st.caption(
        f"{significant(east / 1e3)} x {significant(north / 1e3)}{NO_BREAK}km ({area_text(east * north)}), "
        f"{number(area.rows)} x {number(area.cols)} cells of {area.dx:g}{NO_BREAK}m, {plain(area.crs)}. "
        f"Source: {plain(area.source)}."
    )
    for note in area.notes:
        st.caption(plain(note))


def draw_map(area: AreaRecord, marks: Sequence[tuple[float, float, str]]) -> map_frame.Point | None:
    """The ground with marks on it; a point right after it was clicked.

    marks: latitude, longitude [degrees] and the text beside each.
    """
    from core.maps.flood.drawing import ground_map  # Folium takes a while to import

    dark = st.context.theme.type == "dark"
    try:
        terrain = ground_map.read_terrain(bench().home_of(area.name))
        ground = map_frame.drawn_once(
            "flood-ground", (str(terrain.path), dark), lambda: ground_map.pictures(terrain, dark)
        )
    except LookoutError as problem:
        st.error(plain(problem.message))
        return None
    return drawn_map.draw_to_click(
        ground_map.draw(ground, key=f"ground-{area.name}", dark=dark),
        key=f"flood-ground-map-{area.name}",
        height=ground_map.HEIGHT,
        drawn=ground_map.drawn(marks, dark),
    )


def draw_adding(area: AreaRecord) -> None:
    """A terrain of one's own, or a box of the Copernicus model; rename and remove `area`, which is chosen."""
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem))
    elif done := st.session_state.get(DONE):
        st.success(plain(done))
    source = st.segmented_control("From", SOURCES, default=FILE, required=True, key="flood-area-way")
    if source == FILE:
        _draw_upload()
    elif source == BOX:
        box_form.draw(area.box, _fetch)
    else:
        crop_form.draw_cut(area.name, partial(_cut, area.name))
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
        terrain = workbench.look(data, None, None)
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
    box = None
    large = terrain.forecast_fits > terrain.width
    if (terrain.crs or crs) and st.toggle("Only a part of it", value=large, key=f"flood-part-{file.file_id}"):
        box = crop_form.choose(f"flood-crop-{file.file_id}-{crs}", partial(workbench.preview, data, crs))
        try:
            terrain = terrain if box is None else workbench.look(data, crs, box)
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        crop_form.draw_part_text(terrain)
    size = None
    if terrain.fits > terrain.width:
        size = terrain.fits
        st.info(f"That is too many cells to keep. They will be averaged into cells of {size:g}.")
    if st.button("Add this area", type="primary", key="flood-add", disabled=not name):
        with st.spinner("Reading the terrain.", show_time=True):
            _add(name, data, size, crs, box)
        st.rerun()


def _add(name: str, data: bytes, size: float | None, crs: str | None, box: BoundingBox | None) -> None:
    _change(lambda: bench().add_area(name, data, size, crs, box), "Added {}.")
    if not st.session_state.get(PROBLEM):
        st.session_state["flood-area-drops"] += 1


def _cut(area: str, name: str, box: BoundingBox) -> None:
    _change(lambda: bench().cut_area(area, name, box), "Cut out {}.")


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
