"""Rows of the log -> rates, percentiles, histograms, calibration: pure functions that know no table and no page.

`judging`, which holds answers against a truth that is known for many records at once, is imported by its own name: it
needs NumPy and pandas, and Home is drawn without them.
"""

from __future__ import annotations

from core.evaluation.shares import Share, wilson
from core.monitoring.confidence import accuracy_by, reliability, reliability_of_counts
from core.monitoring.kept_results import kept
from core.monitoring.rates import (
    PeriodSummary,
    busiest,
    joined,
    latency_percentiles,
    over_time,
    percentiles,
    step_width,
    summarise,
    total,
    versions_began,
)
from core.monitoring.unlike import is_more_than_expected, unlike_checked

__all__ = [
    "PeriodSummary",
    "Share",
    "accuracy_by",
    "busiest",
    "is_more_than_expected",
    "joined",
    "kept",
    "latency_percentiles",
    "over_time",
    "percentiles",
    "reliability",
    "reliability_of_counts",
    "step_width",
    "summarise",
    "total",
    "unlike_checked",
    "versions_began",
    "wilson",
]
