"""An invented log: plausible answers with drift, a fall in one district and alerts, in a store of its own."""

from __future__ import annotations

from core.demonstration.invented_log import InventedLog, opened

__all__ = ["InventedLog", "opened"]
