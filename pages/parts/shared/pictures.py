"""Small pictures of photos for the screen, the region that decided, and the drawn example."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.errors import LookoutError
from core.security.photos import decode_photo

CARD_PIXELS = 480  # longer side of the picture on a card
WIDE_PIXELS = 900  # of a picture that has the page to itself
EDGE_COLOUR = (230, 159, 0)  # Okabe-Ito orange
DIM = 0.35  # how bright what did not decide stays
DECIDES = 0.5  # of the strongest place: where the outline is drawn
LINES_ACROSS, NUMBER_LINES = 160, 8  # widths of a frame's line along the longer side, and in the height of its number


def small(data: bytes, pixels: int = CARD_PIXELS) -> Image.Image | None:
    """The photo for the screen, RGB, its longer side at most `pixels`; None where it cannot be decoded."""
    try:
        image = decode_photo(data, enough=pixels)
    except LookoutError:
        return None
    image.thumbnail((pixels, pixels))
    return image


def jpeg(image: Image.Image) -> bytes:
    """The picture as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def deciding_region(image: Image.Image, heat: np.ndarray) -> Image.Image:
    """The photo with what decided in colour and outlined, the rest dim and grey.

    heat: how much each place speaks for the answer, shape (rows, cols), values in [0, 1], spanning the whole photo.
    """
    top = float(heat.max()) or 1.0
    grid = Image.fromarray((np.clip(heat / top, 0, 1) * 255).astype(np.uint8))
    smooth = np.asarray(grid.resize(image.size, Image.Resampling.BICUBIC), dtype=np.float32)[..., None] / 255
    colour = np.asarray(image.convert("RGB"), dtype=np.float32)
    grey = np.asarray(image.convert("L"), dtype=np.float32)[..., None] * DIM
    mixed = Image.fromarray((colour * smooth + grey * (1 - smooth)).astype(np.uint8))
    inside = Image.fromarray(((smooth[..., 0] >= DECIDES) * 255).astype(np.uint8))
    thick = inside.filter(ImageFilter.MaxFilter(5))
    edge = Image.fromarray(np.asarray(thick) - np.asarray(inside))
    mixed.paste(EDGE_COLOUR, mask=edge)
    return mixed


def numbered(image: Image.Image, boxes: Sequence[Sequence[float]]) -> Image.Image:
    """The photo with a numbered frame around each thing.

    boxes: left, upper, right, lower edge of each as shares of the sides, in the order of their numbers.
    """
    framed = image.convert("RGB")
    draw = ImageDraw.Draw(framed)
    line = max(2, max(image.size) // LINES_ACROSS)
    font = ImageFont.load_default(size=NUMBER_LINES * line)
    for number, (left, upper, right, lower) in enumerate(boxes, start=1):
        corner = (left * image.width, upper * image.height)
        draw.rectangle((*corner, right * image.width, lower * image.height), outline=EDGE_COLOUR, width=line)
        ground = draw.textbbox(corner, str(number), font=font)
        draw.rectangle((*corner, ground[2] + 2 * line, ground[3] + 2 * line), fill=EDGE_COLOUR)
        draw.text((corner[0] + line, corner[1]), str(number), fill="black", font=font)
    return framed


def drawn_example() -> bytes:
    """An invented picture, drawn: a clear bottle with a label on sand. No photo ships with Lookout."""
    image = Image.new("RGB", (640, 640), (214, 196, 160))
    draw = ImageDraw.Draw(image, "RGBA")
    for step in range(0, 640, 8):  # ripples in the sand
        draw.line([(0, step), (640, step + (step * 7) % 40 - 20)], fill=(196, 176, 138, 120), width=3)
    draw.ellipse((170, 520, 510, 600), fill=(120, 100, 70, 110))  # shadow
    draw.rounded_rectangle((220, 200, 420, 570), 48, fill=(196, 224, 240, 225), outline=(120, 160, 190, 255), width=5)
    draw.polygon([(220, 250), (285, 130), (355, 130), (420, 250)], fill=(196, 224, 240, 225))
    draw.rectangle((285, 92, 355, 134), fill=(30, 90, 200, 255))  # cap
    draw.rectangle((222, 330, 418, 450), fill=(30, 120, 210, 235))  # label
    draw.rectangle((222, 372, 418, 408), fill=(245, 245, 245, 235))
    for left in (246, 386):  # light on the bottle
        draw.rounded_rectangle((left, 224, left + 12, 548), 6, fill=(255, 255, 255, 150))
    return jpeg(image.filter(ImageFilter.GaussianBlur(1)))
