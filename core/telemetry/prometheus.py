"""The registries of Prometheus metrics of this process, and how they are read.

Where several worker processes share a port (`core.serving.workers`), each writes its metrics to files of its own in one
folder, and whichever is asked gives the sum of all.
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from core.settings import METRICS_FOLDER

REGISTRY = CollectorRegistry()
COLLECTED = CollectorRegistry()
"""Metrics that are read elsewhere when they are asked for: of the log, of the machine."""


def sample(name: str, **labels: str) -> float | None:
    """The value of one of this process's metrics now; None where there is none of these labels."""
    return REGISTRY.get_sample_value(name, labels)


def has_workers() -> bool:
    """Whether this process is one of several workers that share a port, and their metrics."""
    return METRICS_FOLDER in os.environ


def exposition() -> bytes:
    """The metrics in Prometheus' text format; of workers that share a port, those of all."""
    own = REGISTRY
    if has_workers():
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
    return generate_latest(own) + generate_latest(COLLECTED)
