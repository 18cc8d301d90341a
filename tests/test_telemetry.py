"""Logs: one JSON object per event, on standard error, without what was in memory."""

from __future__ import annotations

import json

import pytest

from core import telemetry


@pytest.fixture(autouse=True)
def _level_as_before():
    yield
    telemetry.configure()


def test_an_event_is_one_json_object_on_standard_error(capsys):
    telemetry.log().info("predicted", prediction_id="abc")
    said = capsys.readouterr()
    assert said.out == ""
    event = json.loads(said.err)
    assert (event["event"], event["prediction_id"], event["level"]) == ("predicted", "abc", "info")
    assert event["timestamp"].endswith("Z")


def test_a_failure_is_told_with_its_traceback_but_not_with_the_values_in_it(capsys):
    photo_bytes = "private photo"
    try:
        raise ValueError("broken") from KeyError(len(photo_bytes))
    except ValueError as problem:
        telemetry.log().error("model_failed", exc_info=problem)
    event = json.loads(capsys.readouterr().err)
    assert "ValueError: broken" in event["exception"]
    assert "private photo" not in event["exception"]


def test_a_level_may_be_chosen_at_any_time(capsys):
    telemetry.log().debug("hidden")
    telemetry.configure("DEBUG")
    telemetry.log().debug("shown")
    telemetry.configure("ERROR")
    telemetry.log().info("hidden too")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["shown"]


def test_metrics_are_in_prometheus_text_format():
    telemetry.FEEDBACK.labels("toy", "true").inc()
    lines = telemetry.exposition().decode().splitlines()
    assert "# TYPE lookout_feedback_total counter" in lines
