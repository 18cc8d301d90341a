"""The measures that rules may name: what each is, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.written_numbers import percent, significant, whole

BYTES_PER_MB = 1e6


def _points(change: float) -> str:
    return f"{significant(100 * change, 2)} points"


def _milliseconds(time: float) -> str:
    return f"{significant(time)} ms"


def _minutes(time: float) -> str:
    return f"{whole(time)} minutes"


def _megabytes_a_day(rate: float) -> str:
    return f"{significant(rate / BYTES_PER_MB)} MB a day"


def _effect(size: float) -> str:
    return significant(size, 2)


@dataclass(frozen=True)
class Measure:
    """A number that rules look at. what: as the subject of a sentence. written: a value as people read it.

    unit, unit_size: in what people type thresholds, and what one such unit is: 0.01 where shares are typed in percent.
    """

    what: str
    written: Callable[[float], str]
    unit: str = ""
    unit_size: float = 1.0


MEASURES: dict[str, Measure] = {
    "accuracy": Measure("the share of judged answers that were right", percent, "%", 0.01),
    "accuracy_fall": Measure(
        "how far accuracy fell below what the version reached before, in points", _points, "points", 0.01
    ),
    "expected_accuracy": Measure("the accuracy estimated from scores, without labels", percent, "%", 0.01),
    "expected_accuracy_fall": Measure(
        "how far the accuracy estimated from scores, without labels, fell below that of the four weeks "
        "before, in points",
        _points,
        "points",
        0.01,
    ),
    "drift": Measure("the effect size of the feature that moved most, 0 where it is not significant", _effect),
    "latency_p95_ms": Measure("the time within which 95 of 100 answers came", _milliseconds, "ms"),
    "failed_share": Measure("the share of requests that failed", percent, "%", 0.01),
    "silence_minutes": Measure("the time since the last request", _minutes, "minutes"),
    "disk_free_share": Measure("the free share of the disk that holds the data folder", percent, "%", 0.01),
    "memory_share": Measure("the share of the machine's memory that is in use", percent, "%", 0.01),
    "budget_share": Measure("the month's expected cost as a share of its budget", percent, "%", 0.01),
    "store_growth_bytes_per_day": Measure("the growth of the log", _megabytes_a_day, "MB a day", BYTES_PER_MB),
}
"""{name: measure}. A reading in points is a difference of shares: 0.05 is five points."""
