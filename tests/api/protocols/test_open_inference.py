"""The Open Inference Protocol: infer with JSON and with bytes, outputs by name, metadata, health, refusals."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from core.api.protocols import tensors
from core.api.protocols.tensors import InputTensor
from core.errors import InvalidInput
from core.inference import readiness
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import KEY, said
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")
INFER = "/v2/models/toy/infer"
LENGTH = "Inference-Header-Content-Length"


def words(*values, **change):
    return {"name": "word", "shape": [len(values)], "datatype": "BYTES", "data": list(values), **change}


def elements(*values):
    return b"".join(struct.pack("<I", len(value)) + value for value in values)


def outputs(answer):
    assert answer.status_code == 200, answer.text
    return {output["name"]: output for output in answer.json()["outputs"]}


def test_every_output_comes_as_json_by_default(client):
    answer = client.post(INFER, json={"id": "42", "inputs": [words("cup", "bottle")]})
    body = answer.json()
    assert (body["model_name"], body["model_version"], body["id"]) == ("toy", "1", "42")
    told = outputs(answer)
    assert told["class"] == {"name": "class", "datatype": "BYTES", "shape": [2], "data": ["short", "long"]}
    assert told["score"] == {"name": "score", "datatype": "FP32", "shape": [2], "data": [0.9, 0.9]}
    assert told["abstained"]["data"] == [False, False]
    assert [json.loads(text)["echo"] for text in told["answer"]["data"]] == ["cup", "bottle"]
    assert the_store().count(Query(system="toy", source="api")) == 2


def test_outputs_are_asked_for_by_name(client):
    body = {"inputs": [words("cup")], "outputs": [{"name": "score"}, {"name": "class"}]}
    assert list(outputs(client.post(INFER, json=body))) == ["score", "class"]


def test_data_may_be_nested_and_a_row_may_be_a_list_of_fields(client):
    told = outputs(client.post(INFER, json={"inputs": [words(["cup"], ["bottle"], shape=[2, 1])]}))
    assert told["class"]["data"] == ["short", "long"]
    unnamed = words("cup", "jug", name="input-0")
    assert outputs(client.post(INFER, json={"inputs": [unnamed]}))["class"]["data"] == ["short", "short"]


def test_inputs_and_outputs_may_lie_behind_the_json(client):
    data = elements(b"cup", "größer".encode())
    head = json.dumps(
        {
            "inputs": [
                {"name": "word", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(data)}}
            ],
            "outputs": [
                {"name": "class", "parameters": {"binary_data": True}},
                {"name": "answer"},
                {"name": "score", "parameters": {"binary_data": True}},
            ],
        }
    ).encode()
    answer = client.post(INFER, content=head + data, headers={LENGTH: str(len(head))})
    assert answer.status_code == 200, answer.text
    length = int(answer.headers[LENGTH])
    told = json.loads(answer.content[:length])
    assert [output["parameters"]["binary_data_size"] for output in told["outputs"] if "data" not in output] == [17, 8]
    assert json.loads(told["outputs"][1]["data"][1])["echo"] == "größer"
    behind = answer.content[length:]
    assert behind[:17] == elements(b"short", b"long")
    assert np.frombuffer(behind[17:], "<f4").tolist() == pytest.approx([0.9, 0.9])


def test_all_outputs_come_as_bytes_where_the_request_says_so(client):
    body = {"inputs": [words("cup", "")], "parameters": {"binary_data_output": True}}
    answer = client.post(INFER, json=body)
    head = json.loads(answer.content[: int(answer.headers[LENGTH])])
    sizes = [output["parameters"]["binary_data_size"] for output in head["outputs"]]
    assert sum(sizes) == len(answer.content) - int(answer.headers[LENGTH])


def test_an_instance_that_fails_has_its_reason_at_its_place(client):
    told = outputs(client.post(INFER, json={"inputs": [words("cup", "")]}))
    assert told["class"]["data"] == ["short", ""]
    assert told["score"]["data"] == [0.9, 0.0]
    assert told["abstained"]["data"] == [False, True]
    assert "word" in told["error"]["data"][1]


def test_a_version_stands_in_the_address(client):
    answer = client.post("/v2/models/toy/versions/2/infer", json={"inputs": [words("cup")]})
    assert answer.json()["model_version"] == "2"
    assert client.get("/v2/models/toy/versions/2").json()["versions"] == ["2"]


def test_the_metadata_name_versions_and_tensors(client):
    told = client.get("/v2/models/toy").json()
    assert (told["name"], told["versions"], told["platform"]) == ("toy", ["1", "2"], "lookout")
    assert told["inputs"] == [{"name": "word", "datatype": "BYTES", "shape": [-1]}]
    assert {"name": "score", "datatype": "FP32", "shape": [-1]} in told["outputs"]
    assert client.get("/v2").json() == {"name": "lookout", "version": "1", "extensions": ["binary_tensor_data"]}


def test_health_tells_when_it_is_ready(client, monkeypatch):
    assert client.get("/v2/health/live").json() == {"live": True}
    monkeypatch.setitem(readiness._readiness, "problem", "The models are still being loaded.")
    assert said(client.get("/v2/health/ready"), 503) == "The models are still being loaded."
    assert said(client.get("/v2/models/toy/ready"), 503)
    monkeypatch.setitem(readiness._readiness, "problem", None)
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/toy/ready").json() == {"name": "toy", "ready": True}
    assert said(client.get("/v2/models/nobody/ready"), 404)
    assert said(client.get("/v2/models/toy/versions/9/ready"), 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"inputs": []},
        {"inputs": [words("cup", shape=[2])]},
        {"inputs": [words("cup", shape=[])] * 2},
        {"inputs": [words("cup", shape=[-1])]},
        {"inputs": [words("cup", datatype="TEXT")]},
        {"inputs": [words("cup", data=None)]},
        {"inputs": [words("cup"), words("cup", name="other")]},
        {"inputs": [words("cup")], "outputs": [{"name": "none"}]},
        {"inputs": [words("cup")], "outputs": [{"name": "class", "parameters": {"classification": 2}}]},
        {"inputs": [words("cup", parameters={"binary_data_size": 7})]},
        {"inputs": [words("x", datatype="FP32")]},
        {"inputs": [words(10**400, datatype="INT64")]},
        {"inputs": [words("")]},
    ],
)
def test_a_request_that_does_not_add_up_is_400(client, body):
    assert said(client.post(INFER, json=body), 400)


@pytest.mark.parametrize("length", ["-1", "x", "999999", "٣"])
def test_a_wrong_length_of_the_json_is_400(client, length):
    answer = client.post(INFER, json={"inputs": [words("cup")]}, headers={LENGTH: length.encode()})
    assert said(answer, 400)


@pytest.mark.parametrize("data", [b"\x03\0\0\0cu", b"\x03\0\0", b"\xff\xff\xff\xff"])
def test_elements_that_break_off_are_refused(data):
    with pytest.raises(InvalidInput):
        tensors.column_of(InputTensor(name="word", shape=[1], datatype="BYTES"), data)


@pytest.mark.parametrize("data_type", tensors.NUMBER_TYPES)
def test_numbers_of_every_type_are_read_from_json_and_from_bytes(data_type):
    values = [True, False] if data_type == "BOOL" else [1, 2]
    tensor = InputTensor(name="x", shape=[2], datatype=data_type, data=values)
    assert tensors.column_of(tensor, None) == values
    assert tensors.column_of(tensor, np.array(values, tensors.NUMBER_TYPES[data_type]).tobytes()) == values


def test_rows_of_several_numbers_are_lists_and_nan_is_not_known():
    numbers = np.array([37.7749, -122.4194, np.nan, 1.0], "<f4")
    tensor = InputTensor(name="x", shape=[2, 2], datatype="FP32")
    assert tensors.column_of(tensor, numbers.tobytes()) == [[37.7749, -122.4194], [None, 1.0]]


def test_unknown_models_and_paths_are_refused_in_the_same_form(client):
    assert said(client.post("/v2/models/nobody/infer", json={"inputs": [words("cup")]}), 404)
    for path in ("/v2/repository/index", "/v2/models/toy/config", "/v2/models/toy/stats", "/v2/health"):
        assert said(client.get(path), 404)
    assert said(client.get(INFER), 405)


def test_health_needs_no_key_and_everything_else_does(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    assert client.get("/v2/health/live").status_code == 200
    for path in ("/v2/models/toy", "/v2/models/toy/ready"):
        assert said(client.get(path), 401)
    assert said(client.post(INFER, json={"inputs": [words("cup")]}), 401)
