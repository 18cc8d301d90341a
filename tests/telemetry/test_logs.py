"""Logs: one JSON object per event, on standard error, without what was in memory."""

from __future__ import annotations

import json
import logging
import warnings

import pytest

from core import telemetry
from core.telemetry import library_logs


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


def test_as_text_an_event_is_one_line_for_people_and_a_traceback_shows_no_values(capsys):
    telemetry.configure(form="text")
    telemetry.log().info("predicted", prediction_id="abc")
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "predicted" in said.err
    assert "prediction_id=abc" in said.err
    private = "private photo"
    try:
        raise ValueError(len(private))
    except ValueError as problem:
        telemetry.log().error("model_failed", exc_info=problem)
    said = capsys.readouterr()
    assert "ValueError: 13" in said.err
    assert 'private = "private photo"' not in said.err.replace("'", '"')


@pytest.fixture
def libraries_as_before():
    root, access = logging.getLogger(), logging.getLogger(library_logs.ACCESS)
    before, disabled = list(root.handlers), access.disabled
    logging.captureWarnings(False)  # another test's server may have begun to capture them, in its own way
    yield
    root.handlers[:] = before
    access.disabled = disabled
    logging.captureWarnings(False)


@pytest.mark.usefixtures("libraries_as_before")
def test_libraries_lines_are_events_too_and_twice_taken_over_they_are_written_once(capsys):
    server = logging.getLogger("uvicorn.error")
    server.addHandler(logging.StreamHandler())
    library_logs.take_over()
    library_logs.take_over()
    server.warning("100 %% of %s", "a library's words")
    logging.getLogger("uvicorn.access").warning("GET /predictions/secret?token=1")
    try:
        raise OSError("gone")
    except OSError:
        logging.getLogger("some.library").exception("lost")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("will change", UserWarning, stacklevel=1)
    words, lost, warned = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (words["event"], words["logger"], words["level"]) == (
        "100 % of a library's words",
        "uvicorn.error",
        "warning",
    )
    assert (lost["event"], "OSError: gone" in lost["exception"]) == ("lost", True)
    assert "will change" in warned["event"]
