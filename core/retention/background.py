"""The removal of old rows as a thread of a serving process: once a day, by one process of all."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from core import telemetry
from core.errors import LookoutError
from core.retention.oldest_rows import remove_old_rows
from core.settings import settings
from core.store import RemovedRows, Store, store

EVERY = timedelta(days=1)
RETRY = timedelta(minutes=10)  # after a store that could not be reached
SECONDS_TO_STOP = 5.0


@dataclass
class _RemovalThread:
    """The thread of this process, if it has one."""

    thread: threading.Thread | None = None
    stop: threading.Event = field(default_factory=threading.Event)


_running = _RemovalThread()
_lock = threading.Lock()


def start() -> None:
    """Remove old rows in the background from now on, unless all are kept, or it does already."""
    with _lock:
        if not settings().log_days or _running.thread is not None:
            return
        _running.stop = threading.Event()
        _running.thread = threading.Thread(target=_run, args=(_running.stop,), name="retention", daemon=True)
        _running.thread.start()


def stop() -> None:
    """End the removal after the batch that is being removed."""
    with _lock:
        thread, _running.thread = _running.thread, None
        if thread is not None:
            _running.stop.set()
            thread.join(SECONDS_TO_STOP)


def _run(stop: threading.Event) -> None:
    holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4()}"
    while not stop.is_set():
        wait = EVERY
        try:
            remove_in_turn(store(), holder, stop.is_set)
        except LookoutError as problem:
            telemetry.log().warning("old_rows_not_removed", problem=problem.message)
            wait = RETRY
        except Exception as problem:  # noqa: BLE001 - the thread must live, or the log grows without anybody's notice
            telemetry.log().error("old_rows_not_removed", exc_info=problem)
        stop.wait(wait.total_seconds())


def remove_in_turn(log: Store, holder: str, stopped: Callable[[], bool] = lambda: False) -> RemovedRows | None:
    """Remove what is older than LOOKOUT_LOG_DAYS; None where another process did so within the last day.

    holder: a name that no other process has. Raises StoreUnavailable.
    """
    if log.retention.lease.acquire(holder, log.alerts.now(), EVERY) is None:
        return None
    before = datetime.now(UTC) - timedelta(days=settings().log_days)
    removed = remove_old_rows(log, before, stopped=stopped)
    telemetry.log().info("old_rows_removed", before=before.date().isoformat(), **vars(removed))
    return removed
