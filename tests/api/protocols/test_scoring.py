"""MLflow's scoring protocol and SageMaker's: `/invocations` in every form, `/ping`, and their refusals."""

from __future__ import annotations

import json

import pytest

from core.inference import readiness
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import KEY
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")
SCORE = "/invocations?model=toy"


def words(answer):
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["predictions"]
    return [prediction["echo"] for prediction in answer.json()["predictions"]]


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.json()["error_code"] == code
    assert list(answer.json()) == ["error_code", "message"]
    return answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["word"], "index": [0, 1], "data": [["cup"], ["jug"]]}},
        {"dataframe_split": {"data": [["cup"], ["jug"]]}, "params": {"unknown": 1}},
        {"dataframe_records": [{"word": "cup"}, {"word": "jug"}]},
        {"instances": ["cup", "jug"]},
        {"inputs": {"word": ["cup", "jug"]}},
        {"inputs": [["cup"], ["jug"]]},
        [{"word": "cup"}, ["jug"]],
    ],
    ids=["split", "values", "records", "instances", "inputs", "rows", "list"],
)
@pytest.mark.parametrize("kind", ["application/json", "application/json; format=pandas-split", ""])
def test_every_form_of_mlflow_is_answered(client, body, kind):
    assert words(client.post(SCORE, content=json.dumps(body), headers={"content-type": kind})) == ["cup", "jug"]
    assert the_store().count(Query(system="toy", source="api")) == 2


def test_csv_with_a_header_is_answered_row_by_row(client):
    answer = client.post(SCORE, content="word,\ncup,\njug,\n", headers={"content-type": "text/csv; charset=utf-8"})
    assert words(answer) == ["cup", "jug"]


def test_bodies_of_predict_are_taken_too(client):
    assert words(client.post(SCORE, json={"input": {"word": "cup"}})) == ["cup"]
    assert words(client.post(SCORE, content=b"cup", headers={"content-type": "application/octet-stream"})) == ["cup"]
    lines = client.post(SCORE, content=b'["cup"]\n["jug"]', headers={"content-type": "application/jsonlines"})
    assert words(lines) == ["cup", "jug"]


def test_answers_come_as_lines_if_asked_for(client):
    answer = client.post(SCORE, json={"instances": ["cup", ""]}, headers={"accept": "application/jsonlines"})
    assert [json.loads(line).get("echo") for line in answer.text.splitlines()] == ["cup", None]


def test_a_setting_names_the_model(client, monkeypatch):
    refused(client.post("/invocations", json={"instances": ["cup"]}), 400, "BAD_REQUEST")
    toys.known(monkeypatch, {"LOOKOUT_DEFAULT_MODEL": "toy"})
    assert words(client.post("/invocations", json={"instances": ["cup"]})) == ["cup"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        "cup",
        {"instances": ["cup"], "inputs": ["cup"]},
        {"instances": "cup"},
        {"dataframe_records": {"word": "cup"}},
        {"dataframe_split": [["cup"]]},
        {"dataframe_split": {"columns": ["word", "more"], "data": [["cup"]]}},
        {"dataframe_split": {"columns": "word", "data": [["cup"]]}},
        {"inputs": {"word": ["cup"], "more": []}},
        {"instances": [""]},
    ],
)
def test_what_cannot_be_answered_is_a_bad_request(client, body):
    assert refused(client.post(SCORE, json=body), 400, "BAD_REQUEST")


def test_unknown_models_paths_and_methods_have_mlflows_form(client):
    one = {"instances": ["cup"]}
    refused(client.post("/invocations?model=nobody", json=one), 404, "RESOURCE_DOES_NOT_EXIST")
    refused(client.post("/invocations/toy", json=one), 404, "RESOURCE_DOES_NOT_EXIST")
    refused(client.get("/invocations"), 405, "BAD_REQUEST")
    refused(client.post(SCORE, json={"instances": ["crash"]}), 500, "INTERNAL_ERROR")


def test_ping_answers_once_the_models_are_ready_and_needs_no_key(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    monkeypatch.setitem(readiness._readiness, "problem", "The models are still being loaded.")
    refused(client.get("/ping"), 503, "TEMPORARILY_UNAVAILABLE")
    monkeypatch.setitem(readiness._readiness, "problem", None)
    assert (client.get("/ping").status_code, client.get("/ping").content) == (200, b"")
    refused(client.post(SCORE, json={"instances": ["cup"]}), 401, "UNAUTHENTICATED")
