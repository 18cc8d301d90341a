"""The one registry of Prometheus metrics of this process, and how it is read."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

REGISTRY = CollectorRegistry()


def sample(name: str, **labels: str) -> float | None:
    """The value of one of this process's metrics now; None where there is none of these labels."""
    return REGISTRY.get_sample_value(name, labels)


def exposition() -> bytes:
    """The metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
