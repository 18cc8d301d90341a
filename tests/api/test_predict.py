"""Predictions by the REST API: three forms of a question, an answer for each instance, all of them in the log."""

from __future__ import annotations

import json
import re

import pytest

from core.api.predict import predict_request
from core.errors import StoreUnavailable
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import JSON, ask, assert_refused

pytestmark = pytest.mark.usefixtures("toy")


def test_many_instances_are_answered_in_order(client):
    answer = ask(client, "cup", "bottle")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["model"], body["model_version"]) == ("toy", "1")
    assert [prediction["class"] for prediction in body["predictions"]] == ["short", "long"]
    first = body["predictions"][0]
    assert first["alternatives"] == [{"class": "short", "score": 0.9}, {"class": "long", "score": pytest.approx(0.1)}]
    assert (first["score"], first["abstained"], first["reason"], first["letters"]) == (0.9, False, None, 3)


def test_one_instance_needs_no_list(client):
    answer = client.post("/predict", json={"model": "toy", "input": {"word": "cup"}})
    assert [prediction["class"] for prediction in answer.json()["predictions"]] == ["short"]


def test_an_image_alone_means_waste(client, monkeypatch):
    monkeypatch.setattr(predict_request, "PLAIN_PHOTO_SYSTEM", "toy")
    answer = client.post("/predict", json={"image": "abc"})
    assert "image: Extra inputs are not permitted" in answer.json()["detail"] or "word" in answer.json()["detail"]
    assert the_store().count(Query(system="toy", source="api")) == 1


def test_every_answer_is_in_the_log_under_its_id(client):
    for prediction in ask(client, "cup", "", "crash").json()["predictions"]:
        row = client.get(f"/predictions/{prediction['prediction_id']}").json()
        expected = (prediction["prediction_id"], "api", "local", "toy")
        assert (row["id"], row["source"], row["actor"], row["system"]) == expected
        assert row["value"] == prediction.get("class")
        assert row["error_kind"] == prediction.get("error")


def test_a_logged_row_is_plain_json_with_times_in_utc_and_its_outcomes(client):
    [prediction] = ask(client, "nan").json()["predictions"]
    client.post("/feedback", json={"prediction_id": prediction["prediction_id"], "label": "long"})
    row = client.get(f"/predictions/{prediction['prediction_id']}").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)", row["created_at"])
    assert row["features"] == {"letters": None}  # it was NaN
    assert [(outcome["label"], outcome["correct"]) for outcome in row["outcomes"]] == [("long", False)]
    assert set(row) >= {
        "version",
        "batch",
        "status",
        "score",
        "abstained",
        "reason",
        "alternatives",
        "details",
        "latency_ms",
        "input_hash",
        "error",
    }


def test_an_instance_that_fails_says_why_and_the_others_are_answered(client):
    answer = ask(client, "cup", "", "bottle", "crash", "bug")
    assert answer.status_code == 200
    kinds = [prediction.get("class", prediction.get("error")) for prediction in answer.json()["predictions"]]
    assert kinds == ["short", "invalid_input", "long", "internal", "internal"]
    assert all(
        prediction["detail"] and prediction["prediction_id"]
        for prediction in answer.json()["predictions"]
        if "error" in prediction
    )


def test_if_none_could_be_answered_the_request_is_refused_with_the_first_reason(client):
    body = assert_refused(ask(client, "", ""), 422, "invalid_input")
    assert len(body["predictions"]) == 2
    assert_refused(ask(client, "crash"), 500, "internal")


def test_a_version_or_alias_can_be_named(client):
    assert ask(client, "cup", version="2").json()["model_version"] == "2"
    assert ask(client, "cup", version="champion").json()["model_version"] == "1"


def test_an_unknown_system_or_version_is_404(client):
    assert_refused(client.post("/predict", json={"model": "nobody", "input": 1}), 404, "unknown_system")
    assert_refused(ask(client, "cup", version="../1"), 404, "unknown_version")
    assert_refused(
        client.post("/predict", content=b'{"model": "\\ud800\\u0000", "input": 1}', headers=JSON), 404, "unknown_system"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_any_unicode_encoding_is_read(client, encoding):
    body = json.dumps({"model": "toy", "input": {"word": "größer"}}, ensure_ascii=False).encode(encoding)
    answer = client.post("/predict", content=body, headers={"content-type": "application/json; charset=wrong"})
    assert answer.json()["predictions"][0]["echo"] == "größer"


@pytest.mark.parametrize("word", ["🧴", "\ud800", "nul", "a\0b", "\u202e", "</script>"])
def test_any_text_comes_back_as_json_that_can_be_read(client, word):
    content = json.dumps({"model": "toy", "input": {"word": word}})
    answer = client.post("/predict", content=content, headers=JSON)
    assert answer.status_code in (200, 422)
    answer.content.decode("utf-8")
    json.loads(answer.content, parse_constant=pytest.fail)


def test_what_cannot_be_logged_is_not_answered(client, monkeypatch):
    def full(_rows):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(the_store(), "log", full)
    body = assert_refused(ask(client, "cup"), 503, "store_unavailable")
    assert "predictions" not in body
