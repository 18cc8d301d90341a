"""What Prometheus hears of the queue: who waits, how long, and who was refused and why."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from core.telemetry import REGISTRY

WAITING = Gauge(
    "lookout_queue_length", "Requests that wait for their turn.", registry=REGISTRY, multiprocess_mode="livesum"
)
WAIT = Histogram(
    "lookout_queue_wait_seconds",
    "Time that admitted requests waited for their turn [s].",
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
REFUSED = Counter(
    "lookout_queue_refusals", "Requests that were not taken on, by reason.", ["reason"], registry=REGISTRY
)
DROPPED = Counter(
    "lookout_queue_drops", "Requests given up while they waited, by reason.", ["reason"], registry=REGISTRY
)
