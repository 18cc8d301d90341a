"""Places to look at, such as schools and clinics: from a file, or chosen on the map of the area one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import streamlit as st

from core.errors import LookoutError
from core.maps.flood.contents import GeoJsonFeature
from pages.parts.flood.intake import templates
from pages.parts.flood.map_frame import Point
from pages.parts.flood.workbench import AreaRecord, GeoJson, bench
from pages.parts.shared.words import counted, plain

KEY = "flood-assets"
NAME, LATITUDE, LONGITUDE = "flood-asset-name", "flood-asset-latitude", "flood-asset-longitude"
PROPOSED = "flood-asset-proposed"  # a point that the fields are still to be filled from
PROBLEM, DROPS = "flood-asset-problem", "flood-asset-drops"
MAX_MARKED = 100  # places that a map of the ground shows


def assets() -> GeoJson | None:
    """The places that a person gave, as GeoJSON; None without any."""
    places: GeoJson | None = st.session_state.get(KEY)
    return places


def marks() -> list[tuple[float, float, str]]:
    """The places as marks for a map of the ground: latitude, longitude, and the name beside it."""
    marked = []
    for feature in _features()[:MAX_MARKED]:
        points = list(_points(feature["geometry"]["coordinates"]))
        east, north = (sum(axis) / len(points) for axis in zip(*points, strict=True))
        marked.append((north, east, str((feature.get("properties") or {}).get("name") or "Place")))
    return marked


def _features() -> list[GeoJsonFeature]:
    """The features that were given; a file may hold a single one. Those without coordinates are left out."""
    places: Mapping[str, object] = assets() or {"features": []}
    several = places.get("features")
    features = cast(list[GeoJsonFeature], several if isinstance(several, list) else [places])
    geometries: list[Mapping[str, object] | None] = [feature.get("geometry") for feature in features]
    return [
        feature for feature, geometry in zip(features, geometries, strict=True) if (geometry or {}).get("coordinates")
    ]


def _points(coordinates: Sequence[object]) -> Iterator[tuple[float, float]]:
    """Longitude and latitude of each point of a geometry, however deep they are nested."""
    if isinstance(coordinates[0], int | float):
        east, north = cast(Sequence[float], coordinates)[:2]
        yield float(east), float(north)
        return
    for part in cast(Sequence[Sequence[object]], coordinates):
        yield from _points(part)


def propose(picked: Point) -> None:
    """Have the point that was chosen on the map filled in when the fields are drawn next."""
    st.session_state[PROPOSED] = picked


def draw(area: AreaRecord) -> None:
    """How many places there are, the fields of one more, and a file of many."""
    count = len(_features())
    if count:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{counted(count, 'place')} will be looked at.", width="content")
            st.button("Remove them", key="flood-assets-away", on_click=_forget)
    st.caption("Choose a place on the map of the area, or type it, and give it a name; or give a file of many.")
    if (point := st.session_state.pop(PROPOSED, None)) is not None:
        st.session_state[LATITUDE], st.session_state[LONGITUDE] = (round(degrees, 6) for degrees in point)
    name, north, east = st.columns(3)
    name.text_input("Name of the place", max_chars=80, key=NAME, placeholder=f"Place {count + 1}")
    north.number_input("Latitude of it", -90.0, 90.0, value=None, format="%.6f", key=LATITUDE, placeholder="degrees")
    east.number_input("Longitude of it", -180.0, 180.0, value=None, format="%.6f", key=LONGITUDE, placeholder="degrees")
    ready = st.session_state[LATITUDE] is not None and st.session_state[LONGITUDE] is not None
    st.button("Add this place", key="flood-asset-add", on_click=_add, args=(area,), disabled=not ready)
    if not count:
        key = f"flood-asset-file-{st.session_state.setdefault(DROPS, 0)}"
        st.file_uploader(
            "Schools, clinics, roads: GeoJSON, CSV with name, latitude and longitude, or a zipped shapefile",
            type=["geojson", "json", "csv", "zip"],
            key=key,
            on_change=_take,
            args=(key, area),
        )
        templates.draw(templates.PLACES)
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem))


def _add(area: AreaRecord) -> None:
    """Add the point of the fields to the places, if it lies on the area."""
    before = _features()
    name = str(st.session_state.get(NAME) or "").strip() or f"Place {len(before) + 1}"
    point = {"type": "Point", "coordinates": [st.session_state[LONGITUDE], st.session_state[LATITUDE]]}
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": point}
    if (place := _checked(json.dumps(feature).encode(), "place.geojson", area)) is None:
        return
    several = place.get("features")
    added = several if isinstance(several, list) else [place]
    st.session_state[KEY] = {"type": "FeatureCollection", "features": [*before, *added]}
    st.session_state[NAME] = ""
    st.session_state[LATITUDE] = st.session_state[LONGITUDE] = None


def _take(key: str, area: AreaRecord) -> None:
    if (file := st.session_state[key]) and (places := _checked(file.getvalue(), file.name, area)) is not None:
        st.session_state[KEY] = places


def _checked(data: bytes, file_name: str, area: AreaRecord) -> GeoJson | None:
    """The places of a file, of which some lie on the area; None where none do, and why is shown."""
    st.session_state[PROBLEM] = None
    try:
        return bench().assets(data, file_name, area)
    except LookoutError as problem:
        st.session_state[PROBLEM] = problem.message
        return None


def _forget() -> None:
    st.session_state[KEY] = None
    st.session_state[DROPS] = st.session_state.get(DROPS, 0) + 1
