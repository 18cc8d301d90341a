"""Records without one of their inputs: training lets inputs go missing, and an explanation takes them away."""

from __future__ import annotations

import numpy as np

from core.systems.crime.features import place_history
from core.systems.crime.features.vocabulary import INPUT_GROUPS, SLOTS


def ablate(group: str, rows: np.ndarray, codes: np.ndarray, history: np.ndarray, numbers: np.ndarray) -> None:
    """Make an input missing, in place.

    group: the input, a key of INPUT_GROUPS.
    rows: which records lose it, boolean, shape (n,).
    codes: `encode_slots` of the records, shape (n, len(SLOTS)).
    history: what the past says about them, shape (n, `history_width`).
    numbers: `encode_numbers` of them, shape (n, numbers).
    """
    for name in INPUT_GROUPS[group]:
        codes[rows, SLOTS.index(name)] = 0
    width = history.shape[1] // len(place_history.SOURCES)
    for index, (name, _) in enumerate(place_history.SOURCES):
        if name in INPUT_GROUPS[group]:
            history[rows, index * width : (index + 1) * width] = 0
    if group == "place":
        numbers[rows, -2:] = 0
