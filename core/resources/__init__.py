"""Resources of this machine and process: measured every minute, kept in the store, shown to Prometheus; what they cost.

Its parts are imported by their own names. `start` and `stop` are for a serving process.
"""

from __future__ import annotations

from core.resources.background import start, stop

__all__ = ["start", "stop"]
