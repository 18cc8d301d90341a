"""Readings counted from the log itself, and from this machine: rates, latency, silence, accuracy, the disk.

What needs counts that the log has not (drift, estimated accuracy, groups, cost) has no readings here.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import hypot

from core.alerts.readings import Reading, Scope
from core.evaluation.shares import Share
from core.monitoring.rates import percentiles
from core.settings import settings
from core.store import Query, Store
from core.store.counting import FAILED

MINUTE = 60.0  # s
BEFORE = timedelta(days=28)  # how long before a window its accuracy is compared with


class LogReadings:
    """Readings of what a store's log can count. Every read may raise StoreUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers = {
            "failed_share": self._failed_share,
            "latency_p95_ms": self._latency,
            "silence_minutes": self._silence,
            "accuracy": self._accuracy,
            "accuracy_fall": self._accuracy_fall,
            "disk_free_share": self._disk,
        }

    def read(self, measure: str, window: timedelta, scope: Scope, now: datetime) -> Sequence[Reading]:
        """Readings of a measure over the window that ends `now`; empty for one that the log cannot tell."""
        reader = self._readers.get(measure)
        return list(reader(window, scope, now)) if reader is not None else []

    def _systems(self, scope: Scope) -> list[str]:
        return [name for name in self._store.distinct("system") if not scope.systems or name in scope.systems]

    def _failed_share(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system in self._systems(scope):
            period = Query(system=system, since=now - window, until=now)
            counts = self._store.steps(period)
            failed = sum(n for state, n in zip(counts.state, counts.n, strict=True) if state == FAILED)
            if counts.total:
                yield _share_reading({"system": system}, Share(failed, counts.total))

    def _latency(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system in self._systems(scope):
            counts = self._store.steps(Query(system=system, since=now - window, until=now))
            rows = zip(counts.state, counts.latency_ms, counts.n, strict=True)
            answered = [(latency, n) for state, latency, n in rows if state != FAILED]
            if answered:
                values, numbers = zip(*answered, strict=True)
                slowest = percentiles(values, numbers, (95,))[95]
                yield _exact({"system": system}, slowest, sum(numbers))

    def _silence(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for system in self._systems(scope):
            latest = self._store.rows(Query(system=system, since=now - window), ("created_at",), 1)
            if latest:
                time = latest[0]["created_at"]
                yield _exact({"system": system}, max(0.0, (now - time).total_seconds()) / MINUTE, 1, time)

    def _accuracy(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        for labels, share in self._judged(scope, now - window, now).items():
            yield _share_reading(dict(labels), share)

    def _accuracy_fall(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        before = self._judged(scope, now - window - BEFORE, now - window)
        for labels, share in self._judged(scope, now - window, now).items():
            if labels in before:
                yield _fall_reading(dict(labels), before[labels], share)

    def _judged(self, scope: Scope, since: datetime, until: datetime) -> dict[tuple[tuple[str, str], ...], Share]:
        """{labels: right answers of those judged}; by version where the scope says so, of no group."""
        if set(scope.per) - {"version"}:
            return {}  # the log counts no groups
        shares: dict[tuple[tuple[str, str], ...], Share] = {}
        for system in self._systems(scope):
            for counted in self._store.judged(Query(system=system, since=since, until=until)):
                version = (("version", counted["version"] or ""),) if "version" in scope.per else ()
                labels = (("system", system), *version)
                counted_before = shares.get(labels, Share(0, 0))
                shares[labels] = Share(counted_before.hits + counted["correct"], counted_before.n + counted["n"])
        return shares

    def _disk(self, window: timedelta, scope: Scope, now: datetime) -> Iterator[Reading]:
        folder = settings().data_dir.resolve()
        usage = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))
        yield _exact({"machine": socket.gethostname()}, usage.free / usage.total, 1)


def _exact(labels: dict[str, str], value: float, n: int, since: datetime | None = None) -> Reading:
    return Reading(labels, value, value, value, n, since)


def _share_reading(labels: dict[str, str], share: Share) -> Reading:
    return Reading(labels, share.value or 0.0, *share.interval, share.n)


def _fall_reading(labels: dict[str, str], before: Share, after: Share) -> Reading:
    """The fall from one share to another with its 95 % interval, Newcombe's method 10, Statist. Med. 17 (1998) 873."""
    first, second = before.value or 0.0, after.value or 0.0
    (first_low, first_high), (second_low, second_high) = before.interval, after.interval
    fall = first - second
    low = fall - hypot(first - first_low, second_high - second)
    high = fall + hypot(first_high - first, second - second_low)
    return Reading(labels, fall, low, high, min(before.n, after.n))
