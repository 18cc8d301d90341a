"""Invented terrain: smooth hills with some noise, from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

CHECKOUT = Path(__file__).resolve().parents[3]
SHARED = CHECKOUT.parent / "shared" / "data" / "flood"


def hills(rows: int, cols: int, seed: int = 0, height: float = 2.0, rough: float = 0.05) -> np.ndarray:
    """Elevation of shape (rows, cols) [m]: about `height` between hollow and hill, and noise of `rough` on it."""
    random = np.random.default_rng(seed)
    smooth = gaussian_filter(random.normal(size=(rows, cols)), 4.0, mode="nearest", radius=12)
    return 50.0 + height * smooth / max(np.ptp(smooth), 1e-9) + rough * random.random((rows, cols))


@pytest.fixture
def shared_flood() -> Path:
    """The project's terrain and events, which are not in the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the terrain in {SHARED}, which is not part of the repository")
    return SHARED
