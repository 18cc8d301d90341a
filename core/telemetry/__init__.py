"""Structured logs with request and prediction ids, traces, and Prometheus metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from core.settings import settings
from core.telemetry import library_logs, spans
from core.telemetry.answered_request import answering as answering
from core.telemetry.answered_request import carried as carried
from core.telemetry.answered_request import note_caller as note_caller
from core.telemetry.answered_request import note_predictions as note_predictions
from core.telemetry.answered_request import trace_headers as trace_headers
from core.telemetry.answered_request import traced as traced
from core.telemetry.logs import configure as configure
from core.telemetry.logs import log as log
from core.telemetry.prometheus import COLLECTED as COLLECTED
from core.telemetry.prometheus import REGISTRY as REGISTRY
from core.telemetry.prometheus import exposition as exposition
from core.telemetry.prometheus import has_workers as has_workers
from core.telemetry.prometheus import sample as sample
from core.telemetry.stages import stage as stage

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


def start() -> None:
    """Logs and spans of a serving process as the settings want them; libraries' lines too, where logs are JSON."""
    chosen = settings()
    configure(chosen.log_level, chosen.log_format)
    if chosen.log_format == "json":
        library_logs.take_over()
    if chosen.otlp_endpoint:
        spans.export_to(chosen.otlp_endpoint)


def stop() -> None:
    """Send the spans that are not yet sent, for the process ends."""
    spans.stop()
