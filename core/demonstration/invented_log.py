"""The invented log's store: a file of its own in the data folder, made anew when it is older than a day."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from filelock import FileLock

from core.demonstration.alert_history import write_alerts
from core.demonstration.invented_answers import InventedAnswers
from core.demonstration.invented_systems import SYSTEMS
from core.migrations import migrate
from core.store import Store

MAX_AGE = timedelta(days=1)
ROWS_AT_ONCE = 2_000
WRITTEN, COUNTED = 0.45, 0.75  # share of the work that is done then, for the progress
SECONDS_TO_WAIT = 120  # for another process that makes it
PREFIX, SUFFIX = "invented-", ".db"

Progress = Callable[[float], object]


@dataclass(frozen=True)
class InventedLog:
    """The store of the invented log, and the moment at which the log ends: its "now"."""

    store: Store
    until: datetime


_opened: dict[Path, InventedLog] = {}
_lock = threading.Lock()


def opened(folder: Path, progress: Progress = lambda _share: None) -> InventedLog:
    """The invented log that is kept in `folder`, made now if there is none or it is older than MAX_AGE.

    progress: hears the share that is done, in [0, 1], where it is made. Raises StoreUnavailable.
    """
    with _lock:
        now = datetime.now(UTC)
        log = _opened.get(folder)
        if log is None or now - log.until > MAX_AGE:
            if log is not None:
                log.store.close()
            log = _opened[folder] = _newest_or_new(folder, now, progress)
        return log


def close() -> None:
    """Give the connections back."""
    with _lock:
        while _opened:
            _opened.popitem()[1].store.close()


def _newest_or_new(folder: Path, now: datetime, progress: Progress) -> InventedLog:
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "making.lock", timeout=SECONDS_TO_WAIT):
        for path in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), reverse=True):
            until = datetime.fromtimestamp(int(path.stem.removeprefix(PREFIX)), UTC)
            if now - until <= MAX_AGE:
                return _open(path, until)
        for path in folder.glob(f"{PREFIX}*"):
            with suppress(OSError):  # another process may still read it
                path.unlink()
        until = now.replace(microsecond=0)
        path = folder / f"{PREFIX}{int(until.timestamp())}{SUFFIX}"
        _make(path.with_suffix(".part"), until, progress)
        path.with_suffix(".part").rename(path)  # a log that is half made is never read
        return _open(path, until)


def _open(path: Path, until: datetime) -> InventedLog:
    store = Store(f"sqlite:///{path.resolve()}")
    migrate(store)
    return InventedLog(store, until)


def _make(path: Path, until: datetime, progress: Progress) -> None:
    """Write, count and evaluate the log that ends at `until`."""
    store = Store(f"sqlite:///{path.resolve()}")
    try:
        migrate(store)
        _write_answers(store, until, lambda share: progress(WRITTEN * share))
        store.counts.bring_up_to_date(lambda share: progress(WRITTEN + (COUNTED - WRITTEN) * share))
        write_alerts(store, until, lambda share: progress(COUNTED + (1 - COUNTED) * share))
    finally:
        store.close()


def _write_answers(store: Store, until: datetime, progress: Progress) -> None:
    total, written = sum(system.requests for system in SYSTEMS), 0
    for system in SYSTEMS:
        answers = InventedAnswers(system, until)
        if system.has_references:
            for version, _began in system.versions:
                store.references.keep(system.name, version, answers.reference())
        requests = answers.requests()
        while block := list(islice(requests, ROWS_AT_ONCE)):
            store.log([prediction for prediction, _outcome in block])
            store.add_outcomes([outcome for _prediction, outcome in block if outcome is not None])
            written += len(block)
            progress(min(1.0, written / total))
