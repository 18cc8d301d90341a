"""What every request gets around its answer: an id, a place in a trace, one line in the log."""

from __future__ import annotations

import json
import time

import pytest

from core import inference, jobs, telemetry
from core.settings import settings
from tests.api.conftest import KEY, ask

pytestmark = pytest.mark.usefixtures("toy")

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _level_as_before():
    telemetry.configure()
    yield
    telemetry.configure()


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def answered(capsys) -> dict:
    [line] = [line for line in lines(capsys) if line["event"] == "request_answered"]
    return line


def test_an_answered_request_has_one_line_with_all_that_is_known_of_it(client, capsys):
    ids = [each["prediction_id"] for each in ask(client, "cup", "bottle").json()["predictions"]]
    line = answered(capsys)
    known = ("method", "route", "status", "caller", "system", "version", "predictions", "prediction_ids", "level")
    assert [line[name] for name in known] == ["POST", "/predict", 200, "local", "toy", "1", 2, ids, "info"]
    assert 0 < line["milliseconds"] < 60_000


def test_the_callers_id_comes_back_and_stands_in_every_line(client, capsys, monkeypatch):
    telemetry.configure("DEBUG")
    answer = client.post(
        "/predict", json={"model": "toy", "input": {"word": "cup"}}, headers={"X-Request-Id": "job-7/a"}
    )
    assert answer.headers["x-request-id"] == "job-7/a"
    written = lines(capsys)
    assert {"prediction", "request_answered"} <= {line["event"] for line in written}  # the first from a worker thread
    assert {line["request_id"] for line in written} == {"job-7/a"}
    assert len({line["trace_id"] for line in written}) == 1


@pytest.mark.parametrize("sent", [None, "", "two words", "ä", "a" * 129, "a\tb", '"}'])
def test_a_missing_or_odd_id_is_replaced_by_one_that_is_unique(client, sent):
    headers = {} if sent is None else {"X-Request-Id": sent.encode("latin-1")}
    given = {client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)}
    assert len(given) == 2
    assert all(len(identifier) == 36 for identifier in given)


def test_a_trace_is_taken_up_and_another_is_begun_without_one(client, capsys):
    client.post("/predict", json={"model": "toy", "input": {"word": "cup"}}, headers={"traceparent": PARENT})
    line = answered(capsys)
    assert line["trace_id"] == PARENT[3:35]
    assert line["span_id"] != PARENT[36:52]
    ask(client, "cup")
    assert answered(capsys)["trace_id"] != PARENT[3:35]


def test_two_requests_share_neither_id_nor_predictions(client, capsys):
    ask(client, "cup")
    ask(client, "cup")
    first, second = (line for line in lines(capsys) if line["event"] == "request_answered")
    assert first["request_id"] != second["request_id"]
    assert first["prediction_ids"] != second["prediction_ids"]
    assert telemetry.answering() is None


def test_many_predictions_are_counted_and_the_first_twenty_named(client, capsys):
    ids = [each["prediction_id"] for each in ask(client, *["cup"] * 25).json()["predictions"]]
    line = answered(capsys)
    assert (line["predictions"], line["prediction_ids"]) == (25, ids[:20])


def test_routes_stand_in_the_line_and_no_address_that_somebody_made_up(client, capsys):
    client.get("/predictions/a-private-id?token=secret")
    client.get("/made/up?token=secret")
    written = lines(capsys)
    assert [line["route"] for line in written] == ["/predictions/{prediction_id}", "unknown"]
    assert [line["status"] for line in written] == [404, 404]
    assert "secret" not in json.dumps(written)
    assert "private" not in json.dumps(written)


def test_whoever_watches_fills_no_log_unless_the_answer_is_bad(client, capsys):
    client.get("/healthz")
    client.get("/metrics")
    assert lines(capsys) == []
    client.get("/readyz")  # nothing was warmed
    assert answered(capsys)["status"] == 503


def test_the_caller_is_named_and_no_key_or_body_is_ever_shown(client, capsys, monkeypatch):
    monkeypatch.setenv("LOOKOUT_API_KEYS", f"yard:{KEY}")
    settings.cache_clear()
    client.post(
        "/predict", json={"model": "toy", "input": {"word": "bottle"}}, headers={"authorization": f"Bearer {KEY}"}
    )
    client.post(
        "/predict", json={"model": "toy", "input": {"word": "bottle"}}, headers={"authorization": "Bearer wrong-key"}
    )
    known, unknown = lines(capsys)
    assert (known["caller"], known["status"]) == ("yard", 200)
    assert ("caller" in unknown, unknown["status"]) == (False, 401)
    for private in (KEY, "wrong-key", "bottle"):
        assert private not in json.dumps([known, unknown])


def test_an_unexpected_problem_has_the_same_id_in_its_answer_its_line_and_its_traceback(client, capsys, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(inference, "plan", broken)
    answer = ask(client, "cup")
    assert answer.status_code == 500
    written = {line["event"]: line for line in lines(capsys)}
    assert "RuntimeError: a fault" in written["request_failed"]["exception"]
    assert written["request_answered"]["status"] == 500
    assert {line["request_id"] for line in written.values()} == {answer.headers["x-request-id"]}


def test_a_job_still_belongs_to_the_request_that_began_it():
    telemetry.answered_request.begin("from-the-caller", telemetry.answered_request.TraceContext.begin())
    seen = []
    job = jobs.submit(lambda _progress: iter([seen.append(telemetry.answering())]), 1, "toy")
    deadline = time.monotonic() + 10
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [request.id for request in seen] == ["from-the-caller"]
    telemetry.answered_request._current.set(None)


def test_the_names_of_other_servers_are_at_metrics(client):
    ask(client, "cup")
    text = client.get("/metrics").text
    for name in (
        "request_preprocess_seconds_bucket",
        "request_predict_seconds_bucket",
        "request_postprocess_seconds_bucket",
        "rest_server_requests_total",
        "rest_server_request_duration_seconds_bucket",
        "rest_server_requests_in_progress",
        "model_infer_request_success_total",
        "model_infer_request_duration_sum",
        ":tensorflow:serving:request_count",
        ":tensorflow:serving:request_latency_bucket",
    ):
        assert f"\n{name}{{" in text, name
