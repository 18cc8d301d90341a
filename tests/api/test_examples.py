"""Every example of the API's description is sent, and answered by the shipped versions."""

from __future__ import annotations

import base64
import io
import json

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from core import api
from core.api.description import EXAMPLE_PHOTO, EXAMPLE_TABLE
from core.inference import readiness

PHOTO = base64.b64decode(EXAMPLE_PHOTO)


def parquet():
    """The table of the description as Parquet."""
    written = io.BytesIO()
    pd.read_csv(io.StringIO(EXAMPLE_TABLE)).to_parquet(written)
    return written.getvalue()


TENSOR = {"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(PHOTO) + 4}}
HEAD = json.dumps({"inputs": [TENSOR]}).encode()
INFER = {
    "content": HEAD + len(PHOTO).to_bytes(4, "little") + PHOTO,
    "headers": {"content-type": "application/octet-stream", "inference-header-content-length": str(len(HEAD))},
}
WITHOUT_EXAMPLE = {
    ("/v2/models/{model}/infer", "application/octet-stream"): INFER,
    ("/v2/models/{model}/versions/{version}/infer", "application/octet-stream"): INFER,
    ("/predict", "multipart/form-data"): {"files": [("image", ("photo.png", PHOTO, "image/png"))]},
    ("/predict", "application/vnd.apache.parquet"): {"content": parquet(), "params": {"model": "crime"}},
    ("/invocations", "image/*"): {"content": PHOTO, "headers": {"content-type": "image/png"}},
    ("/predict", "image/*"): {"content": PHOTO, "headers": {"content-type": "image/png"}},
    ("/predict", "application/octet-stream"): {"content": PHOTO, "params": {"model": "waste"}},
    ("/predict", "application/x-ndjson"): {
        "content": json.dumps({"image": EXAMPLE_PHOTO}) + "\n",
        "params": {"model": "waste"},
    },
}
"""Bodies that JSON cannot hold, by path and media type."""
QUERY = {
    ("/predict", "text/csv"): {"model": "crime"},
    ("/invocations", "text/csv"): {"model": "crime"},
    ("/invocations", "application/json"): {"model": "waste"},
}
"""What the address names for bodies that name no model."""


def described():
    """(method, path, what the description says) of each endpoint."""
    for path, methods in api.app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def requests():
    """(name, path, arguments) of every body that the description gives."""
    for _method, path, operation in described():
        parameters = {one["name"]: one["schema"].get("examples", [None])[0] for one in operation.get("parameters", [])}
        address = path.format(**{name: value for name, value in parameters.items() if value is not None} | IDS)
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            for name, example in content.get("examples", {}).items():
                body = example["value"] if isinstance(example["value"], str) else json.dumps(example["value"])
                arguments = {"content": body, "headers": {"content-type": kind}, "params": QUERY.get((path, kind), {})}
                yield f"{path} {kind} {name}", address, arguments
            if (path, kind) in WITHOUT_EXAMPLE:
                arguments = WITHOUT_EXAMPLE[path, kind]
                headers = {} if "files" in arguments else {"headers": {"content-type": kind}}
                yield f"{path} {kind}", address, {**headers, **arguments}


IDS = {"job_id": "none", "prediction_id": "none", "name": "none"}
REQUESTS = list(requests())


@pytest.fixture
def client(store):
    return TestClient(api.app, raise_server_exceptions=False)


@pytest.mark.parametrize(("address", "arguments"), [one[1:] for one in REQUESTS], ids=[one[0] for one in REQUESTS])
def test_an_example_is_answered(client, address, arguments):
    answer = client.post(address, **arguments)
    assert answer.status_code == 200, answer.text
    assert "error_code" not in answer.json()
    for prediction in answer.json().get("predictions", []):
        assert "error" not in prediction


def shown():
    """(path, address, example) of every answer to a GET that the description shows."""
    for method, path, operation in described():
        example = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("example")
        if method == "get" and example is not None:
            names = {one["name"]: one["schema"].get("examples", [""])[0] for one in operation.get("parameters", [])}
            yield path, path.format(**names), example


@pytest.mark.parametrize(("address", "example"), [one[1:] for one in shown()], ids=[one[0] for one in shown()])
def test_an_answer_has_the_fields_that_its_example_shows(client, monkeypatch, address, example):
    monkeypatch.setitem(readiness._readiness, "problem", None)
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert set(fields(example)) <= set(fields(answer.json()))


def fields(value, path=""):
    """The paths of all fields, a list's items alike."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from fields(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, f"{path}[]")


def test_every_body_has_an_example_and_every_answer_is_described():
    for _method, path, operation in described():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            is_shown = "examples" in content or (path, kind) in WITHOUT_EXAMPLE
            assert is_shown or path == "/feedback", f"{path} {kind} has no example"
        for status, answer in operation["responses"].items():
            assert answer["description"], f"{path} {status}"
            assert operation["summary"], path


def test_every_reference_of_the_description_leads_somewhere():
    schema = api.app.openapi()
    for name in set(_references(schema)):
        assert name in schema["components"]["schemas"], name


def _references(part):
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value.removeprefix("#/components/schemas/")
            yield from _references(value)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)
