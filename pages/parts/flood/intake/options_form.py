"""What else a forecast can be told: how long, how rough, open edges, how many rains; and places to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import inference
from core.errors import LookoutError
from pages.parts.flood.words import SYSTEM
from pages.parts.shared.words import counted, number, plain

EDGES = ("north", "east", "south", "west")
MODES = {"accurate": "Accurate", "fast": "Fast: a coarser computation"}
OWN_NUMBER = "a number of your own"
STEPS = 12  # lead times, if not said
MAX_HOURS = 720.0
ASSETS_KEY = "flood-assets"
HOURS, EXACT = "flood-hours", "flood-hours-said"


@dataclass(frozen=True)
class ForecastOptions:
    """What a request holds of them; chances: how many rains around the one, 1 for none."""

    mode: str
    hours: float
    steps: int
    manning: Any
    open_edges: tuple[str, ...]
    chances: int

    @property
    def lead_times(self) -> list[float]:
        """In equal steps to the end [s]."""
        seconds = self.hours * 3600
        return [seconds * (place + 1) / self.steps for place in range(self.steps)]


def draw(ends: float) -> ForecastOptions:
    """The options, and what they are unless a person changes them. ends: of rain and inflow [s]."""
    left, right = st.columns(2, gap="large")
    with left:
        own = st.toggle("Say how long the flood is followed", key=EXACT, persist_state="session")
        hours = 2.0 + max(ends / 3600, 1.0)
        hours = min(float(round(hours)), MAX_HOURS) if hours > 3 else 3.0
        if own:
            hours = st.number_input("Hours", 0.25, MAX_HOURS, value=hours, step=1.0, key=HOURS, persist_state="session")
        else:
            more = "two more than rain and inflow last" if hours < MAX_HOURS else "no event is followed for longer"
            st.caption(f"{number(hours)} hours: {more}.")
        steps = st.slider("Maps in that time", 4, 48, STEPS, key="flood-steps", persist_state="session")
        mode = st.selectbox(
            "Computation", list(MODES), format_func=MODES.get, key="flood-mode", persist_state="session"
        )
        chances = st.number_input(
            "Rains around this one, for chances", 1, 40, key="flood-chances", persist_state="session",
            help="1 is the rain alone. With more, depth and time of the rain vary, and the map shows chances.",
        )  # fmt: skip
    with right:
        manning = _roughness()
        edges = st.multiselect(
            "Edges that let water out", EDGES, default=EDGES, key="flood-edges", persist_state="session",
            help="The others are walls. Where a river leaves the area, its edge must be open.",
        )  # fmt: skip
    return ForecastOptions(str(mode), float(hours), int(steps), manning, tuple(edges), int(chances))


def _roughness() -> Any:
    """Manning's n: one number, or with polygons that have their own."""
    bench = inference.workbench(SYSTEM)
    ground = st.selectbox(
        "Roughness of the ground", [*bench.ROUGHNESS, OWN_NUMBER], key="flood-ground", persist_state="session",
        format_func=lambda one: f"{one} (n = {bench.ROUGHNESS[one]:g})" if one in bench.ROUGHNESS else one,
    )  # fmt: skip
    n = bench.ROUGHNESS.get(ground)
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
        return {"default": n, "zones": bench.zones(file.getvalue(), file.name)}
    except LookoutError as problem:
        st.error(f"{plain(problem.message)} It is left out for now.")
        return n


def assets() -> dict[str, Any] | None:
    """The places that were given, as GeoJSON; None without any."""
    found: dict[str, Any] | None = st.session_state.get(ASSETS_KEY)
    return found


def draw_assets(area: Any) -> None:
    """Places to look at: give them, see how many there are, take them away."""
    if (given := assets()) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{counted(len(given.get('features', [given])), 'place')} will be looked at.", width="content")
            st.button("Take them away", key="flood-assets-away", on_click=_forget)
        return
    drops = st.session_state.setdefault("flood-asset-drops", 0)
    key = f"flood-asset-file-{drops}"
    st.file_uploader(
        "Schools, clinics, roads: GeoJSON, CSV with name, latitude and longitude, or a zipped shapefile",
        type=["geojson", "json", "csv", "zip"],
        key=key,
        on_change=_take,
        args=(key, area),
    )
    if problem := st.session_state.get("flood-asset-problem"):
        st.error(plain(problem))


def _take(key: str, area: Any) -> None:
    st.session_state["flood-asset-problem"] = None
    if file := st.session_state[key]:
        try:
            st.session_state[ASSETS_KEY] = inference.workbench(SYSTEM).assets(file.getvalue(), file.name, area)
        except LookoutError as problem:
            st.session_state["flood-asset-problem"] = problem.message


def _forget() -> None:
    st.session_state[ASSETS_KEY] = None
    st.session_state["flood-asset-drops"] += 1
