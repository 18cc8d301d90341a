"""A forecast on two or three pages of paper: what floods, how deep, when, on what it rests, and what it cannot say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np

from core.errors import InvalidInput
from core.maps.flood.export import exposed, paper, typeset
from core.maps.flood.folder import Folder
from core.maps.flood.scales import DEPTH
from core.maps.flood.vectors import duration
from core.maps.flood.views import DEGREES, plain, read

NOT_ALONE = "Not the only source in an emergency: follow the warnings of your authorities and what people see on site."
MOST_PIXELS = 900_000  # of the map
WIDE, HIGH = 180.0, 128.0  # at most, of the map [mm]
CHART = 42.0  # height of the chart of rain [mm]


@dataclass(frozen=True)
class About:
    """What a briefing says beside the forecast itself.

    made: when the forecast was made, with its zone. checked: when and on what the version was checked, in a sentence.
    limits: sentences. rain: times [s] and rates from each to the next [mm/h]; None for none. link: opens it again.
    """

    title: str
    made: datetime
    checked: str
    limits: Sequence[str] = ()
    rain: tuple[Sequence[float], Sequence[float]] | None = None
    link: str | None = None


def pdf(folder: Folder, about: About) -> bytes:
    """The briefing as PDF, A4. Raises InvalidInput for a folder that is damaged."""
    from fpdf import FPDF

    page = FPDF(format="A4")
    page.set_margin(15)
    page.set_auto_page_break(True, margin=18)
    page.add_font(typeset.FONT, fname=paper.font_file())
    try:
        _write(page, folder, about)
        return bytes(page.output())
    finally:
        page.fonts[typeset.FONT].ttfont.close()  # fpdf2 leaves the file open


def _write(page: Any, folder: Folder, about: About) -> None:
    page.set_title(about.title)
    page.set_creator("Lookout")
    page.set_lang("en")
    page.add_page()
    _head(page, folder, about)
    _figures(page, folder)
    _map(page, folder)
    if about.rain is not None:
        _rain(page, *about.rain)
    exposed.table(page, folder)
    _limits(page, folder, about)


def _head(page: Any, folder: Folder, about: About) -> None:
    typeset.bold(page, about.title, 18, 9)
    typeset.line(page, f"Flood forecast of {about.made:%Y-%m-%d %H:%M %Z}, by the {folder.engine}. {_place(folder)}")
    if about.link:
        page.set_text_color(11, 95, 138)
        typeset.line(page, about.link, link=about.link)
        page.set_text_color(0)
    page.ln(1)
    page.set_fill_color(252, 240, 214)
    typeset.bold(page, NOT_ALONE, 10, 6, fill=True, border=1)


def _place(folder: Folder) -> str:
    rows, cols = folder.shape
    dx, dy = folder.cell_size
    size = f"{cols * dx / 1000:.3g} x {rows * dy / 1000:.3g} km in cells of {dx:.3g} m"
    if folder.crs is None:
        return f"The area, {size}, has no coordinates."
    x, y = folder.transform @ (cols / 2, rows / 2)
    east, north = folder.to_crs(DEGREES).transform(x, y, direction="INVERSE")
    return f"The area, {size}, lies around {north:.5f}, {east:.5f} (latitude, longitude)."


def _figures(page: Any, folder: Folder) -> None:
    told = folder.summary
    first, half = told.get("first_arrival_s"), told.get("half_arrived_s")
    typeset.heading(page, "In short")
    if not told.get("flooded_m2"):
        typeset.line(page, "No place gets 0.05 m of water or more.")
        return
    typeset.line(
        page, f"{told['flooded_m2'] / 1e4:,.1f} ha get 0.05 m of water or more, up to {told['largest_depth_m']:.2f} m."
    )
    if first is not None and half is not None:
        soon = f"first after {duration(first)}" if first >= 60 else "first at the start"
        typeset.line(page, f"It comes {soon}; half of that area has it within {duration(half)}.")
    deep = [f"{area / 1e4:,.1f} ha {word}" for word, area in told["flooded_m2_by_depth"].items() if area]
    typeset.line(page, f"At their deepest: {', '.join(deep)}.")
    water = f"{told['rain_m3']:,.0f} m³ of rain, {told['inflow_m3']:,.0f} m³ of inflow"
    typeset.line(page, f"Water: {water}; {told['outflow_m3']:,.0f} m³ leave the area.")


def _map(page: Any, folder: Folder) -> None:
    """The greatest depth, with a legend, a scale bar and the assets that flood; north is up."""
    typeset.heading(page, "Greatest depth of the water at any time; north is up")
    view = plain(folder, MOST_PIXELS)
    with folder.raster("max_depth") as dataset:
        shown = paper.painted(view, paper.ground_and_water(folder, view), read(view, dataset), DEPTH)
    larger = max(1, round(500 / max(view.width, view.height)))  # texts then have one size on any paper
    shown = shown.repeat(larger, axis=0).repeat(larger, axis=1)
    paper.add_scale_bar(shown, paper.metres_per_pixel(folder, view) / larger, DEPTH)
    file = BytesIO()
    paper.picture(shown, DEPTH).save(file, "PNG")
    scale = min(WIDE / shown.shape[1], HIGH / shown.shape[0])
    wide, high = scale * shown.shape[1], scale * shown.shape[0]
    if page.will_page_break(high):
        page.add_page()
    top = page.get_y()
    page.image(file, x=page.l_margin, w=wide, h=high, alt_text="Map of the greatest depth")
    exposed.marks(page, folder, (page.l_margin, top, wide, high))
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


def _rain(page: Any, times: Sequence[float], rates: Sequence[float]) -> None:
    """The rate of rain over time, linear from each time to the next."""
    at, rate = np.asarray(times, float), np.asarray(rates, float)
    if (
        at.shape != rate.shape
        or at.size < 2
        or not (np.isfinite(at).all() and np.isfinite(rate).all() and at[-1] > at[0])
    ):
        raise InvalidInput(
            "Expected times that ascend and rates of rain, as many of both. Received others. Correct them."
        )
    if page.will_page_break(CHART + 24):
        page.add_page()
    typeset.heading(page, f"Rain: {float(np.trapezoid(rate, at)) / 3600:.1f} mm in {duration(at[-1] - at[0])} [mm/h]")
    left, top, wide = page.l_margin + 14, page.get_y() + 2, page.epw - 16
    most = _ceiling(float(rate.max()))
    page.set_font(typeset.FONT, "", 8)
    page.set_draw_color(150)
    for share in (0.0, 0.5, 1.0):
        height = top + CHART * (1 - share)
        page.line(left, height, left + wide, height)
        page.set_xy(page.l_margin, height - 2)
        page.cell(13, 4, f"{share * most:g}", align="R")
    page.set_fill_color(DEPTH.light[2])
    along, up = left + wide * (at - at[0]) / (at[-1] - at[0]), top + CHART * (1 - rate / most)
    edge = [(along[0], top + CHART), *zip(along, up, strict=True), (along[-1], top + CHART)]
    page.polygon([(float(x), float(y)) for x, y in edge], style="F")
    page.set_xy(left, top + CHART + 1)
    page.cell(wide / 2, 4, f"{duration(at[0])} after the start")
    page.cell(wide / 2, 4, duration(at[-1]), align="R")
    page.ln(6)
    page.set_font(typeset.FONT, "", 10)


def _ceiling(most: float) -> float:
    """A round number that is not less."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(times * power for times in (1, 2, 4, 6, 10) if times * power >= most * (1 - 1e-9))


def _limits(page: Any, folder: Folder, about: About) -> None:
    typeset.heading(page, "How far to trust it")
    for text in (about.checked, *about.limits, *folder.summary.get("notes", [])):
        typeset.line(page, text)
    typeset.line(
        page,
        "Times count from the start of the event. Hazard: Defra and the Environment Agency (2006), FD2320, from the "
        "greatest depth and the greatest speed.",
    )
