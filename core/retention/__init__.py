"""How long the log is kept: rows older than LOOKOUT_LOG_DAYS go once a day, a few at a time."""

from __future__ import annotations

from core.retention.background import remove_in_turn, start, stop
from core.retention.oldest_rows import remove_old_rows

__all__ = ["remove_in_turn", "remove_old_rows", "start", "stop"]
