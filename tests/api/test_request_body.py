"""Bodies that the REST API cannot read are refused in one form: wrong JSON, wrong fields, too much of it."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import api
from core.store import store as the_store
from tests.api.conftest import JSON, ask, assert_refused
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")


WRONG = {
    "nothing at all": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "a list": b"[]",
    "a text": b'"abc"',
    "null": b"null",
    "an empty object": b"{}",
    "no model": b'{"instances": [1]}',
    "two forms at once": b'{"model": "toy", "instances": [1], "input": 1}',
    "image and input": b'{"input": 1, "image": "x"}',
    "a misspelt field": b'{"model": "toy", "instance": [1]}',
    "a field too many": b'{"model": "toy", "instances": [1], "colour": "red"}',
    "instances that are no list": b'{"model": "toy", "instances": {"word": "cup"}}',
    "a model that is no text": b'{"model": 5, "input": 1}',
    "a version that is no text": b'{"model": "toy", "input": 1, "version": 1}',
    "an instance of another kind": b'{"model": "toy", "input": 17}',
    "a field that is not a text": b'{"model": "toy", "input": {"word": NaN}}',
    "infinity": b'{"model": "toy", "input": {"word": -Infinity}}',
    "a number of 5,000 digits": b'{"model": "toy", "input": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"model": "toy", "input": 1e999999}',
    "nested 100,000 deep": b"[" * 100_000,
    "nested 100,000 deep and closed": b'{"model": "toy", "input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested 900 deep": b'{"model": "toy", "input": ' + b"[" * 900 + b"]" * 900 + b"}",
    "nested objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "Latin-1": '{"model": "toy", "input": {"wörd": 1}}'.encode("latin-1"),
    "a byte that is no text": b'{"model": "toy\xff", "input": 1}',
    "a key that is a lone surrogate": b'{"\\ud800": 1, "model": "toy", "input": 1}',
    "the same key twice": b'{"model": "toy", "input": {"word": "", "word": ""}}',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_body_is_422_in_the_one_form_of_refusal(client, body):
    answer = assert_refused(client.post("/predict", content=body, headers=JSON), 422, "invalid_input")
    assert len(answer["detail"]) < 500
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "nonsense", "text/html; charset=utf-8"])
def test_a_content_type_that_nobody_reads_is_422_and_says_which_are(client, kind):
    body = json.dumps({"model": "toy", "input": {"word": "cup"}})
    answer = client.post("/predict", content=body, headers={"content-type": kind})
    assert "application/json" in assert_refused(answer, 422, "invalid_input")["detail"]


@pytest.mark.parametrize("count", [0, 11])
def test_too_few_or_too_many_instances_are_refused(client, monkeypatch, count):
    toys.known(monkeypatch, {"LOOKOUT_MAX_INSTANCES": "10"})
    assert ask(client, *["cup"] * 10).status_code == 200
    body = assert_refused(ask(client, *["cup"] * count), 413, "too_large")
    assert f"Expected 1 to 10 instances. Received {count}." in body["detail"]


def test_a_body_over_the_limit_is_refused_by_its_declared_length(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_REQUEST_MB": "0.001"})
    assert_refused(client.post("/predict", content=b"x" * 1001, headers=JSON), 413, "too_large")


def test_a_body_over_the_limit_is_refused_while_it_arrives(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_REQUEST_MB": "0.001"})
    sent = []

    def endless():
        for _ in range(100):
            sent.append(1)
            yield b"x" * 500

    assert_refused(client.post("/predict", content=endless(), headers=JSON), 413, "too_large")
    assert client.post("/predict", content=iter([b" " * 500]), headers=JSON).status_code == 422


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


fields = st.sampled_from(["model", "version", "instances", "input", "image"])
tensor = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["word", "x"]),
        "shape": values,
        "datatype": st.sampled_from(["BYTES", "FP32", "BOOL", "x"]),
    },
    optional={"data": values, "parameters": st.fixed_dictionaries({"binary_data_size": values})},
)
of_protocols = st.fixed_dictionaries(
    {},
    optional={
        "instances": values,
        "inputs": values | st.lists(tensor, max_size=2),
        "outputs": values,
        "dataframe_split": values | st.fixed_dictionaries({"columns": values, "data": values}),
        "dataframe_records": values,
        "signature_name": values,
    },
)


bodies = values | st.dictionaries(fields, st.sampled_from(["toy", "waste", "1"]) | values, max_size=4)


@pytest.mark.parametrize("path", ["/predict", "/feedback"])
@given(body=bodies)
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_whatever_gets_an_answer_or_a_refusal_and_never_a_fault(path, body, tmp_path):
    with_toy = TestClient(api.app, raise_server_exceptions=False)
    from core.migrations import migrate

    migrate(the_store())
    answer = with_toy.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code in (200, 201, 404, 413, 422)
    if answer.status_code >= 400:
        assert {"error", "detail"} <= set(answer.json())


@pytest.mark.parametrize("path", ["/v1/models/toy:predict", "/v2/models/toy/infer", "/invocations?model=toy"])
@given(body=values | of_protocols)
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_whatever_is_answered_or_refused_by_every_protocol(client, path, body):
    answer = client.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code in (200, 400, 404, 413), answer.text
    if answer.status_code >= 400:
        assert answer.json().get("error") or answer.json().get("message")
