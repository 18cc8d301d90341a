"""What can be taken away from a forecast: rasters, outlines, routes, a table, an animation, a briefing, a link."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from core.inference import SystemCard
from core.maps.flood.export import animation, briefing, files
from pages.parts.flood.earlier import Forecast
from pages.parts.flood.run import FORECAST
from pages.parts.flood.words import LIMITS, lasting, version_text
from pages.parts.shared.words import moment, viewer_zone

RASTERS = {
    "max_depth": "Greatest depth",
    "max_depth_low": "Greatest depth, lower end of the 80 % interval",
    "max_depth_high": "Greatest depth, upper end of the 80 % interval",
    "arrival": "Time of arrival",
    "max_speed": "Greatest speed",
    "hazard": "Hazard rating",
}
FILES = {
    "extents.geojson": ("Outlines (GeoJSON)", "application/geo+json"),
    "routes.geojson": ("Routes (GeoJSON)", "application/geo+json"),
    "assets.csv": ("Assets (CSV)", "text/csv"),
    "assets.geojson": ("Assets (GeoJSON)", "application/geo+json"),
}


def draw(found: Forecast, card: SystemCard) -> None:
    """A choice of raster with its button, a button for each other file, and the link."""
    choices = rasters(found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, step = st.selectbox("Raster", list(choices), format_func=choices.get, key=f"flood-raster-{found.id}")
        _button(
            "Download GeoTIFF",
            lambda: files.geotiff(found.folder, name, step),
            f"{stem(found)}-{name}{f'-{step}' if name == 'depth' else ''}.tif",
            "image/tiff",
        )
    with st.container(horizontal=True):
        for label, make, file, kind in _others(found, card):
            _button(label, make, file, kind)
    st.caption("This link opens the forecast again, for as long as its files are kept:")
    st.code(link(found), language=None, wrap_lines=True)


def rasters(found: Forecast) -> dict[tuple[str, int], str]:
    """What a GeoTIFF can hold: raster and step, with its name."""
    made = {(name, 1): said for name, said in RASTERS.items() if found.folder.has(name)}
    depths = {("depth", place): f"Depth after {lasting(one)}" for place, one in enumerate(found.folder.lead_times, 1)}
    return made | depths


def _others(found: Forecast, card: SystemCard) -> list[tuple[str, Callable[[], bytes], str, str]]:
    title, said = found.title, about(found, card)  # at once: a callback does not know the page's address
    made: list[tuple[str, Callable[[], bytes], str, str]] = [
        ("Briefing (PDF)", lambda: briefing.pdf(found.folder, said), f"{stem(found)}.pdf",
         "application/pdf"),
        ("Animation (GIF)", lambda: animation.gif(found.folder, title), f"{stem(found)}.gif", "image/gif"),
        ("Google Earth (KML)", lambda: files.kml(found.folder, title), f"{stem(found)}.kml",
         "application/vnd.google-earth.kml+xml"),
    ]  # fmt: skip
    for file, (label, kind) in FILES.items():
        path = found.folder.path / file
        if path.is_file():
            made.append((label, path.read_bytes, f"{stem(found)}-{file}", kind))
    return made


def about(found: Forecast, card: SystemCard) -> briefing.About:
    """What the briefing says beside the forecast."""
    rows = found.asked.get("rain") or []
    return briefing.About(
        title=f"Flood: {found.title}",
        made=found.prediction.created_at.astimezone(viewer_zone()),
        checked=version_text(card, found.prediction.version),
        limits=LIMITS,
        rain=([time for time, _ in rows], [rate for _, rate in rows]) if len(rows) > 1 else None,
        link=link(found),
    )


def _button(label: str, make: Callable[[], bytes], file: str, kind: str) -> None:
    st.download_button(label, data=make, file_name=file, mime=kind, on_click="ignore", key=f"flood-take-{file}")


def stem(found: Forecast) -> str:
    """What files are called: the area and when it was forecast."""
    area = re.sub(r"\W+", "-", str(found.details.get("area") or "terrain")).strip("-").lower()
    when = re.sub(r"\W", "", moment(found.prediction.created_at))
    return f"flood-{area}-{when}"


def link(found: Forecast) -> str:
    """The address that reopens it."""
    address = str(st.context.url or "").split("?")[0]
    return f"{address}?{FORECAST}={found.id}"
