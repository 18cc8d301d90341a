"""An empty map as all maps of Lookout begin: Leaflet from the app, a ground, lines, a scale, the theme's colours.

It can be a page of its own (`standalone_page`) or be drawn by streamlit-folium (`for_component`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import folium

from core.maps.assets import PREFIX, address
from core.maps.ground import Land, Streets, wide_enough
from core.maps.pieces import Graticule, ZoomableMap
from core.settings import settings

PADDING = (24, 24)  # px around what the map shows when it opens
UP = "../../"  # from where Streamlit serves streamlit-folium's frame to where the app serves the maps' files
WATER, WATER_ON_DARK = "#DAE5EC", "#12222E"
GROUND, GROUND_ON_DARK = "#FAFBFC", "#030507"


def empty_map(
    low: Sequence[float], high: Sequence[float], dark: bool, *, height: int | str, max_zoom: int, ground: bool = True
) -> folium.Map:
    """A map with nothing on it but lines of latitude and longitude, a scale, and what lies below all data.

    That is tiles where there is a server (LOOKOUT_TILES), else streets from a file (LOOKOUT_BASEMAP), else land and
    water where the map is wide enough for them.

    low, high: south-western and north-eastern corner of what it shows when it opens: latitude, longitude [degrees].
    dark: in the colours of a dark page.
    height: in px, or "100%".
    max_zoom: Leaflet's zoom beyond which nobody can go.
    ground: False for a map that brings its own.
    """
    tiles, streets = settings().tiles, settings().basemap if ground else None
    leaflet_map = ZoomableMap(
        tiles=tiles, attr="Tiles of this installation" if tiles else None, control_scale=True, height=height,
        prefer_canvas=True, maxZoom=max_zoom, zoomSnap=0.25, attributionControl=bool(tiles or streets),
    )  # fmt: skip
    leaflet_map.default_js = [("leaflet", address("leaflet.js"))]
    leaflet_map.default_css = [("leaflet_css", address("leaflet.css")), ("font", address("font.css"))]
    leaflet_map.fit_bounds([list(low), list(high)], padding=PADDING)
    with_land = ground and not tiles and not streets and wide_enough(low, high)
    if streets and not tiles:
        Streets(streets, dark).add_to(leaflet_map)
    elif with_land:
        Land(low, high, GROUND_ON_DARK if dark else GROUND).add_to(leaflet_map)
    Graticule("#55636F" if dark else "#A3B1BC").add_to(leaflet_map)
    leaflet_map.get_root().header.add_child(folium.Element(_style(dark, with_land)))
    return leaflet_map


def ground_words(low: Sequence[float], high: Sequence[float]) -> str:
    """What is said below a map of what lies under its data; empty where that is tiles or nothing."""
    if settings().tiles:
        return ""
    if settings().basemap:
        return "Streets: OpenStreetMap, from this installation's file."
    if wide_enough(low, high):
        return "Land and water: Natural Earth at 1:10 million, a coast true to some 1 km."
    return ""


def for_component(leaflet_map: folium.Map) -> folium.Map:
    """Change a map's links to its files so that they work in streamlit-folium's frame; returns the map."""
    for element in _all_elements(leaflet_map):
        for links in ("default_js", "default_css"):
            if addresses := getattr(element, links, None):
                moved = [(name, UP + link if link.startswith(PREFIX) else link) for name, link in addresses]
                setattr(element, links, moved)  # of this element alone, not of its class
    return leaflet_map


def _all_elements(element: Any) -> Iterator[Any]:
    yield element
    for child in element._children.values():
        yield from _all_elements(child)


def standalone_page(leaflet_map: folium.Map, title: str) -> str:
    """The map as a page of its own, with a title and a language for screen readers."""
    leaflet_map.get_root().header.add_child(folium.Element(f"<title>{title}</title>"))
    html: str = leaflet_map.get_root().render()
    return html.replace("<html>", '<html lang="en">', 1)


def _style(dark: bool, with_land: bool) -> str:
    """Colours of the theme for everything that Leaflet draws as HTML. with_land: what is not land is water."""
    back, board, text = ("#030507", "#11181E", "#E4EAEF") if dark else ("#FAFBFC", "#FFFFFF", "#0C141C")
    water = (WATER_ON_DARK if dark else WATER) if with_land else back
    faint = "#A3B1BC" if dark else "#3D4A55"
    return f"""<style>
    :root {{ color-scheme: {"dark" if dark else "light"}; --back: {back}; --board: {board}; --text: {text};
      --faint: {faint}; }}
    html, body {{ margin: 0; background: {back}; color: {text}; font: 13px "Source Sans", sans-serif;
      overflow: hidden; }}
    body > span {{ display: none; }}
    body :focus-visible:not(.leaflet-container) {{ outline: 3px solid {text} !important; outline-offset: 1px;
      box-shadow: 0 0 0 6px {board}; }}
    body .leaflet-container:focus {{ outline: none; }}
    body .leaflet-container:focus-visible::after {{ content: ""; position: absolute; inset: 0; z-index: 900;
      pointer-events: none; border: 3px solid {text}; box-shadow: inset 0 0 0 3px {board}; }}
    body .leaflet-container {{ background: {water}; font: inherit; }}
    .lookout-degrees {{ color: {faint}; font-size: 11px; white-space: nowrap; }}
    .lookout-degrees.east span {{ position: absolute; top: 2px; left: 3px; }}
    .lookout-degrees.north span {{ position: absolute; bottom: 1px; left: 50px; }}
    .lookout-name {{ color: {text}; font-weight: 600; font-size: 12px; white-space: nowrap; }}
    .lookout-name span {{ position: absolute; transform: translate(-50%, -50%); text-shadow:
      0 0 3px {back}, 0 0 3px {back}, 0 0 3px {back}; }}
    .lookout-legend, .leaflet-control-layers, .leaflet-bar a, .leaflet-popup-content-wrapper, .leaflet-popup-tip,
    .leaflet-tooltip, .leaflet-control-attribution, body .leaflet-draw-actions a {{
      background-color: {board} !important; color: {text} !important; border-color: {faint} !important; }}
    body .leaflet-draw-toolbar a {{ background-color: #E4EAEF !important; }}
    .lookout-legend {{ padding: 6px 10px; border: 1px solid; border-radius: 4px; line-height: 1.5; }}
    .lookout-legend b {{ display: block; font-weight: 600; }}
    .lookout-legend i {{ display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px;
      outline: 1px solid {faint}; }}
    body .lookout-told {{ white-space: pre-line; overflow-wrap: break-word; width: max-content; max-width: 240px; }}
    body .leaflet-control-scale-line {{ background: {board}CC; color: {text}; border-color: {faint}; }}
    @media (max-width: 500px) {{ .lookout-legend, .leaflet-control-layers {{ font-size: 11px; line-height: 1.3; }} }}
    </style>"""
