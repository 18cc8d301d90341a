"""Removes the rows of the log before a time, and the inputs that were kept by consent with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from core.settings import settings
from core.store import RemovedRows, Store


def remove_old_rows(
    log: Store,
    before: datetime,
    told: Callable[[RemovedRows], object] = lambda _removed: None,
    stopped: Callable[[], bool] = lambda: False,
) -> RemovedRows:
    """Remove the whole days of the log before a time, as far as they are counted; returns what went.

    Between two batches it rests as long as one took, so that others who write have half of the time at least.
    told: hears what went so far. Raises StoreUnavailable; what went until then stays removed.
    """
    log.retention.move_bound(before)
    removed = RemovedRows()
    while not stopped():
        started = time.monotonic()
        batch = log.retention.remove_some(_erase)
        if batch is None:
            break
        removed += batch
        told(removed)
        time.sleep(time.monotonic() - started)
    return removed


def _erase(path: str) -> None:
    """Remove an input that was kept by consent."""
    (settings().data_dir / path).unlink(missing_ok=True)
