"""Units of rain."""

from __future__ import annotations

MM_PER_HOUR = 1e-3 / 3600.0  # [m/s]
