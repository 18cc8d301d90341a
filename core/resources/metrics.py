"""The newest sample of this process and its machine as metrics for Prometheus; before the first sample there are none.

Of workers that share a port, what processes use is the sum over them, and the client's own `process_...` metrics are
those of the process that they were forked from, whose start is the server's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import cast

from prometheus_client import Gauge, ProcessCollector
from prometheus_client.core import GaugeMetricFamily

from core import telemetry
from core.store import ResourceValues

GAUGES = {
    "lookout_machine_processor_ratio": ("processor_share", "Share of the machine's processors in use, 0 to 1."),
    "lookout_machine_memory_used_ratio": ("memory_share", "Share of the machine's memory in use, 0 to 1."),
    "lookout_machine_memory_bytes": ("memory_total_bytes", "Memory of the machine [bytes]."),
    "lookout_machine_disk_free_bytes": ("disk_free_bytes", "Free space of the data folder's disk [bytes]."),
    "lookout_machine_disk_bytes": ("disk_total_bytes", "Size of the data folder's disk [bytes]."),
    "lookout_machine_gpu_ratio": ("gpu_share", "Share of time that the busiest GPU was at work, 0 to 1."),
    "lookout_machine_gpu_memory_used_ratio": ("gpu_memory_share", "Share of that GPU's memory in use, 0 to 1."),
    "lookout_store_bytes": ("store_bytes", "Size of the log's database, the same from each process [bytes]."),
}
"""{metric: (quantity of a sample, its meaning)}."""
OF_PROCESSES = {
    "lookout_process_processors": ("process_processors", "Processors that the serving processes keep busy."),
    "lookout_process_pss_bytes": ("process_pss_bytes", "Their memory, shared pages divided [bytes]."),
}


class ResourceCollector:
    """Metrics of the newest sample. latest: gives it, or None."""

    def __init__(self, latest: Callable[[], ResourceValues | None]) -> None:
        self.latest = latest

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge for each quantity that could be had."""
        sample = cast("dict[str, float | None] | None", self.latest())
        for name, (quantity, meaning) in GAUGES.items() if sample else ():
            value = sample[quantity] if sample else None
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value)


def expose(latest: Callable[[], ResourceValues | None]) -> None:
    """Add the metrics to those of this process, once."""
    if telemetry.COLLECTED.get_sample_value("process_start_time_seconds") is not None:
        return
    ProcessCollector(registry=telemetry.COLLECTED, pid=os.getppid if telemetry.has_workers() else os.getpid)
    telemetry.COLLECTED.register(ResourceCollector(latest))


def note(sample: ResourceValues) -> None:
    """Let the metrics of this process be those of its newest sample."""
    values = cast("dict[str, float | None]", sample)
    for name, gauge in _gauges().items():
        if (value := values[OF_PROCESSES[name][0]]) is not None:
            gauge.set(value)


@lru_cache(maxsize=1)
def _gauges() -> dict[str, Gauge]:
    """Made at the first sample, for a gauge is 0 before it is set."""
    return {
        name: Gauge(name, meaning, registry=telemetry.REGISTRY, multiprocess_mode="livesum")
        for name, (_quantity, meaning) in OF_PROCESSES.items()
    }
