"""Files to download from a forecast: rasters, outlines, routes, a table, an animation, a briefing; and its link."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import streamlit as st

from core.artefacts import forecast_files
from core.inference import SystemCard
from core.maps.flood.export import animation, briefing, files, timed
from core.settings import settings
from pages.parts.flood.forecast_job import FORECAST
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.words import LIMITS, version_text
from pages.parts.flood.workbench import SYSTEM
from pages.parts.shared.words import moment, viewer_zone

ISSUER = "flood-issuer"
KML_TYPE, GEOJSON_TYPE = "application/vnd.google-earth.kml+xml", "application/geo+json"
RASTERS = {
    forecast_files.MAX_DEPTH: "Greatest depth",
    forecast_files.MAX_DEPTH_LOW: "Greatest depth, lower end of the 80 % interval",
    forecast_files.MAX_DEPTH_HIGH: "Greatest depth, upper end of the 80 % interval",
    forecast_files.ARRIVAL: "Time of arrival",
    forecast_files.MAX_SPEED: "Greatest speed",
    forecast_files.HAZARD: "Hazard rating",
}
LAYERS = {
    forecast_files.EXTENTS: "Outlines (GeoJSON)",
    forecast_files.ROUTES: "Routes (GeoJSON)",
    forecast_files.ASSETS: "Assets (GeoJSON)",
}


class Download(NamedTuple):
    """A file that a button gives; its content is made when the button is pressed."""

    label: str
    content: Callable[[], bytes]
    file: str
    kind: str


def draw(forecast: LoggedForecast, card: SystemCard) -> None:
    """A choice of raster with its button, a button for each other file, and the link."""
    names = rasters(forecast)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, step = st.selectbox(
            "Raster", list(names), format_func=lambda raster: names[raster], key=f"flood-raster-{forecast.id}"
        )
        draw_button(_geotiff(forecast, name, step))
    st.text_input(
        "Issued by", max_chars=80, key=ISSUER, persist_state="session", placeholder="Duty officer, civil protection",
        help="Stands on the briefing, with the time.",
    )  # fmt: skip
    with st.container(horizontal=True):
        for download in _other_files(forecast, card):
            draw_button(download)
    st.caption("This link opens the forecast again, for as long as its files are kept:")
    link = reopening_link(forecast)
    st.code(link, language=None, wrap_lines=True)
    if not opens_elsewhere(link):
        st.caption(
            "It opens on this machine alone, so the briefing leaves it out. The server's setting LOOKOUT_PUBLIC_URL "
            "names the address that others use."
        )


def rasters(forecast: LoggedForecast) -> dict[tuple[str, int], str]:
    """Rasters and steps that a GeoTIFF can hold, with their names in words."""
    folder = forecast.folder
    maxima = {(name, 1): text for name, text in RASTERS.items() if folder.has(name)}
    times = enumerate(folder.lead_times, 1)
    steps = {(forecast_files.DEPTH, step): f"Depth {forecast.clock.sentence(time)}" for step, time in times}
    return maxima | steps


def _geotiff(forecast: LoggedForecast, name: str, step: int) -> Download:
    clock = forecast.clock  # now: when a button is pressed, the viewer's zone is not known
    file = f"{file_stem(forecast)}-{name}{f'-{step}' if name == forecast_files.DEPTH else ''}.tif"
    return Download("Download GeoTIFF", lambda: files.geotiff(forecast.folder, name, step, clock), file, "image/tiff")


def _other_files(forecast: LoggedForecast, card: SystemCard) -> list[Download]:
    """All files but the rasters."""
    folder, title, stem = forecast.folder, forecast.title, file_stem(forecast)
    # Now: when a button is pressed, neither the page's address nor the viewer's zone is known
    texts, clock = briefing_text(forecast, card), forecast.clock
    downloads = [
        Download("Briefing (PDF)", lambda: briefing.pdf(folder, texts), f"{stem}.pdf", "application/pdf"),
        Download("Animation (GIF)", lambda: animation.gif(folder, title, clock), f"{stem}.gif", "image/gif"),
        Download("Google Earth (KML)", lambda: files.kml(folder, title, clock), f"{stem}.kml", KML_TYPE),
    ]
    if (folder.path / forecast_files.ASSETS_TABLE_FILE).is_file():
        name = f"{stem}-{forecast_files.ASSETS_TABLE_FILE}"
        downloads.append(Download("Assets (CSV)", lambda: timed.assets_csv(folder, clock), name, "text/csv"))
    for layer, label in LAYERS.items():
        file = forecast_files.layer_file(layer)
        if (folder.path / file).is_file():
            content = partial(timed.geojson, folder, layer, clock)
            downloads.append(Download(label, content, f"{stem}-{file}", GEOJSON_TYPE))
    return downloads


def briefing_text(forecast: LoggedForecast, card: SystemCard) -> briefing.BriefingText:
    """Texts and rain for the briefing."""
    rows = forecast.request.get("rain") or []
    link = reopening_link(forecast)
    return briefing.BriefingText(
        title=f"Flood: {forecast.title}",
        identifier=forecast.id,
        issuer=str(st.session_state.get(ISSUER) or "").strip(),
        clock=forecast.clock,
        created_at=forecast.prediction.created_at.astimezone(viewer_zone()),
        checked=version_text(card, forecast.prediction.version),
        limits=LIMITS,
        rain=([time for time, _ in rows], [rate for _, rate in rows]) if len(rows) > 1 else None,
        link=link if opens_elsewhere(link) else None,
    )


def draw_button(download: Download) -> None:
    """A button that gives a file."""
    st.download_button(
        download.label,
        data=download.content,
        file_name=download.file,
        mime=download.kind,
        on_click="ignore",
        key=f"flood-take-{download.file}",
    )


def file_stem(forecast: LoggedForecast) -> str:
    """The name of files without their ending: the area and when it was forecast."""
    area = re.sub(r"\W+", "-", str(forecast.area or "terrain")).strip("-").lower()
    when = re.sub(r"\W", "", moment(forecast.prediction.created_at))
    return f"flood-{area}-{when}"


def reopening_link(forecast: LoggedForecast) -> str:
    """The address that opens the forecast again; by LOOKOUT_PUBLIC_URL where that says how others reach Lookout."""
    public = settings().public_url
    address = f"{public.rstrip('/')}/{SYSTEM}" if public else str(st.context.url or "").split("?")[0]
    return f"{address}?{FORECAST}={forecast.id}"


def opens_elsewhere(link: str) -> bool:
    """Whether a link may open on another machine: it names a host, and not that of whoever reads it."""
    host = urlsplit(link).hostname
    if host is None or host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True
