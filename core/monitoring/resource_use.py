"""Resources over time: one line for each machine, when processes started, how fast the store grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # of the same line of layers
    from core.store import ResourceRow

SECONDS_PER_DAY = 86_400
SAME_START = timedelta(minutes=2)  # processes of one machine that start within this start together


@dataclass(frozen=True)
class ProcessStart:
    """One or several processes of a machine started."""

    started_at: datetime
    machine: str


@dataclass(frozen=True)
class Growth:
    """How fast something grows [bytes a day], from `samples` over `days`."""

    bytes_per_day: float
    samples: int
    days: float


def by_machine(rows: Sequence[ResourceRow]) -> dict[tuple[str, int], ResourceRow]:
    """The newest-started process's row for each (machine, start): what concerns a machine, its processes see alike."""
    chosen: dict[tuple[str, int], ResourceRow] = {}
    for row in rows:
        key = (row["machine"], row["start"])
        if key not in chosen or row["started_at"] > chosen[key]["started_at"]:
            chosen[key] = row
    return chosen


def newest_by_machine(rows: Sequence[ResourceRow]) -> dict[str, ResourceRow]:
    """The newest row of each machine."""
    return {machine: row for (machine, _), row in sorted(by_machine(rows).items())}


def mean_by_machine(rows: Sequence[ResourceRow], quantity: str) -> dict[str, tuple[float, int]]:
    """(mean, number of samples) of a quantity by machine, of those that have any."""
    values: dict[str, list[float]] = {}
    for (machine, _), row in by_machine(rows).items():
        value = row[quantity]  # type: ignore[literal-required]
        if value is not None:
            values.setdefault(machine, []).append(value)
    return {machine: (sum(each) / len(each), len(each)) for machine, each in values.items()}


def starts(rows: Sequence[ResourceRow], since: datetime) -> list[ProcessStart]:
    """When processes started after a time, oldest first; those that start together count once."""
    times = sorted({(row["machine"], row["started_at"]) for row in rows if row["started_at"] >= since})
    together: list[ProcessStart] = []
    for machine, started_at in times:
        previous = together[-1] if together else None
        if previous and previous.machine == machine and started_at - previous.started_at <= SAME_START:
            continue
        together.append(ProcessStart(started_at, machine))
    return sorted(together, key=lambda each: each.started_at)


def growth(sizes: Mapping[int, float], min_days: float) -> Growth | None:
    """The growth between the first and the last size; None where they lie less than `min_days` apart.

    sizes: by time [s since 1970], in bytes.
    """
    if len(sizes) < 2:
        return None
    first, last = min(sizes), max(sizes)
    days = (last - first) / SECONDS_PER_DAY
    if days < min_days:
        return None
    return Growth((sizes[last] - sizes[first]) / days, len(sizes), days)


def store_sizes(rows: Sequence[ResourceRow]) -> dict[int, float]:
    """The store's size by time [s since 1970], in bytes; all processes see the same one."""
    return {row["start"]: row["store_bytes"] for row in rows if row["store_bytes"] is not None}
