"""Which features the network sees of a cell, by name and by their index in its input."""

from __future__ import annotations

WINDOW_SIDES = (3, 9, 31)  # sides of the squares to whose mean heights are relative [cells]
NAMES = (
    "depth", "pool", "smooth pool", "level above ground", "running", "routed", "flow", "routed flow", "arrival",
    "above 3", "above 9", "above 31", "fall east", "fall south", "steepness", "hollow", "ground", "edge", "manning",
    "cell size", "factor", "rain", "rain peak", "row in block", "column in block",
)  # fmt: skip
(
    DEPTH, POOL, SMOOTH_POOL, LEVEL, RUNNING, ROUTED, FLOW, ROUTED_FLOW, ARRIVAL,
    ABOVE, _, _, FALL_EAST, FALL_SOUTH, STEEPNESS, HOLLOW, GROUND, EDGE, MANNING,
    CELL_SIZE, FACTOR, RAIN, RAIN_PEAK, ROW, COLUMN,
) = range(len(NAMES))  # fmt: skip
"""ABOVE is the first of as many as there are WINDOW_SIDES."""

GROUND_FEATURES = ("routed", "routed flow", *NAMES[9:20], "rain", "rain peak")
"""Those that need no sub-grid solve."""
