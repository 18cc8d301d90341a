"""Structured logs with the prediction id, and Prometheus metrics.

Where several worker processes share a port (`core.api.workers`), each writes its metrics to files of its own in one
folder, and whichever is asked gives the sum of all.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from core.settings import METRICS_FOLDER

if TYPE_CHECKING:  # see `log`
    from structlog.typing import FilteringBoundLogger

REGISTRY = CollectorRegistry()
COLLECTED = CollectorRegistry()
"""Metrics that are read elsewhere when they are asked for: of the log, of the machine."""
PREDICTIONS = Counter(
    "lookout_predictions", "Predictions by outcome.", ["system", "version", "source", "status"], registry=REGISTRY
)
ABSTENTIONS = Counter("lookout_abstentions", "Answers that abstained.", ["system", "version"], registry=REGISTRY)
NOT_SURE = Counter(
    "lookout_not_sure", "Answers that abstained or have a low score.", ["system", "version"], registry=REGISTRY
)
FEEDBACK = Counter("lookout_feedback", "Outcomes reported for predictions.", ["system", "correct"], registry=REGISTRY)
LATENCY = Histogram(
    "lookout_prediction_seconds",
    "Time to validate and predict one instance [s].",
    ["system", "version"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)
LOG_WRITE = Histogram(
    "lookout_log_write_seconds",
    "Time to commit a batch of predictions to the log [s].",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
REQUESTS = Counter("lookout_http_requests", "API requests.", ["path", "method", "code"], registry=REGISTRY)
IN_PROGRESS = Gauge(
    "lookout_http_requests_in_progress",
    "API requests that are being answered.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
JOBS = Gauge("lookout_jobs", "Jobs that wait or work.", ["state"], registry=REGISTRY, multiprocess_mode="livesum")
READY = Gauge(
    "lookout_ready", "1 once every champion is loaded and warm.", registry=REGISTRY, multiprocess_mode="livemin"
)


_level = {"wanted": "INFO", "configured": ""}


def configure(level: str = "INFO") -> None:
    """Log events of `level` and graver ones from now on."""
    _level["wanted"] = level


def log() -> FilteringBoundLogger:
    """The structured logger, one JSON object per event on standard error; call as `log().info("event", key=value)`.

    Standard output is for answers, and a traceback never shows what was in memory.
    """
    import structlog  # at the first event, not at start: it brings what only a developer's terminal needs

    if _level["configured"] != _level["wanted"]:
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[_level["wanted"]]),
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
            cache_logger_on_first_use=False,  # so that a later level counts, and standard error as it is then
        )
        _level["configured"] = _level["wanted"]
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


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
