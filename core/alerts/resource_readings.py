"""Readings of resources: disk and memory of each machine that reported lately, the log's growth, the budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from core.alerts.readings import Reading, Scope
from core.monitoring.resource_use import growth, mean_by_machine, newest_by_machine, store_sizes
from core.resources.measuring import disk_usage, machine_name, memory_share
from core.resources.spending import month_spending, prices_of
from core.settings import settings
from core.store import HOUR, MINUTE, Store

GROWTH_MEASURED = 0.5  # share of the window that the sizes must span: a young server's first minutes say nothing
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(seconds=HOUR)


class ResourceReadings:
    """Readings of what serving processes sampled. Every reader may raise StoreUnavailable."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        """folder: the data folder; that of the settings if None."""
        self._store = store
        self._folder = folder or settings().data_dir
        self.readers = {
            "disk_free_share": self._disk,
            "memory_share": self._memory,
            "store_growth_bytes_per_day": self._growth,
            "budget_share": self._budget,
        }

    def _disk(self, window: timedelta, _scope: Scope, now: datetime) -> Iterator[Reading]:
        """The free share by machine: of this one now, of the others by their newest sample."""
        usage, own = disk_usage(self._folder), machine_name()
        yield _exact({"machine": own}, usage.free / usage.total, 1)
        for machine, row in newest_by_machine(self._store.resources.rows(MINUTE, now - window, now)).items():
            free, total = row["disk_free_bytes"], row["disk_total_bytes"]
            if machine != own and free is not None and total:
                yield _exact({"machine": machine}, free / total, 1)

    def _memory(self, window: timedelta, _scope: Scope, now: datetime) -> Iterator[Reading]:
        """The mean share in use over the window, by machine; of this one now where nothing was sampled."""
        samples = self._store.resources.rows(MINUTE, now - window, now)
        shares = mean_by_machine(samples, "memory_share")
        shares.setdefault(machine_name(), (memory_share(), 1))
        for machine, (share, n) in shares.items():
            yield _exact({"machine": machine}, share, n)

    def _growth(self, window: timedelta, _scope: Scope, now: datetime) -> Iterator[Reading]:
        sizes = store_sizes(self._store.resources.rows(HOUR, now - window - ONE_HOUR, now))
        measured = growth(sizes, GROWTH_MEASURED * window / ONE_DAY)
        if measured:
            yield _exact({}, measured.bytes_per_day, measured.samples)

    def _budget(self, _window: timedelta, _scope: Scope, now: datetime) -> Iterator[Reading]:
        """The forecast of the month that holds `now`, with its interval."""
        prices = prices_of(settings())
        budget = prices.budget_per_month
        spending = month_spending(self._store, prices, now) if budget else None
        if budget and spending and (expected := spending.forecast):
            shares = (expected.expected / budget, expected.low / budget, expected.high / budget)
            yield Reading({}, *shares, expected.days)


def _exact(labels: dict[str, str], value: float, n: int) -> Reading:
    return Reading(labels, value, value, value, n)
