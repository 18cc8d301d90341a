"""Options of a forecast: how long, how rough, open edges, how many rains; and the places to look at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import LookoutError
from pages.parts.flood.workbench import AreaRecord, GeoJson, bench
from pages.parts.shared.words import counted, number, plain

EDGES = ("north", "east", "south", "west")
MODES = {"accurate": "Accurate", "fast": "Fast: a coarser computation"}
OWN_NUMBER = "a number of your own"
STEPS = 12  # lead times, unless a person chooses another number
MAX_HOURS = 720.0
ASSETS_KEY = "flood-assets"
HOURS, EXACT = "flood-hours", "flood-hours-said"

Roughness = float | dict[str, object]
"""Manning's n of the whole area [s m-1/3]; or a default with zones that have their own."""


@dataclass(frozen=True)
class ForecastOptions:
    """The options of a request.

    mode: of the computation, accurate or fast.
    hours: how long the flood is followed.
    steps: number of lead times.
    manning: roughness of the ground.
    open_edges: edges of the area that let water out.
    chances: how many rains around the given one are forecast; 1 for that one alone.
    """

    mode: str
    hours: float
    steps: int
    manning: Roughness
    open_edges: tuple[str, ...]
    chances: int

    @property
    def lead_times(self) -> list[float]:
        """Lead times in equal steps to the end [s]."""
        seconds = self.hours * 3600
        return [seconds * (step + 1) / self.steps for step in range(self.steps)]


def draw(event_end: float) -> ForecastOptions:
    """The fields of all options. event_end: when rain and inflow end [s]."""
    left, right = st.columns(2, gap="large")
    with left:
        hours = _choose_hours(event_end)
        steps = st.slider("Maps in that time", 4, 48, STEPS, key="flood-steps", persist_state="session")
        mode = st.selectbox(
            "Computation", list(MODES), format_func=lambda name: MODES[name], key="flood-mode",
            persist_state="session",
        )  # fmt: skip
        chances = st.number_input(
            "Rains around this one, for chances", 1, 40, key="flood-chances", persist_state="session",
            help="1 is the rain alone. With more, depth and time of the rain vary, and the map shows chances.",
        )  # fmt: skip
    with right:
        manning = _choose_roughness()
        edges = st.multiselect(
            "Edges that let water out", EDGES, default=EDGES, key="flood-edges", persist_state="session",
            help="The others are walls. Where a river leaves the area, its edge must be open.",
        )  # fmt: skip
    return ForecastOptions(str(mode), float(hours), int(steps), manning, tuple(edges), int(chances))


def _choose_hours(event_end: float) -> float:
    """How long the flood is followed: two hours longer than rain and inflow, unless a person says otherwise."""
    exact = st.toggle("Say how long the flood is followed", key=EXACT, persist_state="session")
    hours = 2.0 + max(event_end / 3600, 1.0)
    hours = min(float(round(hours)), MAX_HOURS) if hours > 3 else 3.0
    if exact:
        return st.number_input("Hours", 0.25, MAX_HOURS, value=hours, step=1.0, key=HOURS, persist_state="session")
    more = "two more than rain and inflow last" if hours < MAX_HOURS else "no event is followed for longer"
    st.caption(f"{number(hours)} hours: {more}.")
    return hours


def _choose_roughness() -> Roughness:
    """Manning's n: one number, or with polygons that have their own."""
    workbench = bench()
    roughness = workbench.ROUGHNESS
    ground = st.selectbox(
        "Roughness of the ground", [*roughness, OWN_NUMBER], key="flood-ground", persist_state="session",
        format_func=lambda name: f"{name} (n = {roughness[name]:g})" if name in roughness else name,
    )  # fmt: skip
    n = roughness.get(ground)
    if n is None:
        n = st.number_input(
            "Manning's n [s m⁻¹ᐟ³]", 0.0, 1.0, value=0.035, step=0.005, format="%.3f", key="flood-n",
            persist_state="session",
        )  # fmt: skip
    file = st.file_uploader(
        "Polygons that are rougher or smoother, as GeoJSON with a property n", type=["geojson", "json"],
        key="flood-zones",
    )  # fmt: skip
    if file is None:
        return n
    try:
        return {"default": n, "zones": workbench.zones(file.getvalue(), file.name)}
    except LookoutError as problem:
        st.error(f"{plain(problem.message)} It is left out for now.")
        return n


def assets() -> GeoJson | None:
    """The places that a person gave, as GeoJSON; None without any."""
    places: GeoJson | None = st.session_state.get(ASSETS_KEY)
    return places


def draw_assets(area: AreaRecord) -> None:
    """Places to look at: give them, see how many there are, take them away."""
    if (places := assets()) is not None:
        features = places.get("features")
        count = len(features) if isinstance(features, list) else 1  # a single feature has none
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{counted(count, 'place')} will be looked at.", width="content")
            st.button("Take them away", key="flood-assets-away", on_click=_forget_assets)
        return
    drops = st.session_state.setdefault("flood-asset-drops", 0)
    key = f"flood-asset-file-{drops}"
    st.file_uploader(
        "Schools, clinics, roads: GeoJSON, CSV with name, latitude and longitude, or a zipped shapefile",
        type=["geojson", "json", "csv", "zip"],
        key=key,
        on_change=_take_assets,
        args=(key, area),
    )
    if problem := st.session_state.get("flood-asset-problem"):
        st.error(plain(problem))


def _take_assets(key: str, area: AreaRecord) -> None:
    st.session_state["flood-asset-problem"] = None
    if file := st.session_state[key]:
        try:
            st.session_state[ASSETS_KEY] = bench().assets(file.getvalue(), file.name, area)
        except LookoutError as problem:
            st.session_state["flood-asset-problem"] = problem.message


def _forget_assets() -> None:
    st.session_state[ASSETS_KEY] = None
    st.session_state["flood-asset-drops"] += 1
