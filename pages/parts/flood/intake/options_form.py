"""Options of a forecast: how long, how rough, open edges, how many rains."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import LookoutError
from pages.parts.flood.workbench import bench
from pages.parts.shared.words import number, plain

EDGES = ("north", "east", "south", "west")
MODES = {"accurate": "Accurate", "fast": "Fast: a coarser computation"}
OWN_NUMBER = "a number of your own"
STEPS, MIN_STEPS, MAX_STEPS = 12, 4, 48  # lead times, unless a person chooses another number; and at the least, most
MIN_HOURS, MAX_HOURS = 0.25, 720.0
DEFAULT_N = 0.035  # Manning's n [s m-1/3]
ZONES_KEPT = "flood-zones-kept"
HOURS, EXACT, STEPS_KEY, CHANCES = "flood-hours", "flood-hours-said", "flood-steps", "flood-chances"
MODE, EDGES_KEY, GROUND, OWN_N = "flood-mode", "flood-edges", "flood-ground", "flood-n"

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
    for key, value in ((STEPS_KEY, STEPS), (EDGES_KEY, list(EDGES)), (OWN_N, DEFAULT_N)):
        st.session_state.setdefault(key, value)
    left, right = st.columns(2, gap="large")
    with left:
        hours = _choose_hours(event_end)
        steps = st.slider("Maps in that time", MIN_STEPS, MAX_STEPS, key=STEPS_KEY, persist_state="session")
        mode = st.selectbox(
            "Computation", list(MODES), format_func=lambda name: MODES[name], key=MODE, persist_state="session",
        )  # fmt: skip
        chances = st.number_input(
            "Rains around this one, for chances", 1, 40, key=CHANCES, persist_state="session",
            help="1 is the rain alone. With more, depth and time of the rain vary, and the map shows chances.",
        )  # fmt: skip
    with right:
        manning = _choose_roughness()
        edges = st.multiselect(
            "Edges that let water out", EDGES, key=EDGES_KEY, persist_state="session",
            help="The others are walls. Where a river leaves the area, its edge must be open.",
        )  # fmt: skip
    return ForecastOptions(str(mode), float(hours), int(steps), manning, tuple(edges), int(chances))


def _choose_hours(event_end: float) -> float:
    """How long the flood is followed: two hours longer than rain and inflow, unless a person says otherwise."""
    exact = st.toggle("Say how long the flood is followed", key=EXACT, persist_state="session")
    hours = 2.0 + max(event_end / 3600, 1.0)
    hours = min(float(round(hours)), MAX_HOURS) if hours > 3 else 3.0
    if exact:
        st.session_state.setdefault(HOURS, hours)
        return st.number_input("Hours", MIN_HOURS, MAX_HOURS, step=1.0, key=HOURS, persist_state="session")
    st.session_state.pop(HOURS, None)  # turned on again, it begins from what fits the event
    more = "two more than rain and inflow last" if hours < MAX_HOURS else "no event is followed for longer"
    st.caption(f"{number(hours)} hours: {more}.")
    return hours


def _choose_roughness() -> Roughness:
    """Manning's n: one number, or with polygons that have their own."""
    workbench = bench()
    roughness = workbench.ROUGHNESS
    ground = st.selectbox(
        "Roughness of the ground", [*roughness, OWN_NUMBER], key=GROUND, persist_state="session",
        format_func=lambda name: f"{name} (n = {roughness[name]:g})" if name in roughness else name,
    )  # fmt: skip
    n = roughness.get(ground)
    if n is None:
        n = st.number_input(
            "Manning's n [s m⁻¹ᐟ³]", 0.0, 1.0, step=0.005, format="%.3f", key=OWN_N, persist_state="session",
        )  # fmt: skip
    if (kept_zones := st.session_state.get(ZONES_KEPT)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Rougher and smoother ground as in the forecast shown.", width="content")
            st.button("Remove", key="flood-zones-remove", on_click=_forget_zones)
        return {"default": n, "zones": kept_zones}
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


def _forget_zones() -> None:
    st.session_state[ZONES_KEPT] = None
