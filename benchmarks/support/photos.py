"""Invented photos for benchmarks that need many of the usual size and no data set."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image


def generate_photos(count: int, width: int = 640, height: int = 480) -> list[bytes]:
    """JPEGs of the size that a phone's messenger sends: smooth light with some grain, each from a seed of its own.

    count: number of photos.
    width, height: of each [px].
    """
    return [_generate_photo(np.random.default_rng(seed), width, height) for seed in range(count)]


def _generate_photo(random: np.random.Generator, width: int, height: int) -> bytes:
    coarse = Image.fromarray(random.integers(40, 215, (9, 12, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-4, 5, pixels.shape)
    file = BytesIO()
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()
