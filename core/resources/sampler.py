"""Samples of this process and its machine, once a minute, into the store: the minute, and the hour so far."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import psutil

from core import telemetry
from core.resources.measuring import machine_name, machine_state, process_state
from core.store import HOUR, MINUTE, QUANTITIES, ResourceLog, ResourceRow, ResourceValues

FORGET_EVERY = timedelta(hours=6)


def measured(folder: Path) -> ResourceValues:
    """What is used now, but for the size of the store. folder: the data folder."""
    machine, process = machine_state(folder), process_state()
    return {
        "processor_share": machine.processor_share,
        "memory_share": machine.memory_share,
        "memory_total_bytes": machine.memory_total_bytes,
        "disk_free_bytes": machine.disk_free_bytes,
        "disk_total_bytes": machine.disk_total_bytes,
        "gpu_share": machine.gpu_share,
        "gpu_memory_share": machine.gpu_memory_share,
        "store_bytes": None,
        "process_processors": process.processors,
        "process_rss_bytes": process.rss_bytes,
        "process_pss_bytes": process.pss_bytes,
        "requests_in_progress": telemetry.sample("lookout_http_requests_in_progress"),
        "jobs_waiting": telemetry.sample("lookout_jobs", state="waiting"),
        "jobs_working": telemetry.sample("lookout_jobs", state="working"),
    }


def means(samples: Sequence[ResourceValues]) -> ResourceValues:
    """The mean of each quantity over the samples that have it; None where none has."""
    columns = {name: [value for each in samples if (value := _value(each, name)) is not None] for name in QUANTITIES}
    return cast(
        ResourceValues, {name: sum(values) / len(values) if values else None for name, values in columns.items()}
    )


@dataclass
class ResourceSampler:
    """Samples for one process. log: where to. folder: the data folder. latest: the newest sample, None before it."""

    log: ResourceLog
    folder: Path
    machine: str = field(default_factory=machine_name)
    started_at: datetime = field(default_factory=lambda: datetime.fromtimestamp(psutil.Process().create_time(), UTC))
    latest: ResourceValues | None = None
    _hour: list[ResourceValues] = field(default_factory=list)
    _hour_start: int = 0
    _forgot_at: datetime | None = None

    def sample(self, now: datetime) -> None:
        """Measure and commit the minute that holds `now` and its hour; erase now and then what is old.

        Raises StoreUnavailable.
        """
        second = int(now.timestamp())
        self.latest = measured(self.folder)
        self.latest = {**self.latest, "store_bytes": self.log.store_bytes()}
        start = second - second % HOUR
        if start != self._hour_start:
            self._hour, self._hour_start = [], start
        self._hour.append(self.latest)
        minute = self._row(MINUTE, second - second % MINUTE, [self.latest])
        self.log.record(minute, self._row(HOUR, start, self._hour))
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            self.log.forget(now)
            self._forgot_at = now

    def _row(self, level: int, start: int, samples: Sequence[ResourceValues]) -> ResourceRow:
        return {
            "level": level,
            "start": start,
            "machine": self.machine,
            "process": f"{os.getpid()}-{int(self.started_at.timestamp())}",
            "started_at": self.started_at,
            "samples": len(samples),
            **means(samples),
        }


def _value(sample: ResourceValues, name: str) -> float | None:
    return cast("dict[str, float | None]", sample)[name]
