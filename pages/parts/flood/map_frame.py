"""A flood's map on a page: the map in its frame, and a listener beside it that hears which point was chosen.

Frame and listener talk over a BroadcastChannel of the visit's own, so that the map is sent to the browser once and
stands still when the page runs again: see `core.maps.flood.forecast_map` for the messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import streamlit as st

T = TypeVar("T")
Point = tuple[float, float]
"""Latitude and longitude [degrees]."""
Finer = Callable[[object], dict[str, object] | None]
"""Pictures for a map's message `look`, see `forecast_map.finer_pictures`."""
HEIGHT = 620  # px
CHANNEL = "flood-map-channel"
EAR = """
export default function ({ data, setStateValue }) {
  const channel = new BroadcastChannel(data.channel);
  const answer = () => data.finer && channel.postMessage({ finer: data.finer });
  channel.onmessage = function ({ data: heard }) {
    if (heard.picked) { setStateValue("picked", heard.picked); channel.postMessage({ heard: true }); }
    if (heard.look) {
      const asked = JSON.stringify(heard.look);
      if (asked === data.asked) { answer(); } else { setStateValue("look", asked); }
    }
  };
  answer();
  if (data.go) { channel.postMessage({ go: data.go }); }
  channel.postMessage({ hello: true });
  return () => channel.close();
}
"""


def channel(what: str = "forecast") -> str:
    """The name of this visit's channel for one of its maps: two tabs with one forecast do not hear one another."""
    if CHANNEL not in st.session_state:
        st.session_state[CHANNEL] = f"lookout-flood-{uuid4().hex}"
    return f"{st.session_state[CHANNEL]}-{what}"


def drawn_once(name: str, key: object, draw_anew: Callable[[], T]) -> T:
    """The result of `draw_anew`, called only when `key` differs from that of the last drawing of this name."""
    last: tuple[object, T] | None = st.session_state.get(f"drawn-{name}")
    if last is None or last[0] != key:
        st.session_state[f"drawn-{name}"] = last = (key, draw_anew())
    return last[1]


def draw(
    html: str,
    *,
    key: str,
    finer: Finer,
    go: Point | None = None,
    height: int = HEIGHT,
    what: str = "forecast",
    alt: str = "Map of the flood",
) -> tuple[float, ...] | None:
    """Show a map. To be run in a fragment: a choice on the map runs that anew, not the page.

    html: the map as a page of its own.
    key: of the listener beside it.
    finer: answers the map's messages `look`.
    go: a point to show.
    height: of the map [px].
    what: which of the visit's maps this is, see `channel`.
    alt: what a screen reader says of it.
    Returns what was chosen on it last as latitude and longitude (of a box, of both corners); None before.
    """
    st.iframe(html, height=height, alt=alt)
    state = st.session_state.get(key) or {}
    look: str | None = state.get("look")
    ear = st.components.v2.component("lookout_flood_ear", js=EAR)
    data = {"channel": channel(what), "asked": look, "finer": _finer(key, look, finer), "go": go}
    heard = ear(
        key=key, data=data, default={"picked": None, "look": None}, on_picked_change=_rerun, on_look_change=_rerun
    )
    picked = heard.picked
    return tuple(map(float, picked)) if picked else None


def as_point(picked: tuple[float, ...] | None) -> Point | None:
    """The point that was chosen on a map of single points; None before."""
    return None if picked is None else (picked[0], picked[1])


def _finer(key: str, look: str | None, finer: Finer) -> dict[str, object] | None:
    """The answer to the map's message, made once."""
    if not look:
        return None
    last: tuple[str, dict[str, object] | None] | None = st.session_state.get(f"{key}-finer")
    if last is None or last[0] != look:
        st.session_state[f"{key}-finer"] = last = (look, finer(json.loads(look)))
    return last[1]


def _rerun() -> None:
    """Does nothing: that there is a callback makes Streamlit run the fragment anew with the value."""
