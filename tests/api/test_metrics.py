"""Metrics of the API for Prometheus: predictions, and requests by route."""

from __future__ import annotations

import re

import pytest

from tests.api.conftest import ask

pytestmark = pytest.mark.usefixtures("toy")


def test_metrics_count_predictions_and_requests_by_route(client):
    [prediction] = ask(client, "cup").json()["predictions"]
    client.get(f"/predictions/{prediction['prediction_id']}")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(
        r'lookout_predictions_total\{source="api",status="answered",system="toy",version="1"\} \d', answer.text
    )
    assert 'lookout_http_requests_total{code="200",method="GET",path="/predictions/{prediction_id}"}' in answer.text
    assert prediction["prediction_id"] not in answer.text
    for name in (
        "lookout_prediction_seconds_bucket",
        "lookout_log_write_seconds_count",
        "lookout_ready",
        "lookout_abstentions_total",
    ):
        assert name in answer.text


def test_paths_made_up_by_strangers_make_no_new_series(client):
    for index in range(5):
        client.get(f"/made-up-{index}")
    assert "made-up" not in client.get("/metrics").text
