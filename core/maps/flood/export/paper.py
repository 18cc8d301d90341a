"""A flood as a picture of its own, for an animation and for paper: ground, water, scale bar and legend."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.errors import MissingPart
from core.maps.flood.folder import Folder
from core.maps.flood.pictures import ON_LIGHT, light
from core.maps.flood.scales import Scale
from core.maps.flood.views import View

LEVELS = 16  # of brightness for each colour: what a GIF's 256 colours allow
SHADED = 0.35  # of a colour's brightness that follows the ground's
FAMILY = "Noto Sans"  # Latin, Greek and Cyrillic; signs of other alphabets become boxes
TEXT = 15  # px
LINE = 22  # px
MARGIN = 8  # px
BAR = 0.25  # of the picture's width that a scale bar has at the most


@cache
def font_file() -> Path:
    """The font of pictures and papers. Raises MissingPart if its package is not there."""
    try:
        import fontpkg

        return Path(fontpkg.path(FAMILY))
    except (ImportError, LookupError, OSError) as problem:
        raise MissingPart(
            f"Expected the font {FAMILY}, which pictures and papers need. It is not installed ({problem!s:.80}). "
            "Run `make run` again."
        ) from None


@cache
def font(size: int = TEXT) -> Any:
    """The font at a size [px]."""
    return ImageFont.truetype(str(font_file()), size)


def palette(scale: Scale) -> list[int]:
    """Red, green, blue of each index of `ground_and_water`, then of LEVELS greys from ink to paper; all below 256."""
    shade = np.linspace(0.0, 1.0, LEVELS)
    low, high = ON_LIGHT
    greys = 255 * (low + (high - low) * shade)[:, None].repeat(3, axis=1)
    colours = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in scale.light], dtype=float)
    waters = colours[:, None, :] * (1 - SHADED + SHADED * shade[None, :, None])
    inks = 255 * shade[:, None].repeat(3, axis=1)
    made = np.vstack([greys, waters.reshape(-1, 3), inks])
    return [int(one) for one in np.rint(made).clip(0, 255).ravel()]


def ground_and_water(folder: Folder, view: View) -> np.ndarray:
    """What `painted` adds the water to: the level of brightness of each pixel; uint8 (height, width)."""
    bright = np.nan_to_num(light(folder, view), nan=1.0)
    made: np.ndarray = np.rint(bright * (LEVELS - 1)).astype(np.uint8)
    return made


def painted(view: View, levels: np.ndarray, blocks: np.ndarray, scale: Scale) -> np.ndarray:
    """Indices into `palette` of blocks over the ground; uint8 (height, width)."""
    made: np.ndarray = view.lay(scale.codes(blocks)) * np.uint8(LEVELS) + levels
    return made


def ink(scale: Scale) -> int:
    """The first index of the greys."""
    return LEVELS * (1 + len(scale.light))


def written(width: int, lines: list[str], scale: Scale) -> np.ndarray:
    """Lines of text as indices into `palette`, cut off at the width; uint8 (height, width)."""
    strip = Image.new("L", (width, LINE * len(lines) + MARGIN), 255)
    draw = ImageDraw.Draw(strip)
    for number, text in enumerate(lines):
        draw.text((MARGIN, MARGIN // 2 + LINE * number), text, fill=0, font=font())
    return _greys(strip, scale)


def legend(width: int, scale: Scale) -> np.ndarray:
    """Boxes of colour with their words, in as many lines as the width needs; uint8 (height, width)."""
    places, right, top = [], MARGIN, LINE
    words = list(zip(range(1, len(scale.words) + 1), scale.words, strict=True))
    for code, text in words:
        wide = 28 + int(font().getlength(text)) + 2 * MARGIN
        if right + wide > width and right > MARGIN:
            right, top = MARGIN, top + LINE
        places.append((code, text, right, top))
        right += wide
    strip = Image.new("L", (width, top + LINE + MARGIN), 255)
    draw = ImageDraw.Draw(strip)
    draw.text((MARGIN, 0), scale.heading, fill=0, font=font())
    for _, text, left, line in places:
        draw.text((left + 24, line), text, fill=0, font=font())
    made = _greys(strip, scale)
    for code, _, left, line in places:
        made[line + 4 : line + 18, left : left + 18] = code * LEVELS + LEVELS - 1
    return made


def add_scale_bar(indices: np.ndarray, metres_per_pixel: float, scale: Scale) -> None:
    """Draw a bar of a round length into the lower left corner."""
    longest = BAR * indices.shape[1] * metres_per_pixel
    length = _round(longest)
    pixels = round(length / metres_per_pixel)
    text = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    high, wide = LINE + 10, max(pixels, int(font().getlength(text))) + 2 * MARGIN
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
    """Indices into `palette` as a picture."""
    made = Image.fromarray(indices, "P")
    made.putpalette(palette(scale))
    return made


def metres_per_pixel(folder: Folder, view: View) -> float:
    """Width of a pixel of `views.plain` [m]."""
    return folder.shape[1] * folder.cell_size[0] / view.width


def _greys(strip: Image.Image, scale: Scale) -> np.ndarray:
    return (np.asarray(strip) // (256 // LEVELS) + ink(scale)).astype(np.uint8)


def _round(longest: float) -> float:
    """The largest of 1, 2, 5, 10, 20 and so on up to `longest`."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(times * power for times in (1, 2, 5) if times * power <= longest * (1 + 1e-9)))
