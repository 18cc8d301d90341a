"""A forecast of a flood on one map: its surfaces over the ground, lines, a legend, a time slider and tools.

The browser gets all pictures at once, each sized for a screen, so that moving the slider asks nobody. Where a grid has
more cells than a picture pixels, the map asks for finer pictures of the part that is looked at (`finer`), over the
BroadcastChannel that the page names; over the same one it says which place was chosen. `sheet.js` has the words:

| message | from | holds |
|---|---|---|
| `picked` | map | latitude, longitude |
| `look` | map | `bounds`, `size`, `surface`: what `finer` takes |
| `finer` | page | what `finer` gives |
| `go` | page | latitude, longitude to show |
| `hello` | page | that it listens from now on |
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import folium
from folium.elements import MacroElement
from folium.template import Template

from core.hydraulics.hazard import WET
from core.maps import base
from core.maps.flood import pictures, vectors
from core.maps.flood.folder import Folder
from core.maps.flood.pictures import Makers, Surface
from core.maps.flood.scales import Scale
from core.maps.flood.views import View, part, whole
from core.maps.pieces import KeptView
from core.settings import settings

CLOSEST = 20  # zoom
MOST_ASSETS = 1000  # that are drawn; their table has all
SHOWN = ("Hillshade", "Routes of the water", "Your assets")  # at first
ROUTE = "#B8237E"  # no water, hazard or doubt has that hue
ROUTE_ON_DARK = "#FF8FD0"


def draw(
    folder: Folder,
    makers: Makers | None = None,
    *,
    key: str,
    channel: str | None = None,
    group: str | None = None,
    dark: bool = False,
    plain: bool = False,
    marks: Sequence[Mapping[str, Any]] = (),
    opacity: float = 0.85,
    legend: bool = True,
) -> str:
    """The map as a page of its own, for `st.iframe`. Raises InvalidInput for a folder that is damaged or has no place.

    makers: what it is coloured by; all that the forecast has, unless said. key: maps of one key keep place, zoom and
    switches between drawings. channel: of its messages; one for each visit. group: maps of one group move together.
    plain: with closed panel and without lines, for maps side by side. marks: places to show as assets are, each with
    name, latitude, longitude and what hovering tells. opacity: of the colours, at first. legend: False where the
    page has one for several maps, see `swatches`.
    """
    view = whole(folder)
    known = pictures.makers(folder, dark) if makers is None else makers
    made = {name: make(view) for name, make in known.items()}
    assert view.bounds is not None  # noqa: S101 - of a whole it is known
    south, west, north, east = view.bounds
    sheet = base.empty((south, west), (north, east), dark, height="100%", closest=CLOSEST)
    sheet.get_root().header.add_child(folium.Element(_STYLE))
    given = {
        **_picture(view, pictures.shade(folder, view, dark)),
        **(_lines(folder, view) if not plain else {"outline": [], "arrivals": [], "routes": [], "assets": list(marks)}),
        "surfaces": [_surface(name, one, dark) for name, one in made.items()],
        "steps": [vectors.duration(one) for one in folder.lead_times],
        "first": max((one.fullest for one in made.values()), default=0),
        "shown": [one for one in SHOWN if not (settings().tiles and one == "Hillshade")],
        "key": f"lookout-switches-{key}",
        "channel": channel,
        "group": group,
        "quiet": plain,
        "opacity": opacity,
        "legend": legend,
        "example": f"{(south + north) / 2:.4f}, {(west + east) / 2:.4f}",
        "about": "Map of the flood. Enter chooses the place in the middle; arrow keys move, plus and minus zoom.",
        "ink": "#E4EAEF" if dark else "#0C141C",
        "paper": "#030507" if dark else "#FFFFFF",
        "route": ROUTE_ON_DARK if dark else ROUTE,
    }
    KeptView(key, {}).add_to(sheet)
    _Sheet(given).add_to(sheet)
    return base.page(sheet, "Map of the flood")


def swatches(scale: Scale, dark: bool = False) -> str:
    """The legend of a scale as HTML, for a page; its words are Lookout's own."""
    boxes = "".join(
        f'<span style="white-space:nowrap;margin-right:1em"><i style="display:inline-block;width:1em;height:1em;'
        f'vertical-align:-0.15em;margin-right:0.35em;background:{colour}"></i>{word}</span> '
        for colour, word in reversed(scale.entries(dark))
    )
    return f'<div style="line-height:1.7"><b style="margin-right:1em">{scale.heading}</b> {boxes}</div>'


def finer(folder: Folder, makers: Makers, look: Any, dark: bool = False) -> dict[str, Any] | None:
    """Pictures of the part that a map's message `look` asks for; None where there is nothing, or it makes no sense."""
    try:
        name, (wide, high) = look["surface"], look["size"]
        south, west, north, east = (float(one) for one in look["bounds"])
        size = (int(wide), int(high))
    except (TypeError, ValueError, LookupError, OverflowError):
        return None
    view = part(folder, (south, west, north, east), size) if name in makers else None
    if view is None:
        return None
    made = makers[name](view)
    return {
        **_picture(view, pictures.shade(folder, view, dark)),
        "surface": name,
        "pictures": [_address(one, "png") for one in made.pictures],
    }


