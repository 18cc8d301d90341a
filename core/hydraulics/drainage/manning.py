"""Manning's n per cell and the depth of normal flow, for compiled loops."""

from __future__ import annotations

import numpy as np

from core.hydraulics.domain import Domain
from core.hydraulics.jit import compiled

EXPONENT = 0.6  # of the discharge in Manning's formula for the depth of wide, normal flow


def manning_array(domain: Domain) -> np.ndarray:
    """Manning's n as compiled loops take it: float64, shape (rows, cols), or (1, 1) where all cells share one."""
    return np.ascontiguousarray(np.atleast_2d(domain.manning), dtype=np.float64)


@compiled
def manning_at(manning: np.ndarray, row: int, col: int) -> float:
    """Manning's n of a cell [s m-1/3]; manning: from `manning_array`."""
    return float(manning[row, col]) if manning.size > 1 else float(manning[0, 0])


@compiled
def normal_depth(flow: float, manning: float, width: float, steepness: float) -> float:
    """Depth of normal flow to all lower neighbours of a cell at once, by Manning's formula (Q n / (w sqrt S)) ** 0.6.

    flow: discharge out of the cell Q [m3/s].
    manning: Manning's n [s m-1/3].
    width: width of the cell w [m].
    steepness: sum of the roots of the slopes to lower neighbours, above 0, in place of sqrt S.

    Returns the depth [m].
    """
    return float((max(flow, 0.0) * manning / (width * steepness)) ** EXPONENT)
