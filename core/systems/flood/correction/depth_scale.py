"""Depth as the network reads and answers it: logarithmic from a few millimetres on.

On this scale thin flow and a river both matter, and a network's error of some size means the same share of either.
"""

from __future__ import annotations

import numpy as np

UNIT_DEPTH = 0.01  # from which on the scale is logarithmic [m]
MAX_SCALED = 12.0  # of any input or answer: 1.6 km of water


def scale_depth(depth: np.ndarray) -> np.ndarray:
    """ln(1 + depth / UNIT_DEPTH), with what is below zero as dry.

    depth: water depth above ground, any shape [m].
    """
    return np.asarray(np.log1p(np.maximum(depth, 0.0) / UNIT_DEPTH))


def unscale_depth(value: np.ndarray) -> np.ndarray:
    """Water depth of a scaled depth, the inverse of `scale_depth` from 0 to MAX_SCALED; any shape [m]."""
    return np.asarray(UNIT_DEPTH * np.expm1(np.clip(value, 0.0, MAX_SCALED)))
