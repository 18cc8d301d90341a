"""A forecast on a few pages of PDF: what floods, how deep, when, what it rests on, and its limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InvalidInput
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.export import asset_table, briefing_maps
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.scales import DEPTH
from core.maps.flood.vectors import duration_words
from core.maps.flood.views import DEGREES
from core.papers import typeset
from core.written_numbers import significant

if TYPE_CHECKING:
    from fpdf import FPDF

NOT_ALONE = "Not the only source in an emergency: follow the warnings of your authorities and what people see on site."
CHART_HEIGHT = 42.0  # of the hyetograph [mm]


@dataclass(frozen=True)
class BriefingText:
    """Texts and rain of a briefing, which are not in the forecast's folder.

    created_at: when the forecast was made, with its time zone.
    identifier: of the forecast in Lookout; empty where it has none.
    issuer: who issues the briefing; empty where nobody said.
    clock: tells the times.
    checked: when and on what the version was checked, in a sentence.
    limits: what the forecast cannot know, in sentences.
    rain: times [s] and rates at them [mm/h]; None without rain.
    link: address that opens the forecast again.
    """

    title: str
    created_at: datetime
    checked: str
    identifier: str = ""
    issuer: str = ""
    clock: Clock = ELAPSED
    limits: Sequence[str] = ()
    rain: tuple[Sequence[float], Sequence[float]] | None = None
    link: str | None = None


def pdf(folder: ForecastFolder, texts: BriefingText) -> bytes:
    """The briefing as PDF, A4. Raises InvalidInput for a folder that is damaged."""
    from core.papers.paper import A4Paper  # fpdf2 takes a while to import

    page = A4Paper(texts.title, texts.issuer)
    try:
        _write(page, folder, texts)
        return bytes(page.output())
    finally:
        page.fonts[typeset.FONT].ttfont.close()  # fpdf2 leaves the file open


def _write(page: FPDF, folder: ForecastFolder, texts: BriefingText) -> None:
    page.add_page()
    _head(page, folder, texts)
    _figures(page, folder, texts.clock)
    briefing_maps.draw_greatest_depth(page, folder)
    asset_table.draw_table(page, folder, texts.clock)
    briefing_maps.draw_steps(page, folder, texts.clock)
    briefing_maps.draw_hazard(page, folder)
    if texts.rain is not None:
        _rain(page, *texts.rain, texts.clock)
    _limits(page, folder, texts)


def _head(page: FPDF, folder: ForecastFolder, texts: BriefingText) -> None:
    typeset.bold(page, texts.title, 18, 9)
    issued = f"Issued by {texts.issuer}. " if texts.issuer else ""
    typeset.line(
        page,
        f"{issued}Flood forecast of {texts.created_at:%Y-%m-%d %H:%M %Z}, by the {folder.engine}. {_place(folder)}",
    )
    if texts.clock.start is not None:
        typeset.line(page, f"Rain starts on {texts.clock.start:%Y-%m-%d at %H:%M %Z}; clock times count from then.")
    if texts.identifier:
        typeset.line(page, f"Forecast {texts.identifier} in Lookout.")
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
    size = f"{significant(cols * dx / 1000)} x {significant(rows * dy / 1000)} km in cells of {significant(dx)} m"
    if folder.crs is None:
        return f"The area, {size}, has no coordinates."
    x, y = folder.transform @ (cols / 2, rows / 2)
    east, north = folder.transformer(DEGREES).transform(x, y, direction="INVERSE")
    return f"The area, {size}, lies around {north:.5f}, {east:.5f} (latitude, longitude)."


def _figures(page: FPDF, folder: ForecastFolder, clock: Clock) -> None:
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
        typeset.line(page, f"It comes first {clock.sentence(first)}; half of that area has it by {clock.both(half)}.")
    early, late = summary.get("first_arrival_low_s"), summary.get("first_arrival_high_s")
    if early is not None and late is not None:
        typeset.line(page, f"It comes first between {clock.time(early)} and {clock.time(late)} in four cases of five.")
    low, high = summary.get("largest_depth_low_m"), summary.get("largest_depth_high_m")
    if low is not None and high is not None:
        typeset.line(page, f"Where it is deepest, {low:.2f} to {high:.2f} m in four cases of five.")
    deep = [f"{area / 1e4:,.1f} ha {word}" for word, area in summary["flooded_m2_by_depth"].items() if area]
    typeset.line(page, f"At their deepest: {', '.join(deep)}.")
    water = f"{summary['rain_m3']:,.0f} m³ of rain, {summary['inflow_m3']:,.0f} m³ of inflow"
    typeset.line(page, f"Water: {water}; {summary['outflow_m3']:,.0f} m³ leave the area.")


def _rain(page: FPDF, times: Sequence[float], rates: Sequence[float], clock: Clock) -> None:
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
    page.set_fill_color(DEPTH.colours[2])
    along, up = left + wide * (time - time[0]) / (time[-1] - time[0]), top + CHART_HEIGHT * (1 - rate / axis_end)
    edge = [(along[0], top + CHART_HEIGHT), *zip(along, up, strict=True), (along[-1], top + CHART_HEIGHT)]
    page.polygon([(float(x), float(y)) for x, y in edge], style="F")
    page.set_xy(left, top + CHART_HEIGHT + 1)
    page.cell(wide / 2, 4, clock.both(float(time[0])))
    page.cell(wide / 2, 4, clock.both(float(time[-1])), align="R")
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
