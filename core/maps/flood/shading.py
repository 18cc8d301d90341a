"""Ground as it looks in the light of a low sun from the north-west: what a map without tiles has below its water."""

from __future__ import annotations

import numpy as np

AZIMUTH, ALTITUDE = 315.0, 45.0  # of the sun [degrees]; the eye expects light from the upper left
TARGET_SLOPE = 0.3  # root mean square of the slope that flat land is exaggerated to [m/m]
MAX_EXAGGERATION = 12.0


def hillshade(elevation: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Brightness of ground in the light of the sun, by Lambert's cosine law on slopes by Horn (1981).

    Heights are exaggerated, up to MAX_EXAGGERATION times, where the land is flat.

    elevation: ground above datum, the northernmost row first, shape (rows, cols) [m].
    dx, dy: cell size to the east and to the south [m].
    Returns 0 to 1, NaN where there is no data; shape (rows, cols), float32.
    """
    ground = np.asarray(elevation, dtype=np.float32)
    valid = np.isfinite(ground)
    if not valid.any():
        return np.full(ground.shape, np.nan, np.float32)
    filled = np.where(valid, ground, np.float32(np.mean(ground[valid])))
    east, north = _slopes(filled, dx, dy)
    mean_slope = float(np.sqrt(np.mean((east**2 + north**2)[valid])))
    exaggeration = float(np.clip(TARGET_SLOPE / mean_slope, 1.0, MAX_EXAGGERATION)) if mean_slope > 0 else 1.0
    azimuth, altitude = np.radians(AZIMUTH), np.radians(ALTITUDE)
    east, north = exaggeration * east, exaggeration * north
    light = np.sin(altitude) - np.cos(altitude) * (np.sin(azimuth) * east + np.cos(azimuth) * north)
    bright = np.clip(light / np.sqrt(1.0 + east**2 + north**2), 0.0, 1.0)
    return np.where(valid, bright, np.nan).astype(np.float32)


def _slopes(ground: np.ndarray, dx: float, dy: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope to the east and to the north from the eight neighbours, Horn (1981); shape (rows, cols) each [m/m]."""
    padded = np.pad(ground, 1, mode="edge")
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return (down[:, 2:] - down[:, :-2]) / (8 * dx), (across[:-2] - across[2:]) / (8 * dy)
