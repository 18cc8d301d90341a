"""TensorFlow Serving's REST API: predict by row and by column, status and signature, its errors."""

from __future__ import annotations

import base64

import pytest

from core.inference import readiness
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import KEY, said
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")
PREDICT = "/v1/models/toy:predict"


def b64(text):
    return {"b64": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    "instances",
    [[{"word": "cup"}, {"word": "jug"}], ["cup", "jug"], [["cup"], ["jug"]], [b64("cup"), {"word": b64("jug")}]],
    ids=["objects", "values", "lists", "base64"],
)
def test_instances_are_answered_by_row(client, instances):
    answer = client.post(PREDICT, json={"signature_name": "serving_default", "instances": instances})
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    assert [(one["class"], one["echo"]) for one in predictions] == [("short", "cup"), ("short", "jug")]
    assert the_store().count(Query(system="toy", source="api")) == 2


@pytest.mark.parametrize("inputs", [{"word": ["cup", "bottle"]}, ["cup", "bottle"], {"word": [b64("cup"), "bottle"]}])
def test_inputs_are_answered_by_column(client, inputs):
    outputs = client.post(PREDICT, json={"inputs": inputs}).json()["outputs"]
    assert outputs["class"] == ["short", "long"]
    assert outputs["score"] == [0.9, 0.9]
    assert outputs["abstained"] == [False, False]
    assert [whole["echo"] for whole in outputs["answer"]] == ["cup", "bottle"]
    assert outputs["prediction_id"] == [whole["prediction_id"] for whole in outputs["answer"]]


def test_one_value_of_the_only_field_is_one_instance(client):
    assert client.post(PREDICT, json={"inputs": "cup"}).json()["outputs"]["class"] == ["short"]


def test_an_instance_that_fails_says_why_at_its_place(client):
    predictions = client.post(PREDICT, json={"instances": ["cup", ""]}).json()["predictions"]
    assert [one.get("class", one.get("error")) for one in predictions] == ["short", "invalid_input"]
    outputs = client.post(PREDICT, json={"inputs": ["cup", ""]}).json()["outputs"]
    assert outputs["class"] == ["short", ""]
    assert outputs["abstained"] == [False, True]
    assert outputs["error"][0] == ""
    assert "word" in outputs["error"][1]


def test_bytes_that_cannot_be_used_fail_alone(client):
    unusable = [{"b64": "no base64!"}, {"word": {"b64": "no base64!"}}, {"word": {"b64": "/////w=="}}]
    predictions = client.post(PREDICT, json={"instances": [*unusable, "cup"]}).json()["predictions"]
    assert [one.get("error") for one in predictions] == ["invalid_input"] * 3 + [None]


@pytest.mark.parametrize(
    ("path", "version"),
    [("", "1"), ("/versions/2", "2"), ("/versions/champion", "1"), ("/labels/champion", "1")],
)
def test_a_version_or_label_stands_in_the_address(client, path, version):
    answer = client.post(f"/v1/models/toy{path}:predict", json={"instances": ["cup"]})
    [prediction] = answer.json()["predictions"]
    assert client.get(f"/predictions/{prediction['prediction_id']}").json()["version"] == version
    assert client.get(f"/v1/models/toy{path}/metadata").json()["model_spec"]["version"] == version


def test_the_status_lists_each_version_that_can_be_asked(client, monkeypatch):
    monkeypatch.setitem(readiness._readiness, "problem", None)
    [first, second] = client.get("/v1/models/toy").json()["model_version_status"]
    assert first == {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert second["version"] == "2"
    [only] = client.get("/v1/models/toy/versions/2").json()["model_version_status"]
    assert only["version"] == "2"


def test_a_version_that_is_still_loaded_is_not_available(client, monkeypatch):
    monkeypatch.setitem(readiness._readiness, "problem", "The models are still being loaded.")
    [status] = client.get("/v1/models/toy/versions/1").json()["model_version_status"]
    assert status["state"] == "LOADING"


def test_the_metadata_tell_the_signature(client):
    told = client.get("/v1/models/toy/metadata").json()
    signature = told["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert {name: tensor["dtype"] for name, tensor in signature["inputs"].items()} == {"word": "DT_STRING"}
    assert signature["outputs"]["score"]["dtype"] == "DT_FLOAT"
    assert signature["outputs"]["class"]["tensor_shape"] == {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ({"instances": ["cup"], "inputs": ["cup"]}, 400),
        ({"instances": "cup"}, 400),
        ({"instances": []}, 413),
        ({"signature_name": "other", "instances": ["cup"]}, 400),
        ({"inputs": {"word": ["cup"], "more": ["a", "b"]}}, 400),
        ({"instances": [""]}, 400),
        ({"instances": [{"b64": "no base64!"}]}, 400),
        ({"instances": ["crash"]}, 500),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_sentence(client, body, status):
    assert said(client.post(PREDICT, json=body), status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/models/nobody:predict", 404),
        ("POST", "/v1/models/toy/versions/9:predict", 404),
        ("POST", "/v1/models/toy/labels/1:predict", 404),
        ("GET", "/v1/models/nobody", 404),
        ("GET", "/v1/models/nobody/metadata", 404),
        ("GET", "/v1/models/toy/versions/9", 404),
        ("POST", "/v1/models/toy:classify", 405),
        ("GET", "/v1", 404),
        ("GET", "/v1/config", 404),
        ("POST", "/v1/models/toy", 405),
        ("PUT", "/v1/models/toy:predict", 405),
    ],
)
def test_unknown_models_paths_and_methods_are_refused_in_the_same_form(client, method, path, status):
    assert said(client.request(method, path, json={"instances": ["cup"]}), status)


def test_keys_are_asked_for_before_anything_is_told(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    for method, path in (("POST", PREDICT), ("GET", "/v1/models/toy"), ("GET", "/v1/models/nobody/metadata")):
        answer = client.request(method, path)
        assert "API key" in said(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
