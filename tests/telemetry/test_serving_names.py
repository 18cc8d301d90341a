"""Metrics under the names of KServe, MLServer and TensorFlow Serving, as their dashboards ask for them."""

from __future__ import annotations

import pytest

from core import telemetry
from core.telemetry.answered_request import AnsweredRequest
from core.telemetry.serving_names import APP_NAME, MICROSECONDS, count


def test_an_answered_prediction_counts_once_under_each_servers_name():
    before = samples()
    count(AnsweredRequest("a", system="crime", version="1"), "POST", "/predict", 200, 0.25)
    added = {name: value - before.get(name, 0) for name, value in samples().items() if value != before.get(name, 0)}
    rest = f'{{app_name="{APP_NAME}",method="POST",path="/predict",status_code="200"}}'
    tensorflow = '{API="predict",entrypoint="REST",model_name="crime"}'
    assert added.pop(f":tensorflow:serving:request_latency_sum{tensorflow}") == pytest.approx(250_000)  # microseconds
    assert {name: value for name, value in added.items() if "_bucket" not in name} == {
        f"rest_server_requests_total{rest}": 1,
        f"rest_server_request_duration_seconds_count{rest}": 1,
        f"rest_server_request_duration_seconds_sum{rest}": 0.25,
        'model_infer_request_success_total{model="crime",version="1"}': 1,
        'model_infer_request_duration_count{model="crime",version="1"}': 1,
        'model_infer_request_duration_sum{model="crime",version="1"}': 0.25,
        ':tensorflow:serving:request_count{model_name="crime",status="OK"}': 1,
        f":tensorflow:serving:request_latency_count{tensorflow}": 1,
    }
    assert (
        ':tensorflow:serving:request_latency_bucket{API="predict",entrypoint="REST",le="708235.0",model_name="crime"}'
        in added
    )


@pytest.mark.parametrize(("status", "name"), [(422, "INVALID_ARGUMENT"), (503, "UNAVAILABLE"), (418, "UNKNOWN")])
def test_a_refused_prediction_is_a_failure_with_the_name_that_grpc_gives_it(status, name):
    before = samples()
    count(AnsweredRequest("a", system="waste", version="2"), "POST", "/predict", status, 0.01)
    after = samples()
    for key in (
        'model_infer_request_failure_total{model="waste",version="2"}',
        f':tensorflow:serving:request_count{{model_name="waste",status="{name}"}}',
    ):
        assert after[key] == before.get(key, 0) + 1


def test_a_request_that_is_about_no_model_counts_for_none():
    before = {name: value for name, value in samples().items() if not name.startswith("rest_server")}
    count(AnsweredRequest("a"), "GET", "/predictions/{prediction_id}", 200, 0.01)
    assert {name: value for name, value in samples().items() if not name.startswith("rest_server")} == before


@pytest.mark.parametrize(
    ("stage", "metric"),
    [
        ("validate", "request_preprocess_seconds"),
        ("predict", "request_predict_seconds"),
        ("log", "request_postprocess_seconds"),
        ("explain", "request_explain_seconds"),
    ],
)
def test_each_stage_is_timed_under_kserves_name_also_when_it_fails(stage, metric):
    before = telemetry.sample(f"{metric}_count", model_name="toy") or 0
    with telemetry.stage(stage, "toy"):
        pass
    with pytest.raises(ValueError, match="broken"), telemetry.stage(stage, "toy"):
        raise ValueError("broken")
    assert telemetry.sample(f"{metric}_count", model_name="toy") == before + 2


def test_the_buckets_are_tensorflow_servings():
    assert (MICROSECONDS[0], MICROSECONDS[1], MICROSECONDS[19]) == (10, 18, 708235)  # 10 * 1.8^n
    assert len(MICROSECONDS) == 33


def samples() -> dict[str, float]:
    """All samples of this process as {name with labels: value}, without the times at which they were made."""
    lines = telemetry.exposition().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs if "_created" not in name and "process_" not in name}
