"""Physical constants, the mark for cells without ground, and the entries of the clock, shared by both schemes."""

from __future__ import annotations

GRAVITY = 9.80665  # standard gravity [m s-2]
WALL = 1.0e9  # elevation of a cell without data: water never stands as high [m]

TIME, RAIN, INFLOW, OUTFLOW, STEPS = range(5)
"""Entries of the clock, an array in which a scheme's state keeps how far it is.

TIME: simulated time [s]. RAIN: rain so far [m]. INFLOW, OUTFLOW: volumes so far [m3]. STEPS: steps taken.
"""
