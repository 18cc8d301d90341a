"""Positions in the clock array, in which both schemes keep the simulated time and the water balance so far."""

from __future__ import annotations

TIME, RAIN, INFLOW, OUTFLOW, STEPS = range(5)
"""TIME: simulated time [s]. RAIN: rain so far [m]. INFLOW, OUTFLOW: volumes so far [m3]. STEPS: steps taken."""
