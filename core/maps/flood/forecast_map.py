"""A forecast of a flood on one map: its surfaces over the ground, lines, a legend, a time slider and tools.

The browser gets all pictures at once, each sized for a screen, so that moving the slider needs no request. Where a grid
has more cells than a picture pixels, the map asks for finer pictures of the part that is looked at, over the
BroadcastChannel that the page names; over the same one it says which point was chosen. The messages:

| message | from | holds |
|---|---|---|
| `picked` | map | latitude, longitude |
| `look` | map | `bounds`, `size`, `surface`: see `finer_pictures` |
| `finer` | page | what `finer_pictures` returns |
| `go` | page | latitude, longitude to show |
| `hello` | page | that it listens from now on |
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import folium
from folium.elements import MacroElement
from folium.template import Template

from core.artefacts.forecast_files import AssetProperties
from core.hydraulics.hazard import WET
from core.maps import base
from core.maps.flood import flow, pictures, vectors
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.pictures import Surface, SurfacePainters
from core.maps.flood.scales import Scale
from core.maps.flood.vectors import ArrivalLines
from core.maps.flood.views import View, grid_part, whole_grid
from core.maps.pieces import KeptView
from core.settings import settings

MAX_ZOOM = 20
MAX_ASSETS = 1000  # that are drawn; their table has all
SHOWN_FIRST = ("Hillshade", "Routes of the water", "Your assets")  # layers that are on when the map opens
ROUTE = "#B8237E"  # no water, hazard or uncertainty has that hue
ROUTE_ON_DARK = "#FF8FD0"
SCRIPTS = Path(__file__).with_name("scripts")
SCRIPT_PARTS = ("pictures", "flow", "panel", "time_and_place")
"""In one scope and in this order: a part uses those before it."""


class PlaceMark(TypedDict):
    """A place on the map.

    label: stands beside it. number: in the order in which places get wet, empty for one that stays dry. told: what
    hovering tells, in lines.
    """

    label: str
    number: str
    latitude: float
    longitude: float
    flooded: bool
    told: str


@dataclass(frozen=True)
class MapAppearance:
    """How a map looks when it opens.

    dark: in the colours of a dark page.
    plain: with closed panel and without lines, for maps side by side.
    opacity: of the colours, 0 to 1.
    legend: whether the map has one of its own; False where the page has one for several maps, see `legend_html`.
    surface: name of the surface that the map opens on, such as `pictures.GREATEST_DEPTH`, of which headlines speak;
        None for the first. What a person chose before in this visit goes before it.
    clock: tells the times of the slider and of assets.
    marks: places that a plain map shows.
    """

    dark: bool = False
    plain: bool = False
    opacity: float = 0.85
    legend: bool = True
    surface: str | None = None
    clock: Clock = ELAPSED
    marks: Sequence[PlaceMark] = ()


LIGHT_APPEARANCE = MapAppearance()
NO_LINES: dict[str, object] = {"outline": [], "arrivals": [], "routes": []}


def draw(
    folder: ForecastFolder,
    painters: SurfacePainters | None = None,
    *,
    key: str,
    channel: str | None = None,
    group: str | None = None,
    appearance: MapAppearance = LIGHT_APPEARANCE,
) -> str:
    """The map as a page of its own, for `st.iframe`. Raises InvalidInput for a folder that is damaged or has no place.

    painters: what it is coloured by; None for all that the forecast has.
    key: maps of one key keep place, zoom and switches between drawings.
    channel: name of the BroadcastChannel for its messages, one for each visit; None for a map without messages.
    group: maps of one group move together.
    """
    view = whole_grid(folder)
    if painters is None:
        painters = pictures.surface_painters(folder)
    surfaces = {name: paint_surface(view) for name, paint_surface in painters.items()}
    south, west, north, east = _bounds(view)
    streets = settings().basemap is not None
    leaflet_map = base.empty_map(
        (south, west), (north, east), appearance.dark, height="100%", max_zoom=MAX_ZOOM, ground=streets
    )
    leaflet_map.get_root().header.add_child(folium.Element(_style()))
    data: dict[str, object] = {
        **_picture(view, pictures.hillshade_picture(folder, view, appearance.dark)),
        **(NO_LINES if appearance.plain else _lines(folder, view, appearance.clock)),
        "assets": list(appearance.marks[:MAX_ASSETS]) if appearance.plain else _assets(folder, appearance.clock),
        "flow": None if appearance.plain else flow.arrows(folder, view, pictures.water_over_time(surfaces.values())),
        "surfaces": [_surface(name, surface) for name, surface in surfaces.items()],
        "steps": [_step(time, appearance.clock) for time in folder.lead_times],
        "surface": list(surfaces).index(appearance.surface) if appearance.surface in surfaces else 0,
        "first": max((surface.fullest for surface in surfaces.values()), default=0),
        "shown": [layer for layer in SHOWN_FIRST if not ((streets or settings().tiles) and layer == "Hillshade")],
        "key": f"lookout-switches-{key}",
        "channel": channel,
        "group": group,
        "quiet": appearance.plain,
        "opacity": appearance.opacity,
        "legend": appearance.legend,
        "example": f"{(south + north) / 2:.4f}, {(west + east) / 2:.4f}",
        "about": "Map of the flood. Enter chooses the place in the middle; arrow keys move, plus and minus zoom.",
        "ink": "#E4EAEF" if appearance.dark else "#0C141C",
        "paper": "#030507" if appearance.dark else "#FFFFFF",
        "route": ROUTE_ON_DARK if appearance.dark else ROUTE,
    }
    KeptView(key, {}).add_to(leaflet_map)
    _ForecastScript(data).add_to(leaflet_map)
    return base.standalone_page(leaflet_map, "Map of the flood")


def legend_html(scale: Scale) -> str:
    """The legend of a scale as HTML for a page; nothing in it comes from a user."""
    boxes = "".join(
        f'<span style="white-space:nowrap;margin-right:1em"><i style="display:inline-block;width:1em;height:1em;'
        f'vertical-align:-0.15em;margin-right:0.35em;background:{colour}"></i>{word}</span> '
        for colour, word in reversed(scale.entries())
    )
    return f'<div style="line-height:1.7"><b style="margin-right:1em">{scale.heading}</b> {boxes}</div>'


def finer_pictures(
    folder: ForecastFolder, painters: SurfacePainters, look: Any, dark: bool = False
) -> dict[str, object] | None:
    """Pictures of the part of a map that a browser looks at; None where nothing lies there.

    look: the map's message as JSON, of which nothing is taken for granted. It should hold the name of the surface,
        the edges of the screen as south, west, north, east [degrees], and its width and height [px].
    """
    try:
        name, (wide, high) = look["surface"], look["size"]
        south, west, north, east = (float(edge) for edge in look["bounds"])
        size = (int(wide), int(high))
    except (TypeError, ValueError, LookupError, OverflowError):
        return None
    view = grid_part(folder, (south, west, north, east), size) if name in painters else None
    if view is None:
        return None
    surface = painters[name](view)
    return {
        "flow": flow.arrows(folder, view, surface.water),
        **_picture(view, pictures.hillshade_picture(folder, view, dark)),
        "surface": name,
        "pictures": [_data_url(picture, "png") for picture in surface.pictures],
    }


def _bounds(view: View) -> tuple[float, float, float, float]:
    assert view.bounds is not None  # noqa: S101 - only a view of `unprojected` has none
    return view.bounds


def _picture(view: View, ground: bytes) -> dict[str, object]:
    """Where pictures lie, how many pixels they are wide, how many cells one shows to the side, and the ground."""
    south, west, north, east = _bounds(view)
    return {
        "bounds": [[south, west], [north, east]],
        "wide": view.width,
        "cells": view.step,
        "ground": _data_url(ground, "webp"),
    }


def _surface(name: str, surface: Surface) -> dict[str, object]:
    return {
        "name": name,
        "heading": surface.scale.heading,
        "entries": surface.scale.entries(),
        "pictures": [_data_url(picture, "png") for picture in surface.pictures],
    }


def _data_url(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


def _step(time: float, clock: Clock) -> str:
    return f"{vectors.duration_words(time)} after the start" if clock.start is None else clock.both(time)


def _lines(folder: ForecastFolder, view: View, clock: Clock) -> dict[str, object]:
    return {
        "outline": vectors.outline(folder, view),
        "arrivals": [_arrival(lines, clock) for lines in vectors.arrivals(folder, view)],
        "routes": vectors.routes(folder, None if clock.start is None else clock.time),
    }


def _arrival(lines: ArrivalLines, clock: Clock) -> dict[str, object]:
    """Lines of one arrival, with their time at them and what hovering tells."""
    told = f"The water arrives {clock.sentence(lines['seconds'])}"
    return {**lines, "text": lines["text"] if clock.start is None else clock.time(lines["seconds"]), "told": told}


def _assets(folder: ForecastFolder, clock: Clock) -> list[PlaceMark]:
    return [_asset(number, asset, clock) for number, asset in enumerate(folder.assets()[:MAX_ASSETS], 1)]


def _asset(number: int, asset: AssetProperties, clock: Clock) -> PlaceMark:
    """Where an asset is, its label and what hovering tells. number: in the order in which they get wet, from 1."""
    depth = asset["depth_m"] or 0.0
    flooded = depth >= WET
    lines, label = [str(asset["name"])], f"{number} {asset['name']}" if flooded else str(asset["name"])
    if flooded:
        lines.append(f"{depth:.2f} m, {asset['depth']}")
        if asset["arrival_s"] is not None:
            low, high = asset.get("arrival_low_s"), asset.get("arrival_high_s")
            has_interval = low is not None and high is not None
            when = clock.within(asset["arrival_s"], low, high) if has_interval else _step(asset["arrival_s"], clock)
            lines.append(f"from {when}")
            label += f", {clock.time(asset['arrival_s'])}"
        label += f", {depth:.1f} m"
        lines.append(f"hazard {asset['hazard']}")
    else:
        lines.append("stays dry" if asset["state"] == "dry" else str(asset["state"]))
    return {
        "label": label,
        "number": str(number) if flooded else "",
        "latitude": asset["latitude"],
        "longitude": asset["longitude"],
        "flooded": flooded,
        "told": "\n".join(lines),
    }


@cache
def _style() -> str:
    style = (SCRIPTS / "forecast_map.css").read_text(encoding="utf-8")
    return f"<style>{style}</style>"


@cache
def _script() -> str:
    """The files of `scripts/`, less indents and comments, as a function of a Leaflet map and the data that it draws."""
    parts = [(SCRIPTS / f"{part}.js").read_text(encoding="utf-8") for part in SCRIPT_PARTS]
    code = re.sub(r"^\s*(//.*\n|/\*.*\*/\n)*\s*", "", "\n".join(parts), flags=re.MULTILINE)
    return f'(function (map, data) {{\n"use strict";\n{code}}})'


class _ForecastScript(MacroElement):
    """The script of the map, called with the map and its data."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.code }}({{ this._parent.get_name() }}, {{ this.data|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, data: dict[str, object]) -> None:
        super().__init__()
        self._name, self.data, self.code = "Sheet", data, _script()
