"""Numbers that describe a photo for drift: a dirty lens or a new camera shows in them before it shows in errors."""

from __future__ import annotations

import numpy as np
from PIL import Image

LOOKED_AT = 64  # px; a glance is enough and costs a fifth of a millisecond


def describe(photo: Image.Image) -> dict[str, float]:
    """Brightness, contrast and saturation in [0, 1], sharpness (mean slope, [0, 1] per px), aspect ratio."""
    small = photo.resize((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.asarray(small, dtype=np.float32) / 255
    grey = pixels.mean(axis=2)
    slopes = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    return {
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "saturation": float(np.ptp(pixels, axis=2).mean()),
        "sharpness": float(slopes / 2),
        "aspect_ratio": photo.width / photo.height,
    }
