"""A raster as a figure for animations and PDF: water over the ground, with scale bar and legend, in one palette."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.maps.flood import water_edge
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.pictures import GREYS_ON_LIGHT, brightness
from core.maps.flood.scales import Scale
from core.maps.flood.views import View
from core.papers.fonts import font_file

LEVELS = 16  # of brightness for each colour: what a GIF's 256 colours allow
SHADE_SHARE = 0.35  # of a colour's brightness that follows the ground's
TEXT_SIZE = 15  # px
LINE_HEIGHT = 22  # px
MARGIN = 8  # px
MAX_SCALE_BAR_SHARE = 0.25  # of the picture's width


@cache
def font(size: int = TEXT_SIZE) -> ImageFont.FreeTypeFont:
    """The font at a size [px]."""
    return ImageFont.truetype(str(font_file()), size)


def palette(scale: Scale) -> list[int]:
    """Red, green, blue of each index: LEVELS greys of dry ground, LEVELS of each water colour, LEVELS of texts."""
    shade = np.linspace(0.0, 1.0, LEVELS)
    low, high = GREYS_ON_LIGHT
    greys = 255 * (low + (high - low) * shade)[:, None].repeat(3, axis=1)
    colours = np.array(
        [[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in scale.colours], dtype=float
    )
    waters = colours[:, None, :] * (1 - SHADE_SHARE + SHADE_SHARE * shade[None, :, None])
    inks = 255 * shade[:, None].repeat(3, axis=1)
    colour_table = np.vstack([greys, waters.reshape(-1, 3), inks])
    return [int(colour) for colour in np.rint(colour_table).clip(0, 255).ravel()]


def ground_levels(folder: ForecastFolder, view: View) -> np.ndarray:
    """Brightness of the ground in each pixel, 0 to LEVELS - 1; uint8, shape (height, width)."""
    bright = np.nan_to_num(brightness(folder, view), nan=1.0)
    levels: np.ndarray = np.rint(bright * (LEVELS - 1)).astype(np.uint8)
    return levels


def paint(view: View, levels: np.ndarray, blocks: np.ndarray, scale: Scale) -> np.ndarray:
    """Water with its edge over the ground as indices into `palette`; uint8, shape (height, width).

    levels: from `ground_levels`.
    blocks: the number that the scale colours, shape `view.blocks`.
    """
    pixels, ink, halo = water_edge.lay(view, scale.codes(blocks))
    indices: np.ndarray = pixels * np.uint8(LEVELS) + levels
    indices[ink], indices[halo] = first_grey(scale), first_grey(scale) + LEVELS - 1
    return indices


def first_grey(scale: Scale) -> int:
    """Index into `palette` of the darkest of the greys for texts."""
    return LEVELS * (1 + len(scale.colours))


def text_strip(width: int, lines: list[str], scale: Scale) -> np.ndarray:
    """Lines of text as indices into `palette`, cut off at the width; uint8, shape (height, width)."""
    strip = Image.new("L", (width, LINE_HEIGHT * len(lines) + MARGIN), 255)
    draw = ImageDraw.Draw(strip)
    for number, text in enumerate(lines):
        draw.text((MARGIN, MARGIN // 2 + LINE_HEIGHT * number), text, fill=0, font=font())
    return _greys(strip, scale)


def legend(width: int, scale: Scale) -> np.ndarray:
    """Boxes of colour with their words, in as many lines as the width needs; indices, uint8, shape (height, width)."""
    boxes, right, top = [], MARGIN, LINE_HEIGHT
    words = list(zip(range(1, len(scale.words) + 1), scale.words, strict=True))
    for code, text in words:
        wide = 28 + int(font().getlength(text)) + 2 * MARGIN
        if right + wide > width and right > MARGIN:
            right, top = MARGIN, top + LINE_HEIGHT
        boxes.append((code, text, right, top))
        right += wide
    strip = Image.new("L", (width, top + LINE_HEIGHT + MARGIN), 255)
    draw = ImageDraw.Draw(strip)
    draw.text((MARGIN, 0), scale.heading, fill=0, font=font())
    for _, text, left, line in boxes:
        draw.text((left + 24, line), text, fill=0, font=font())
    indices = _greys(strip, scale)
    for code, _, left, line in boxes:
        indices[line + 4 : line + 18, left : left + 18] = code * LEVELS + LEVELS - 1
    return indices


def add_scale_bar(indices: np.ndarray, metres_per_pixel: float, scale: Scale) -> None:
    """Draw a bar of a round length into the lower left corner."""
    longest = MAX_SCALE_BAR_SHARE * indices.shape[1] * metres_per_pixel
    length = _round(longest)
    pixels = round(length / metres_per_pixel)
    text = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    high, wide = LINE_HEIGHT + 10, max(pixels, int(font().getlength(text))) + 2 * MARGIN
    if high + MARGIN > indices.shape[0] or wide > indices.shape[1]:
        return
    strip = Image.new("L", (wide, high), 255)
    draw = ImageDraw.Draw(strip)
    draw.text((MARGIN, 0), text, fill=0, font=font())
    draw.line(
        [(MARGIN, high - 12), (MARGIN, high - 6), (MARGIN + pixels, high - 6), (MARGIN + pixels, high - 12)], 0, 2
    )
    indices[-high:, :wide] = _greys(strip, scale)


def picture(indices: np.ndarray, scale: Scale) -> Image.Image:
    """Indices into `palette`, shape (height, width), as a picture."""
    image = Image.fromarray(indices, "P")
    image.putpalette(palette(scale))
    return image


def metres_per_pixel(folder: ForecastFolder, view: View) -> float:
    """Width of a pixel of `views.unprojected` [m]."""
    return folder.shape[1] * folder.cell_size[0] / view.width


def _greys(strip: Image.Image, scale: Scale) -> np.ndarray:
    return (np.asarray(strip) // (256 // LEVELS) + first_grey(scale)).astype(np.uint8)


def _round(longest: float) -> float:
    """The largest of 1, 2, 5, 10, 20 and so on up to `longest`."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(times * power for times in (1, 2, 5) if times * power <= longest * (1 + 1e-9)))
