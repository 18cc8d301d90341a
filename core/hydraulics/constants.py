"""Physical constants and the mark for cells without ground, shared by all schemes; imports nothing."""

from __future__ import annotations

GRAVITY = 9.80665  # standard gravity [m s-2]
WALL = 1.0e9  # elevation of a cell without data: water never stands as high [m]
