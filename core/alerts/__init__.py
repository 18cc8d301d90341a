"""Alerts: rules as data, held against readings by one process among many, delivered to people once.

Its parts are imported by their own names. `start` and `stop` are for a serving process.
"""

from __future__ import annotations

from core.alerts.background import start, stop

__all__ = ["start", "stop"]
