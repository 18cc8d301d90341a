"""Ground as it looks in the light of a low sun from the north-west: what a map without tiles has below its water."""

from __future__ import annotations

import numpy as np

AZIMUTH, ALTITUDE = 315.0, 45.0  # of the sun [degrees]; the eye expects light from the upper left
STEEP = 0.3  # slope that flat land is exaggerated to: root of the mean square
MOST_EXAGGERATED = 12.0


def hillshade(elevation: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """How bright each cell is, 0 to 1; shape (rows, cols), NaN where there is no data.

    elevation: above datum, the first row the northernmost [m]. dx, dy: cell size [m]. Slopes by Horn (1981), light by
    Lambert's cosine; heights are exaggerated up to 12 times where the land is flat.
    """
    ground = np.asarray(elevation, dtype=np.float32)
    known = np.isfinite(ground)
    if not known.any():
        return np.full(ground.shape, np.nan, np.float32)
    filled = np.where(known, ground, np.float32(np.mean(ground[known])))
    east, north = _slopes(filled, dx, dy)
    steep = float(np.sqrt(np.mean((east**2 + north**2)[known])))
    exaggerated = float(np.clip(STEEP / steep, 1.0, MOST_EXAGGERATED)) if steep > 0 else 1.0
    azimuth, altitude = np.radians(AZIMUTH), np.radians(ALTITUDE)
    east, north = exaggerated * east, exaggerated * north
    light = np.sin(altitude) - np.cos(altitude) * (np.sin(azimuth) * east + np.cos(azimuth) * north)
    bright = np.clip(light / np.sqrt(1.0 + east**2 + north**2), 0.0, 1.0)
    return np.where(known, bright, np.nan).astype(np.float32)


def _slopes(ground: np.ndarray, dx: float, dy: float) -> tuple[np.ndarray, np.ndarray]:
    """Rise to the east and to the north, by the eight neighbours of each cell; shape (rows, cols) [m/m]."""
    wide = np.pad(ground, 1, mode="edge")
    down = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    across = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    return (down[:, 2:] - down[:, :-2]) / (8 * dx), (across[:-2] - across[2:]) / (8 * dy)
