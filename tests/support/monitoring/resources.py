"""Rows of resources that a test invents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from core.store import MINUTE, QUANTITIES, ResourceRow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def resource_row(time: datetime = NOON, **changes) -> ResourceRow:
    """A minute of the process 1 of desk-1 in which nothing but what is named was measured."""
    level = changes.get("level", MINUTE)
    second = int(time.timestamp())
    usual = {
        "level": level,
        "start": second - second % level,
        "machine": "desk-1",
        "process": "1",
        "started_at": NOON,
        "samples": 1,
        **dict.fromkeys(QUANTITIES),
    }
    return cast(ResourceRow, {**usual, **changes})
