"""Maps that listen: a Folium map on a page, drawn by streamlit-folium; what is clicked or drawn on it comes back.

The map is sent once and stands still while the page runs again, as long as the map itself says the same; what is added
to it (`added`) changes in place. The key's entry in the session holds what was heard last, also before `draw` runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

DRAWINGS = ("last_active_drawing", "all_drawings", "last_object_clicked")
"""What a map with layers to click on and with drawing tools tells: a feature of GeoJSON, all drawings, and where."""
POINTS = ("last_clicked",)
"""What a map tells on which points are chosen: latitude and longitude as {"lat", "lng"} [degrees]."""


def draw(
    leaflet_map: object,
    *,
    key: str,
    height: int,
    returned: Iterable[str] = DRAWINGS,
    added: object = None,
) -> dict[str, Any]:
    """Show a map as wide as its place, and return what was clicked or drawn on it last.

    leaflet_map: a folium.Map, new at each run, from `core.maps.base.empty_map`. returned: which of streamlit-folium's
    objects come back; the page runs again only when one of them changes. added: a folium.FeatureGroup, or several, that
    change without the map being redrawn.
    """
    from streamlit_folium import st_folium  # Folium takes a while to import: only who asks for a map waits

    from core.maps import base

    answer: dict[str, Any] = st_folium(
        base.for_component(leaflet_map),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=list(returned),
        feature_group_to_add=added,
    )
    return answer


def news(key: str) -> dict[str, Any]:
    """What came from the map of this key since `news` was last asked: those of its returned objects that changed."""
    heard: Mapping[str, Any] = st.session_state.get(key) or {}
    before: Mapping[str, Any] = st.session_state.get(f"{key}-before") or {}
    st.session_state[f"{key}-before"] = dict(heard)
    return {name: value for name, value in heard.items() if value != before.get(name)}
