"""The newest sample of this process as metrics for Prometheus; before the first sample there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from prometheus_client import ProcessCollector
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
    "lookout_process_processors": ("process_processors", "Processors that this process keeps busy."),
    "lookout_process_pss_bytes": ("process_pss_bytes", "Memory of this process, shared pages divided [bytes]."),
    "lookout_store_bytes": ("store_bytes", "Size of the log's database, the same from each process [bytes]."),
}
"""{metric: (quantity of a sample, its meaning)}."""


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
    if telemetry.sample("process_start_time_seconds") is None:
        ProcessCollector(registry=telemetry.REGISTRY)
        telemetry.REGISTRY.register(ResourceCollector(latest))
