"""The maps of a briefing: the greatest depth, the hazard, and the depth at some times, each with its legend."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from core.artefacts import forecast_files
from core.maps.flood.clock import Clock
from core.maps.flood.export import asset_table, raster_figure
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.scales import DEPTH, HAZARD, Scale
from core.maps.flood.views import View, read_blocks, unprojected
from core.papers import typeset

if TYPE_CHECKING:
    from fpdf import FPDF

MAX_PIXELS = 900_000  # of a map
MAX_WIDTH, MAX_HEIGHT = 180.0, 128.0  # of a map [mm]
MAX_STEPS, IN_A_ROW = 6, 3  # maps of single times
STEP_PIXELS, STEP_GAP, MAX_STEP_HEIGHT = 120_000, 3.0, 70.0  # of such a map; its gap and its height [mm]
CAPTION_HEIGHT = 6.0  # [mm]
LEGEND_HEIGHT = 16.0  # [mm] at the most, to stay on the page of its map


def draw_greatest_depth(page: FPDF, folder: ForecastFolder) -> None:
    """The greatest depth with the numbers of the assets that flood; north is up."""
    typeset.heading(page, "Greatest depth of the water at any time; north is up")
    box = _draw(page, folder, forecast_files.MAX_DEPTH, DEPTH, "Map of the greatest depth")
    asset_table.draw_markers(page, folder, box)
    _draw_legend(page, DEPTH)


def draw_hazard(page: FPDF, folder: ForecastFolder) -> None:
    """The hazard to people by depth and speed."""
    _break_before(page, _size(unprojected(folder, MAX_PIXELS))[1] + LEGEND_HEIGHT)
    typeset.heading(page, "Hazard to people by depth and speed (FD2320); north is up")
    _draw(page, folder, forecast_files.HAZARD, HAZARD, "Map of the hazard to people")
    _draw_legend(page, HAZARD)


def draw_steps(page: FPDF, folder: ForecastFolder, clock: Clock) -> None:
    """The depth at up to MAX_STEPS times, side by side, each with its time below."""
    view = unprojected(folder, STEP_PIXELS)
    levels = raster_figure.ground_levels(folder, view)
    wide = (page.epw - STEP_GAP * (IN_A_ROW - 1)) / IN_A_ROW
    high = wide * view.height / view.width
    if high > MAX_STEP_HEIGHT:
        wide, high = wide * MAX_STEP_HEIGHT / high, MAX_STEP_HEIGHT
    times = folder.lead_times
    chosen = np.unique(np.linspace(0, len(times) - 1, min(len(times), MAX_STEPS)).round().astype(int))
    _break_before(page, high + CAPTION_HEIGHT)
    typeset.heading(page, "Depth over time")
    with folder.raster(forecast_files.DEPTH) as dataset:
        for position, index in enumerate(int(step) for step in chosen):
            if position % IN_A_ROW == 0:
                _break_before(page, high + CAPTION_HEIGHT, 0.0)
                top = page.get_y()
            left = page.l_margin + (position % IN_A_ROW) * (page.epw + STEP_GAP) / IN_A_ROW
            painted = raster_figure.paint(view, levels, read_blocks(view, dataset, index + 1), DEPTH)
            told = f"Depth {clock.sentence(times[index])}"
            page.image(_png(painted, DEPTH), x=left, y=top, w=wide, h=high, alt_text=told)
            page.set_xy(left, top + high)
            page.cell(wide, CAPTION_HEIGHT - 1, typeset.printable(page, told), align="C")
            page.set_xy(page.l_margin, top + high + CAPTION_HEIGHT)


def _draw(page: FPDF, folder: ForecastFolder, raster: str, scale: Scale, alt: str) -> tuple[float, float, float, float]:
    """A raster over the ground, with a scale bar; left, top, width and height of the map on the page [mm]."""
    view = unprojected(folder, MAX_PIXELS)
    with folder.raster(raster) as dataset:
        shown = raster_figure.paint(view, raster_figure.ground_levels(folder, view), read_blocks(view, dataset), scale)
    larger = max(1, round(500 / max(view.width, view.height)))  # texts then have one size on any paper
    shown = shown.repeat(larger, axis=0).repeat(larger, axis=1)
    raster_figure.add_scale_bar(shown, raster_figure.metres_per_pixel(folder, view) / larger, scale)
    wide, high = _size(view)
    _break_before(page, high, 0.0)
    top = page.get_y()
    page.image(_png(shown, scale), x=page.l_margin, w=wide, h=high, alt_text=alt)
    page.ln(2)
    return page.l_margin, top, wide, high


def _size(view: View) -> tuple[float, float]:
    """Width and height of a map on the page [mm]."""
    scale = min(MAX_WIDTH / view.width, MAX_HEIGHT / view.height)
    return scale * view.width, scale * view.height


def _png(indices: np.ndarray, scale: Scale) -> BytesIO:
    file = BytesIO()
    raster_figure.picture(indices, scale).save(file, "PNG")
    return file


def _break_before(page: FPDF, height: float, heading: float = 12.0) -> None:
    """Begin a new page where this one has no room. height, heading: of what comes, and of the heading above it [mm]."""
    if page.will_page_break(height + heading):
        page.add_page()


def _draw_legend(page: FPDF, scale: Scale) -> None:
    """Boxes of colour with their words, in as many lines as they need."""
    left = page.l_margin
    for colour, word in zip(scale.colours, scale.words, strict=True):
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
