"""Objects cut off TrashNet's white board and put on other grounds: the board must not become what the network knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

MASK_SIZE = 128  # px; the cut needs no finer outline, it is feathered anyway
BORDER = 6  # px of MASK_SIZE that are taken for board
MIN_CONTRAST = 14.0  # grey levels: what differs less from the board is not told from its shading
MIN_AREA, MAX_AREA = 0.02, 0.7  # share of the picture that an object may fill to be cut out
SHADOW_TINT, SHADOW_SLOPE, MIN_SHADOW = 0.07, 0.02, 0.5  # shares of the board's brightness; slope per px
FEATHER = 1.5  # px, blur of the outline


@dataclass(frozen=True)
class Cutout:
    """An object and where it lies.

    picture: the whole photo, RGB.
    outline: greyscale, 255 on the object, same size.
    through: picture divided by the board, RGB, same size: what object and shadow let pass of a white ground.
    box: left, upper, right, lower edge of the object [px].
    """

    picture: Image.Image
    outline: Image.Image
    through: Image.Image
    box: tuple[int, int, int, int]


def cut_out(picture: Image.Image) -> Cutout | None:
    """The object on a plain board, or None where the ground is not plain or the object fills the picture."""
    small = np.asarray(picture.resize((MASK_SIZE, MASK_SIZE), Image.Resampling.BOX), dtype=np.float32)
    board = _board(small)
    if board is None:
        return None
    mask = _solid((np.abs(small - board).max(axis=2) > MIN_CONTRAST) & ~_shadow(small, board))
    if not MIN_AREA < mask.mean() < MAX_AREA:
        return None
    outline = Image.fromarray((mask * 255).astype(np.uint8)).resize(picture.size, Image.Resampling.BILINEAR)
    outline = outline.filter(ImageFilter.GaussianBlur(FEATHER))
    box = outline.point(lambda value: 255 * (value > 127)).getbbox()
    if box is None:
        return None
    shading = Image.fromarray(np.clip(board, 1, 255).astype(np.uint8)).resize(picture.size, Image.Resampling.BILINEAR)
    ratio = np.asarray(picture, dtype=np.float32) / np.maximum(np.asarray(shading, dtype=np.float32), 1.0)
    return Cutout(picture, outline, Image.fromarray((np.clip(ratio, 0, 1) * 255).astype(np.uint8)), box)


def _board(small: np.ndarray) -> np.ndarray | None:
    """The board's colour at every pixel, shape (MASK_SIZE, MASK_SIZE, 3): a quadratic surface fitted to the border.

    None where it fits badly: the ground is not plain. small: the picture, same shape, in [0, 255].
    """
    rows, columns = np.mgrid[-1 : 1 : MASK_SIZE * 1j, -1 : 1 : MASK_SIZE * 1j]
    terms = np.stack([np.ones_like(rows), rows, columns, rows * columns, rows**2, columns**2], axis=-1)
    border = np.ones(rows.shape, dtype=bool)
    border[BORDER:-BORDER, BORDER:-BORDER] = False
    used = border.copy()
    for _ in range(3):  # drop what sticks out (an object that touches the border) and fit again
        weights, *_ = np.linalg.lstsq(terms[used], small[used], rcond=None)
        surface = terms @ weights
        off = np.abs(small - surface).max(axis=2)
        used = border & (off < max(MIN_CONTRAST, float(np.quantile(off[border], 0.6))))
    fits = (off[border] < MIN_CONTRAST).mean() > 0.6 and surface.mean() > 90
    return np.asarray(surface, dtype=np.float32) if fits else None


def _shadow(small: np.ndarray, board: np.ndarray) -> np.ndarray:
    """Mask of the pixels where the board is only darker: all colours dimmed alike, and smoothly.

    It may have holes in grey objects, which `_solid` closes.
    """
    passed = small / np.maximum(board, 1.0)
    grey = passed.mean(axis=2)
    even = np.ptp(passed, axis=2) < SHADOW_TINT
    smooth = ndimage.gaussian_gradient_magnitude(grey, 1.0) < SHADOW_SLOPE
    return np.asarray(even & smooth & (grey > MIN_SHADOW), dtype=bool)


def _solid(mask: np.ndarray) -> np.ndarray:
    """The mask without specks and holes: its parts of at least a tenth of the largest one, filled."""
    closed = ndimage.binary_closing(ndimage.binary_opening(mask, iterations=1), iterations=3)
    labels, count = ndimage.label(ndimage.binary_fill_holes(closed))
    if not count:
        return np.zeros_like(mask)
    sizes = np.bincount(labels.ravel())[1:]
    return np.isin(labels, 1 + np.flatnonzero(sizes >= sizes.max() / 10))


@dataclass(frozen=True)
class Placement:
    """How an object lies on a ground.

    angle: by which it is turned [degrees]. longest: length of the longer side before turning [px].
    across, down: where between touching the left (upper) and the right (lower) edge, in [0, 1].
    see_through: whether the ground shows through as the board did, as in clear glass and plastic.
    """

    angle: float
    longest: float
    across: float
    down: float
    see_through: bool


def paste(cutout: Cutout, ground: Image.Image, placement: Placement) -> tuple[Image.Image, Image.Image]:
    """The object laid on a square ground, with its shadow, and its outline there, greyscale; of the ground's size."""
    size = ground.width
    left, upper, right, lower = cutout.box
    margin = int(0.06 * max(right - left, lower - upper))
    box = (left - margin, upper - margin, right + margin, lower + margin)
    scale = placement.longest / max(box[2] - box[0], box[3] - box[1])
    shape = (max(8, int((box[2] - box[0]) * scale)), max(8, int((box[3] - box[1]) * scale)))
    pieces = [piece.crop(box).resize(shape, Image.Resampling.BILINEAR) for piece in (cutout.picture, cutout.outline)]
    through = _on_white(cutout.through, box).resize(shape, Image.Resampling.BILINEAR)
    turned = [piece.rotate(placement.angle, Image.Resampling.BILINEAR, expand=True) for piece in pieces]
    light = through.rotate(placement.angle, Image.Resampling.BILINEAR, expand=True, fillcolor=(255, 255, 255))
    wide, high = turned[0].size
    corner = (int(placement.across * (size - wide)), int(placement.down * (size - high)))
    placed_object = Image.new("RGB", (size, size))
    placed_object.paste(turned[0], corner)
    placed_light = Image.new("RGB", (size, size), (255, 255, 255))
    placed_light.paste(light, corner)
    alpha = Image.new("L", (size, size))
    alpha.paste(turned[1], corner)
    return _blend(ground, placed_object, placed_light, alpha, placement.see_through), alpha


def _on_white(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The picture cropped to `box`, white where the box reaches beyond it."""
    white = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), (255, 255, 255))
    white.paste(picture, (-box[0], -box[1]))
    return white


def _blend(
    ground: Image.Image, item: Image.Image, light: Image.Image, alpha: Image.Image, see_through: bool
) -> Image.Image:
    """The object over the ground, which its shadow darkens. All pictures have one size.

    light: what object and shadow let pass. alpha: opacity of the object.
    """
    base = np.asarray(ground, dtype=np.float32)
    body: np.ndarray = np.asarray(item, dtype=np.float32)
    shadowed: np.ndarray = base * (np.asarray(light, dtype=np.float32) / 255)
    opacity = np.asarray(alpha, dtype=np.float32)[..., None] / 255
    if see_through:  # what is as bright as the board lets the ground pass, highlights and dark edges stay
        body = 0.35 * body + 0.65 * shadowed
    return Image.fromarray(np.clip(opacity * body + (1 - opacity) * shadowed, 0, 255).astype(np.uint8))
