"""A serving process from start to end: tables, models, the log's watch; then no work is left running."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from core import alerts, inference, jobs, resources, retention, telemetry
from core.errors import StoreUnavailable
from core.inference import references
from core.migrations import migrate_if_there_is_room
from core.settings import settings
from core.store import store


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Start of a serving process: no open door, tables there, models loading in the background."""
    telemetry.start()
    settings().refuse_open_door()
    migrate_if_there_is_room(store())
    threading.Thread(target=prepare, name="warm-up", daemon=True).start()
    yield
    jobs.stop()
    alerts.stop()
    resources.stop()
    retention.stop()
    telemetry.stop()


def prepare() -> None:
    """Load every champion, unless the settings say not to; then watch the log."""
    try:
        warm_up_if_wanted()
    finally:
        watch_the_log()


def watch_the_log() -> None:
    """Take up references, count what nobody counted; then evaluate alerts, sample resources, remove old rows."""
    try:
        with suppress(StoreUnavailable):  # whoever asks for counts next is told
            references.take_up()
            store().counts.bring_up_to_date()
    finally:
        resources.start()
        alerts.start()
        retention.start()


def warm_up_if_wanted() -> None:
    """Load every champion, unless the settings say not to."""
    if settings().warm_up:
        with suppress(Exception):  # it is logged, and /readyz tells it
            inference.warm_up()
    gc.freeze()  # what is loaded by now stays: collections among requests need not look at it
