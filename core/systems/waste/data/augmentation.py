"""One photo seen in many ways: cropped, turned, lit, blurred, compressed, or laid on another ground."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from core.systems.waste.data.backgrounds import invent
from core.systems.waste.data.cutout import Cutout, Placement, paste

OVERSIZE = 1.15  # composites are made a little larger, so that the crop that follows has something to choose from
SEE_THROUGH = {"glass": 0.5, "plastic": 0.35}
"""Share of pasted objects of a material that are treated as clear."""


def view(picture: Image.Image, size: int, random: np.random.Generator) -> Image.Image:
    """A random view of the picture itself, size x size."""
    return light(frame(picture, size, random), random)


def view_on_ground(
    cutout: Cutout, material: str | None, ground: Image.Image | None, size: int, random: np.random.Generator
) -> Image.Image:
    """A random view of a cut-out object on `ground` (a photo) or, without one, on an invented ground."""
    wide = int(size * OVERSIZE)
    base = invent(wide, random) if ground is None else light(frame(ground, wide, random), random)
    see_through = is_see_through(material, random)
    angle = any_angle(random)
    longest = random.uniform(0.5, 1.05) * wide
    placement = Placement(angle, longest, random.uniform(0.2, 0.8), random.uniform(0.2, 0.8), see_through)
    composed, _ = paste(cutout, base, placement)
    return light(frame(composed, size, random, min_share=0.6, turn=False), random)


def is_see_through(material: str | None, random: np.random.Generator) -> bool:
    """Whether an object of the material is treated as clear."""
    return bool(random.random() < SEE_THROUGH.get(material or "", 0.0))


def any_angle(random: np.random.Generator) -> float:
    """By how much an object is turned [degrees]: often by anything, else a little."""
    return float(random.uniform(0, 360)) if random.random() < 0.7 else float(random.uniform(-15, 15))


def frame(
    picture: Image.Image, size: int, random: np.random.Generator, min_share: float = 0.3, turn: bool = True
) -> Image.Image:
    """A random part of the picture, turned and mirrored, size x size.

    min_share: least share of the area that is kept.
    turn: whether it may be turned, not only mirrored.
    """
    if turn and random.random() < 0.5:
        picture = picture.transpose(Image.Transpose(int(random.integers(2, 5))))  # by a quarter, half or three quarters
    if turn and random.random() < 0.4:
        picture = _tilted(picture, float(random.uniform(-30, 30)))
    if random.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    share = 1.0 if random.random() < 0.25 else random.uniform(min_share, 1.0)
    ratio = np.exp(random.uniform(-0.35, 0.35))
    wide = min(picture.width, picture.width * np.sqrt(share * ratio))
    high = min(picture.height, picture.height * np.sqrt(share / ratio))
    left, upper = random.uniform(0, picture.width - wide), random.uniform(0, picture.height - high)
    box = (left, upper, left + wide, upper + high)
    return picture.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)


def _tilted(picture: Image.Image, degrees: float) -> Image.Image:
    """The picture turned by a few degrees, cropped to the largest part of its aspect without empty corners."""
    angle = abs(np.deg2rad(degrees))
    wide, high = picture.size
    shrink = min(wide, high) / (min(wide, high) * np.cos(angle) + max(wide, high) * np.sin(angle))
    margin_x, margin_y = wide * (1 - shrink) / 2, high * (1 - shrink) / 2
    turned = picture.rotate(degrees, Image.Resampling.BILINEAR)
    return turned.crop((int(margin_x), int(margin_y), int(wide - margin_x), int(high - margin_y)))


def light(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """The picture as if in another light, by another camera: brightness, contrast, colour, tint, blur, fewer pixels."""
    for change, low, high in (
        (ImageEnhance.Brightness, 0.55, 1.4),
        (ImageEnhance.Contrast, 0.65, 1.4),
        (ImageEnhance.Color, 0.3, 1.7),
    ):
        if random.random() < 0.6:
            picture = change(picture).enhance(float(random.uniform(low, high)))
    if random.random() < 0.7:
        picture = _tinted(picture, random)
    if random.random() < 0.2:
        picture = picture.filter(ImageFilter.GaussianBlur(float(random.uniform(0.4, 1.8))))
    if random.random() < 0.2:
        fewer = int(picture.width * random.uniform(0.35, 0.8))
        picture = picture.resize((fewer, fewer), Image.Resampling.BILINEAR).resize(
            picture.size, Image.Resampling.BICUBIC
        )
    return picture


def _tinted(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """The picture with gamma, in warm or cold light, which at times falls off to one side, and with noise at times."""
    values = np.asarray(picture, dtype=np.float32) / 255
    values = values ** np.float32(np.exp(random.uniform(-0.3, 0.3)))
    gain = np.exp(random.normal(0, 0.09, 3)).astype(np.float32)
    if random.random() < 0.4:
        across = np.linspace(-1, 1, picture.width, dtype=np.float32)
        side = random.normal(0, 0.2, 2).astype(np.float32)
        values *= (1 + side[0] * across[None, :] + side[1] * across[:, None])[..., None]
    if random.random() < 0.2:
        values += random.normal(0, random.uniform(0.01, 0.06), values.shape).astype(np.float32)
    return Image.fromarray((np.clip(values * gain, 0, 1) * 255).astype(np.uint8))


def as_jpeg(picture: Image.Image, random: np.random.Generator) -> bytes:
    """The picture as JPEG of a random quality, as phones and messengers store it."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=int(random.choice([45, 65, 80, 90, 95])))
    return buffer.getvalue()
