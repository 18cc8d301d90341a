"""A flood's map on a page: the map in its frame, and an ear beside it that hears which place was chosen on it.

Frame and ear talk over a BroadcastChannel of the visit's own, so that the map is sent to the browser once and stands
still when the page runs again: see `core.maps.flood.forecast_map` for the messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import streamlit as st

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


def drawn_once(name: str, key: Any, make: Callable[[], Any]) -> Any:
    """What was drawn for `key`, drawn once; of each name the latest stays."""
    found = st.session_state.get(f"drawn-{name}")
    if found is None or found[0] != key:
        st.session_state[f"drawn-{name}"] = found = (key, make())
    return found[1]


def draw(
    html: str,
    *,
    key: str,
    finer: Callable[[Any], dict[str, Any] | None],
    go: tuple[float, float] | None = None,
    height: int = HEIGHT,
    what: str = "forecast",
    alt: str = "Map of the flood",
) -> tuple[float, ...] | None:
    """Show a map of `sheet.draw`; what was chosen on it last as latitude and longitude (of a box, twice), None before.

    finer: answers what the map asks to look at, `sheet.finer` of its forecast. go: a place to show. what: which of the
    visit's maps, see `channel`. Put it in a fragment: a choice runs that anew, not the page.
    """
    st.iframe(html, height=height, alt=alt)
    state = st.session_state.get(key) or {}
    asked = state.get("look")
    ear = st.components.v2.component("lookout_flood_ear", js=EAR)
    data = {"channel": channel(what), "asked": asked, "finer": _finer(key, asked, finer), "go": go}
    heard = ear(
        key=key, data=data, default={"picked": None, "look": None}, on_picked_change=_nothing, on_look_change=_nothing
    )
    picked = heard.picked
    return tuple(map(float, picked)) if picked else None


def _finer(key: str, asked: str | None, finer: Callable[[Any], dict[str, Any] | None]) -> dict[str, Any] | None:
    """What the map asked for, drawn once."""
    if not asked:
        return None
    drawn_once = st.session_state.get(f"{key}-finer")
    if drawn_once is None or drawn_once[0] != asked:
        st.session_state[f"{key}-finer"] = drawn_once = (asked, finer(json.loads(asked)))
    return drawn_once[1]


def _nothing() -> None:
    """A callback says to Streamlit that the value is wanted."""
