"""The server process around the app: connections that are cut when slow, cheap refusals, the drain."""

from __future__ import annotations

from core.serving.process import OPTIONS, install, run

__all__ = ["OPTIONS", "install", "run"]
