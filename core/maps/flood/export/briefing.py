"""A forecast on two or three pages of PDF: what floods, how deep, when, what it rests on, and its limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from core.artefacts import forecast_files
from core.errors import InvalidInput
from core.maps.flood.export import asset_table, raster_figure, typeset
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.scales import DEPTH
from core.maps.flood.vectors import duration_words
from core.maps.flood.views import DEGREES, read_blocks, unprojected

if TYPE_CHECKING:
    from fpdf import FPDF

NOT_ALONE = "Not the only source in an emergency: follow the warnings of your authorities and what people see on site."
MAX_PIXELS = 900_000  # of the map
MAX_MAP_WIDTH, MAX_MAP_HEIGHT = 180.0, 128.0  # [mm]
CHART_HEIGHT = 42.0  # of the hyetograph [mm]


@dataclass(frozen=True)
class BriefingText:
    """Texts and rain of a briefing, which are not in the forecast's folder.

    created_at: when the forecast was made, with its time zone.
    checked: when and on what the version was checked, in a sentence.
    limits: what the forecast cannot know, in sentences.
    rain: times [s] and rates at them [mm/h]; None without rain.
    link: address that opens the forecast again.
    """

    title: str
    created_at: datetime
    checked: str
    limits: Sequence[str] = ()
    rain: tuple[Sequence[float], Sequence[float]] | None = None
    link: str | None = None


def pdf(folder: ForecastFolder, texts: BriefingText) -> bytes:
    """The briefing as PDF, A4. Raises InvalidInput for a folder that is damaged."""
    from fpdf import FPDF

    page = FPDF(format="A4")
    page.set_margin(15)
    page.set_auto_page_break(True, margin=18)
    page.add_font(typeset.FONT, fname=raster_figure.font_file())
    try:
        _write(page, folder, texts)
        return bytes(page.output())
    finally:
        page.fonts[typeset.FONT].ttfont.close()  # fpdf2 leaves the file open


def _write(page: FPDF, folder: ForecastFolder, texts: BriefingText) -> None:
    page.set_title(texts.title)
    page.set_creator("Lookout")
    page.set_lang("en")
    page.add_page()
    _head(page, folder, texts)
    _figures(page, folder)
    _map(page, folder)
    if texts.rain is not None:
        _rain(page, *texts.rain)
    asset_table.draw_table(page, folder)
    _limits(page, folder, texts)


def _head(page: FPDF, folder: ForecastFolder, texts: BriefingText) -> None:
    typeset.bold(page, texts.title, 18, 9)
    typeset.line(
        page, f"Flood forecast of {texts.created_at:%Y-%m-%d %H:%M %Z}, by the {folder.engine}. {_place(folder)}"
    )
    if texts.link:
        page.set_text_color(11, 95, 138)
        typeset.line(page, texts.link, link=texts.link)
        page.set_text_color(0)
    page.ln(1)
    page.set_fill_color(252, 240, 214)
    typeset.bold(page, NOT_ALONE, 10, 6, fill=True, border=1)


def _place(folder: ForecastFolder) -> str:
    rows, cols = folder.shape
    dx, dy = folder.cell_size
    size = f"{cols * dx / 1000:.3g} x {rows * dy / 1000:.3g} km in cells of {dx:.3g} m"
    if folder.crs is None:
        return f"The area, {size}, has no coordinates."
    x, y = folder.transform @ (cols / 2, rows / 2)
    east, north = folder.transformer(DEGREES).transform(x, y, direction="INVERSE")
    return f"The area, {size}, lies around {north:.5f}, {east:.5f} (latitude, longitude)."


def _figures(page: FPDF, folder: ForecastFolder) -> None:
    summary = folder.summary
    first, half = summary.get("first_arrival_s"), summary.get("half_arrived_s")
    typeset.heading(page, "In short")
    if not summary.get("flooded_m2"):
        typeset.line(page, "No place gets 0.05 m of water or more.")
        return
    typeset.line(
        page,
        f"{summary['flooded_m2'] / 1e4:,.1f} ha get 0.05 m of water or more, up to {summary['largest_depth_m']:.2f} m.",
    )
    if first is not None and half is not None:
        soon = f"first after {duration_words(first)}" if first >= 60 else "first at the start"
        typeset.line(page, f"It comes {soon}; half of that area has it within {duration_words(half)}.")
    deep = [f"{area / 1e4:,.1f} ha {word}" for word, area in summary["flooded_m2_by_depth"].items() if area]
    typeset.line(page, f"At their deepest: {', '.join(deep)}.")
    water = f"{summary['rain_m3']:,.0f} m³ of rain, {summary['inflow_m3']:,.0f} m³ of inflow"
    typeset.line(page, f"Water: {water}; {summary['outflow_m3']:,.0f} m³ leave the area.")


def _map(page: FPDF, folder: ForecastFolder) -> None:
    """The greatest depth, with a legend, a scale bar and the assets that flood; north is up."""
    typeset.heading(page, "Greatest depth of the water at any time; north is up")
    view = unprojected(folder, MAX_PIXELS)
    with folder.raster(forecast_files.MAX_DEPTH) as dataset:
        shown = raster_figure.paint(view, raster_figure.ground_levels(folder, view), read_blocks(view, dataset), DEPTH)
    larger = max(1, round(500 / max(view.width, view.height)))  # texts then have one size on any paper
    shown = shown.repeat(larger, axis=0).repeat(larger, axis=1)
    raster_figure.add_scale_bar(shown, raster_figure.metres_per_pixel(folder, view) / larger, DEPTH)
    file = BytesIO()
    raster_figure.picture(shown, DEPTH).save(file, "PNG")
    scale = min(MAX_MAP_WIDTH / shown.shape[1], MAX_MAP_HEIGHT / shown.shape[0])
    wide, high = scale * shown.shape[1], scale * shown.shape[0]
    if page.will_page_break(high):
        page.add_page()
    top = page.get_y()
    page.image(file, x=page.l_margin, w=wide, h=high, alt_text="Map of the greatest depth")
    asset_table.draw_markers(page, folder, (page.l_margin, top, wide, high))
    page.ln(2)
    left = page.l_margin
    for colour, word in zip(DEPTH.light, DEPTH.words, strict=True):
        wide = page.get_string_width(word) + 9
        if left + wide > page.w - page.r_margin:
            left = page.l_margin
            page.ln(5)
        page.set_fill_color(colour)
        page.rect(left, page.get_y() + 1, 3.5, 3.5, style="F")
        page.set_xy(left + 5, page.get_y())
        page.cell(wide - 5, 5, word)
        left += wide
    page.ln(6)


def _rain(page: FPDF, times: Sequence[float], rates: Sequence[float]) -> None:
    """The rate of rain over time, linear from each time to the next."""
    time, rate = np.asarray(times, float), np.asarray(rates, float)
    if (
        time.shape != rate.shape
        or time.size < 2
        or not (np.isfinite(time).all() and np.isfinite(rate).all() and time[-1] > time[0])
    ):
        raise InvalidInput(
            expected="times that ascend and rates of rain, as many of both", received="others", advice="Correct them."
        )
    if page.will_page_break(CHART_HEIGHT + 24):
        page.add_page()
    typeset.heading(
        page, f"Rain: {float(np.trapezoid(rate, time)) / 3600:.1f} mm in {duration_words(time[-1] - time[0])} [mm/h]"
    )
    left, top, wide = page.l_margin + 14, page.get_y() + 2, page.epw - 16
    axis_end = _ceiling(float(rate.max()))
    page.set_font(typeset.FONT, "", 8)
    page.set_draw_color(150)
    for share in (0.0, 0.5, 1.0):
        height = top + CHART_HEIGHT * (1 - share)
        page.line(left, height, left + wide, height)
        page.set_xy(page.l_margin, height - 2)
        page.cell(13, 4, f"{share * axis_end:g}", align="R")
    page.set_fill_color(DEPTH.light[2])
    along, up = left + wide * (time - time[0]) / (time[-1] - time[0]), top + CHART_HEIGHT * (1 - rate / axis_end)
    edge = [(along[0], top + CHART_HEIGHT), *zip(along, up, strict=True), (along[-1], top + CHART_HEIGHT)]
    page.polygon([(float(x), float(y)) for x, y in edge], style="F")
    page.set_xy(left, top + CHART_HEIGHT + 1)
    page.cell(wide / 2, 4, f"{duration_words(time[0])} after the start")
    page.cell(wide / 2, 4, duration_words(time[-1]), align="R")
    page.ln(6)
    page.set_font(typeset.FONT, "", 10)


def _ceiling(value: float) -> float:
    """A round number that is not less."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(times * power for times in (1, 2, 4, 6, 10) if times * power >= value * (1 - 1e-9))


def _limits(page: FPDF, folder: ForecastFolder, texts: BriefingText) -> None:
    typeset.heading(page, "How far to trust it")
    for text in (texts.checked, *texts.limits, *folder.summary.get("notes", [])):
        typeset.line(page, text)
    typeset.line(
        page,
        "Times count from the start of the event. Hazard: Defra and the Environment Agency (2006), FD2320, from the "
        "greatest depth and the greatest speed.",
    )
