"""What machines and serving processes used over the period; restarts are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from core.monitoring import kept
from core.monitoring.resource_use import by_machine, growth, newest_by_machine, starts, store_sizes
from core.store import MINUTE, ResourceRow
from pages.parts.monitoring import source as shown_log
from pages.parts.monitoring.filters import Meant
from pages.parts.monitoring.period import CountedPeriod, step_name
from pages.parts.monitoring.service import service_charts
from pages.parts.monitoring.service.service_charts import BYTES_PER_GB, local
from pages.parts.shared import charts
from pages.parts.shared.words import ago, counted, percent, plain, significant, zone_name

LATELY = timedelta(minutes=5)  # a machine that reported within is there now
MAX_MARKS = 6  # starts that are marked one by one; more would hide the lines
MIN_DAYS_OF_GROWTH = 1 / 24
Figures = dict[str, tuple[go.Figure, str]]


@dataclass(frozen=True)
class MachinePeriod:
    """Resources of a period. rows: means by step and process. now: the newest minute of each machine."""

    rows: list[ResourceRow]
    now: dict[str, ResourceRow]


def read(counts: CountedPeriod, meant: Meant) -> MachinePeriod:
    """Resources of the period, or as they were a moment ago. Raises StoreUnavailable."""
    width = int(counts.width.total_seconds())
    key = ("resources", str(shown_log.log().url), meant.period or counts.since, width)
    return kept(key, lambda: _read(counts.since, counts.until, width))


def _read(since: datetime, until: datetime, width: int) -> MachinePeriod:
    resources = shown_log.log().resources
    newest = newest_by_machine(resources.rows(MINUTE, until - LATELY, until))
    return MachinePeriod(resources.by_step(since, until, width), newest)


def sentence(period: MachinePeriod) -> str:
    """What the machines use now; Markdown."""
    if not period.now:
        return "No serving process reported within the last five minutes; each does once a minute."
    return "  \n".join(_machine_now(machine, row) for machine, row in period.now.items())


def telling(period: MachinePeriod, counts: CountedPeriod, axis: charts.Period) -> Figures:
    """Processor and memory, which stand beside latency."""
    zone = zone_name()
    processor = service_charts.by_machine(period.rows, "processor_share")
    memory = service_charts.by_machine(period.rows, "memory_share")
    figures = {
        "processor": (service_charts.shares(processor, "Processors in use", zone, axis), "Processors in use over time"),
        "memory": (service_charts.shares(memory, "Memory in use", zone, axis), "Memory in use over time"),
    }
    return marked(figures, period.rows, counts)


def details(period: MachinePeriod, counts: CountedPeriod, axis: charts.Period) -> Figures:
    """What the work, the processes and the disks did; a GPU only where there is one."""
    zone, rows = zone_name(), period.rows
    own = "process_pss_bytes" if any(row["process_pss_bytes"] is not None for row in rows) else "process_rss_bytes"
    queue = {
        **service_charts.summed(rows, "requests_in_progress", counts.until, "API requests being answered"),
        **service_charts.summed(rows, "jobs_working", counts.until, "jobs at work"),
        **service_charts.summed(rows, "jobs_waiting", counts.until, "jobs waiting"),
    }
    memory, free = service_charts.summed(rows, own, counts.until), service_charts.by_machine(rows, "disk_free_bytes")
    figures = {
        "queue": (service_charts.over_time(queue, "Work in hand", "Mean number", zone, axis), "Work in hand over time"),
        "processes": (
            service_charts.gigabytes(memory, "Memory of Lookout's processes", "Memory", zone, axis),
            "Memory of Lookout's processes over time",
        ),
        "disk": (
            service_charts.gigabytes(free, "Free disk for the data folder", "Free", zone, axis),
            "Free disk over time",
        ),
        "store": (_store_figure(rows, zone, axis), "Size of the log's database over time"),
    }
    if gpu := service_charts.by_machine(rows, "gpu_share"):
        figures["gpu"] = service_charts.shares(gpu, "GPU at work", zone, axis), "GPU at work over time"
    return marked(figures, rows, counts)


def starts_in_words(rows: Sequence[ResourceRow], counts: CountedPeriod) -> str:
    """When processes started within the period."""
    times = starts(rows, counts.since)
    if not times:
        return "No serving process started within the period." if rows else ""
    latest = times[-1]
    what = counted(len(times), "start")
    return f"{what} of serving processes within the period, the latest {ago(latest.started_at)} on {latest.machine}."


def marked(figures: Figures, rows: Sequence[ResourceRow], counts: CountedPeriod) -> Figures:
    """The figures with new versions and, where they are few, starts of processes marked."""
    times = starts(rows, counts.since)
    marks = [(local(each.started_at), "start") for each in times] if len(times) <= MAX_MARKS else []
    return {
        name: (charts.marked(figure, [*counts.versions_began, *marks]), alt) for name, (figure, alt) in figures.items()
    }


def explained(counts: CountedPeriod) -> str:
    """What a point of the charts is."""
    step = step_name(counts.width)
    length = step if step[0].isdigit() else f"one {step}"
    return f"Each point is the mean of {length}, of samples taken every minute."


def _machine_now(machine: str, row: ResourceRow) -> str:
    parts = [
        f"processors {percent(row['processor_share'])}",
        f"memory {percent(row['memory_share'])}",
        f"GPU {percent(row['gpu_share'])}" if row["gpu_share"] is not None else "no GPU",
    ]
    free, total = row["disk_free_bytes"], row["disk_total_bytes"]
    if free is not None and total:
        parts.append(f"disk {percent(free / total)} free ({_gb(free)})")
    return f"**{plain(machine)}** uses now: {', '.join(parts)}."


def _store_figure(rows: Sequence[ResourceRow], zone: str, axis: charts.Period) -> go.Figure:
    sizes = store_sizes(list(by_machine(rows).values()))
    measured = growth(sizes, MIN_DAYS_OF_GROWTH)
    title = "Size of the log's database"
    if measured:
        direction = "grows" if measured.bytes_per_day >= 0 else "shrinks"
        title = f"The log's database {direction} by {significant(abs(measured.bytes_per_day) / 1e6, 2)} MB a day"
    return service_charts.gigabytes({"store": sizes} if sizes else {}, title, "Size", zone, axis)


def _gb(size: float) -> str:
    return f"{significant(size / BYTES_PER_GB)} GB"
