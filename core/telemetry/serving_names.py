"""Metrics under the names that dashboards of KServe, MLServer and TensorFlow Serving ask for, beside Lookout's own.

Names, labels and units are theirs: KServe's `kserve/metrics.py`, MLServer's `handlers/dataplane.py` and its REST server
(starlette_exporter with the prefix `rest_server`), TensorFlow Serving's `servables/tensorflow/util.cc`. A model is what
Lookout calls a system.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, Summary

from core.telemetry.answered_request import AnsweredRequest
from core.telemetry.prometheus import REGISTRY

APP_NAME = "lookout"
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
MICROSECONDS = tuple(float(f"{10 * 1.8**power:.6g}") for power in range(33))  # TensorFlow Serving's, to 24 minutes

# KServe's Python server, by the stage of a prediction
STAGES = {
    name: Histogram(metric, meaning, ["model_name"], buckets=SECONDS, registry=REGISTRY)
    for name, metric, meaning in (
        ("validate", "request_preprocess_seconds", "Time to read and validate the instances of one call [s]."),
        ("predict", "request_predict_seconds", "Time to predict the instances of one call [s]."),
        ("log", "request_postprocess_seconds", "Time to commit the answers of one call to the log [s]."),
        ("explain", "request_explain_seconds", "Time to explain one answer [s]."),
    )
}

# MLServer, which serves scikit-learn, XGBoost, LightGBM and MLflow models on KServe
REST_LABELS = ["method", "path", "status_code", "app_name"]
REST_REQUESTS = Counter(
    "rest_server_requests", "Requests that were answered, by route.", REST_LABELS, registry=REGISTRY
)
REST_SECONDS = Histogram(
    "rest_server_request_duration_seconds",
    "Time to answer a request [s].",
    REST_LABELS,
    buckets=SECONDS,
    registry=REGISTRY,
)
REST_IN_PROGRESS = Gauge(
    "rest_server_requests_in_progress",
    "Requests that are being answered.",
    ["method", "app_name"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
INFER_SUCCESS = Counter(
    "model_infer_request_success", "Requests for predictions that succeeded.", ["model", "version"], registry=REGISTRY
)
INFER_FAILURE = Counter(
    "model_infer_request_failure", "Requests for predictions that failed.", ["model", "version"], registry=REGISTRY
)
INFER_SECONDS = Summary(
    "model_infer_request_duration",
    "Time to answer a request for predictions [s].",
    ["model", "version"],
    registry=REGISTRY,
)

# TensorFlow Serving. Its counter has no `_total`, which the client library would add to a counter of its own.
TENSORFLOW_REQUESTS = Gauge(
    ":tensorflow:serving:request_count",
    "Requests for predictions since the start, by their outcome.",
    ["model_name", "status"],
    registry=REGISTRY,
    multiprocess_mode="sum",
)
TENSORFLOW_LATENCY = Histogram(
    ":tensorflow:serving:request_latency",
    "Time to answer a request for predictions [us].",
    ["model_name", "API", "entrypoint"],
    buckets=MICROSECONDS,
    registry=REGISTRY,
)
STATUS_NAMES = {  # of HTTP as gRPC calls them
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def count(request: AnsweredRequest, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request under all these names; one that logged no prediction is none for a model."""
    REST_REQUESTS.labels(method, route, str(status), APP_NAME).inc()
    REST_SECONDS.labels(method, route, str(status), APP_NAME).observe(seconds)
    if request.system is None:
        return
    succeeded = status < 400
    (INFER_SUCCESS if succeeded else INFER_FAILURE).labels(request.system, request.version or "").inc()
    INFER_SECONDS.labels(request.system, request.version or "").observe(seconds)
    TENSORFLOW_REQUESTS.labels(request.system, "OK" if succeeded else STATUS_NAMES.get(status, "UNKNOWN")).inc()
    TENSORFLOW_LATENCY.labels(request.system, "predict", "REST").observe(seconds * 1e6)
