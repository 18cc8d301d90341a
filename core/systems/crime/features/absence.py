"""Records without one of their inputs: how training lets inputs go missing, and how an explanation takes them away."""

from __future__ import annotations

import numpy as np

from core.systems.crime.features import histories
from core.systems.crime.features.context import GROUPS, SLOTS


def without(group: str, lost: np.ndarray, codes: np.ndarray, history: np.ndarray, numbers: np.ndarray) -> None:
    """Make an input missing, in place, in the rows `lost` (boolean, shape (n,))."""
    for name in GROUPS[group]:
        codes[lost, SLOTS.index(name)] = 0
    each = history.shape[1] // len(histories.SOURCES)
    for place, (name, _) in enumerate(histories.SOURCES):
        if name in GROUPS[group]:
            history[lost, place * each : (place + 1) * each] = 0
    if group == "place":
        numbers[lost, -2:] = 0
