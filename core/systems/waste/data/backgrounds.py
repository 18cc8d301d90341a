"""Invented grounds: synthetic textures, to lay objects on and to show the network what is no waste."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

EARTHY = np.array(
    [[110, 100, 85], [140, 125, 100], [90, 110, 60], [120, 120, 120], [70, 70, 75], [190, 175, 140], [60, 80, 100]]
)


def invent(size: int, random: np.random.Generator) -> Image.Image:
    """A ground, RGB, size x size: mottled earth, planks, a weave, tiles, gravel or plain light."""
    kinds = (_mottled, _planks, _weave, _tiles, _gravel, _plain)
    picture = kinds[random.integers(len(kinds))](size, random)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _colour(random: np.random.Generator) -> np.ndarray:
    """A ground colour, mostly earthy, sometimes any."""
    base = EARTHY[random.integers(len(EARTHY))] if random.random() < 0.6 else random.uniform(20, 235, 3)
    return np.asarray(base + random.normal(0, 12, 3), dtype=np.float32)


def _noise(size: int, cells: int, random: np.random.Generator) -> np.ndarray:
    """Smooth noise with about `cells` bumps across, (size, size), mean 0, deviation about 1."""
    coarse = Image.fromarray(random.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC))


def _mottled(size: int, random: np.random.Generator) -> np.ndarray:
    picture = np.zeros((size, size, 3), dtype=np.float32) + _colour(random)
    for cells in (4, 12, 36, 100):
        strength = random.uniform(3, 22)
        tint = 1 + random.normal(0, 0.15, 3)
        picture += strength * tint * _noise(size, cells, random)[..., None]
    return np.asarray(picture)


def _planks(size: int, random: np.random.Generator) -> np.ndarray:
    count = int(random.integers(2, 9))
    grain = _noise(size, 60, random)
    stretched = np.asarray(Image.fromarray(grain).resize((size, 6)).resize((size, size)))
    shade = np.repeat(random.normal(0, 14, count), -(-size // count))[:size]
    picture = _colour(random) + 14 * stretched[..., None] + shade[None, :, None]
    gaps = (np.arange(size) % max(1, size // count)) < 2
    picture[:, gaps] *= 0.5
    return np.asarray(picture if random.random() < 0.5 else picture.transpose(1, 0, 2))


def _weave(size: int, random: np.random.Generator) -> np.ndarray:
    pixel = np.arange(size)
    picture = np.zeros((size, size, 3), dtype=np.float32) + _colour(random)
    for _ in range(int(random.integers(1, 4))):
        period, width = random.integers(12, 70), random.uniform(0.15, 0.6)
        stripe = ((pixel + random.integers(period)) % period < width * period).astype(np.float32)
        colour = _colour(random) - picture.mean(axis=(0, 1))
        picture += 0.45 * (stripe[None, :, None] + stripe[:, None, None]) * colour
    return np.asarray(picture + random.normal(0, 8, (size, size, 1)))


def _tiles(size: int, random: np.random.Generator) -> np.ndarray:
    across = int(random.integers(2, 8))
    cells = np.zeros((across, across, 3)) + _colour(random) + random.normal(0, 10, (across, across, 1))
    picture = (
        np.asarray(cells, dtype=np.float32).repeat(-(-size // across), 0).repeat(-(-size // across), 1)[:size, :size]
    )
    joints = np.arange(size) % max(1, size // across) < 2
    picture[joints] *= 0.7
    picture[:, joints] *= 0.7
    return np.asarray(picture + random.uniform(2, 10) * _noise(size, 80, random)[..., None])


def _gravel(size: int, random: np.random.Generator) -> np.ndarray:
    speckle = Image.fromarray(random.uniform(0, 255, (size, size)).astype(np.uint8))
    stones = np.asarray(speckle.filter(ImageFilter.ModeFilter(int(random.choice([3, 5, 7])))), dtype=np.float32)
    return np.asarray(_colour(random) + random.uniform(0.3, 0.8) * (stones - 128)[..., None])


def _plain(size: int, random: np.random.Generator) -> np.ndarray:
    rows, columns = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    slope = random.normal(0, 25, 2)
    light = slope[0] * rows + slope[1] * columns - random.uniform(0, 30) * (rows**2 + columns**2)
    return np.asarray(_colour(random) + light[..., None] + random.normal(0, 3, (size, size, 1)))