def _picture(view: View, ground: bytes) -> dict[str, Any]:
    """Where pictures lie, how many pixels they are wide, how many cells one shows to the side, and the ground."""
    assert view.bounds is not None  # noqa: S101
    south, west, north, east = view.bounds
    return {
        "bounds": [[south, west], [north, east]],
        "wide": view.width,
        "cells": view.step,
        "ground": _address(ground, "webp"),
    }


def _surface(name: str, made: Surface, dark: bool) -> dict[str, Any]:
    return {
        "name": name,
        "heading": made.scale.heading,
        "entries": made.scale.entries(dark),
        "pictures": [_address(one, "png") for one in made.pictures],
    }


def _address(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


def _lines(folder: Folder, view: View) -> dict[str, Any]:
    return {
        "outline": vectors.outline(folder, view),
        "arrivals": vectors.arrivals(folder, view),
        "routes": vectors.routes(folder),
        "assets": [_asset(one["properties"]) for one in folder.features("assets")[:MOST_ASSETS]],
    }


def _asset(about: dict[str, Any]) -> dict[str, Any]:
    """Where an asset is and what hovering says."""
    flooded = (about["depth_m"] or 0.0) >= WET
    told = [str(about["name"])]
    if flooded:
        told.append(f"{about['depth_m']:.2f} m, {about['depth']}")
        told += (
            [f"from {vectors.duration(about['arrival_s'])} after the start"] if about["arrival_s"] is not None else []
        )
        told.append(f"hazard {about['hazard']}")
    else:
        told.append("stays dry" if about["state"] == "dry" else str(about["state"]))
    place = {name: about[name] for name in ("name", "latitude", "longitude")}
    return {**place, "flooded": flooded, "told": "\n".join(told)}


@cache
def _code() -> str:
    return Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


class _Sheet(MacroElement):
    """`sheet.js` on a map, with what it draws."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.code }}({{ this._parent.get_name() }}, {{ this.given|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__()
        self._name, self.given, self.code = "Sheet", given, _code()


_STYLE = """<style>
    html, body { height: 100%; }
    body { display: flex; flex-direction: column; }
    body .folium-map { flex: 1 1 auto; height: auto !important; min-height: 240px; }
    body .folium-map:focus { outline: none; }
    body .lookout-keys:focus::after { content: "+"; position: absolute; inset: 0; z-index: 900; display: flex;
      align-items: center; justify-content: center; font: 700 28px monospace; pointer-events: none;
      border: 3px solid var(--text); }
    .lookout-water { image-rendering: pixelated; }
    .lookout-time { flex: none; display: flex; gap: 10px; align-items: center; padding: 8px 10px; }
    .lookout-time[hidden] { display: none; }
    .lookout-time input { flex: 1 1 auto; min-width: 80px; height: 24px; }
    .lookout-time output { min-width: 11em; font-size: 15px; font-weight: 600; font-variant-numeric: tabular-nums; }
    .lookout-time button, .lookout-panel button { font: inherit; color: var(--text); background: var(--board);
      border: 1px solid var(--faint); border-radius: 4px; padding: 3px 10px; min-height: 28px; cursor: pointer; }
    .lookout-time button { min-width: 64px; }
    .lookout-panel button[aria-pressed=true] { outline: 2px solid var(--text); }
    .lookout-time :disabled { opacity: 0.5; cursor: default; }
    .lookout-panel { max-height: calc(100vh - 150px); max-width: 210px; overflow: auto; }
    .lookout-panel summary { font-weight: 600; cursor: pointer; }
    .lookout-panel fieldset { border: 0; margin: 4px 0 0; padding: 0; }
    .lookout-panel legend { padding: 0; font-weight: 600; }
    .lookout-panel label { display: block; }
    .lookout-panel form { display: flex; gap: 6px; align-items: end; margin: 6px 0; }
    .lookout-panel input[type=text] { width: 100%; box-sizing: border-box; font: inherit; color: var(--text);
      background: var(--back); border: 1px solid var(--faint); border-radius: 4px; padding: 3px 6px; }
    .lookout-panel input[type=range] { width: 100%; }
    .lookout-pointer { padding: 1px 6px; font-variant-numeric: tabular-nums; }
    .lookout-pointer[hidden] { display: none; }
    .lookout-label span { position: absolute; transform: translate(-50%, -50%); white-space: nowrap; font-size: 12px;
      font-weight: 600; color: var(--text); background: var(--board); border-radius: 3px; padding: 0 4px; }
    .lookout-label.asset span { transform: translate(-50%, 10px); max-width: 16em; overflow: hidden;
      text-overflow: ellipsis; }
    .lookout-steps { max-width: 230px; }
    .lookout-steps div { padding-left: 18px; text-indent: -18px; }
    @media (max-width: 500px) { .lookout-steps { max-width: 175px; } .lookout-time output { min-width: 0; } }
    </style>"""
