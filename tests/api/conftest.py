"""A client of the REST API, and the toy system to ask."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from core import api
from tests.support import toys

KEY = "a-key-of-sixteen-characters"
JSON = {"content-type": "application/json"}


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Versions 1 and 2 of the toy system."""
    toys.known(monkeypatch, toys.install(tmp_path / "toy", versions=("1", "2")))


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what differs between the stores is tested in tests/store and tests/inference."""
    return f"sqlite:///{tmp_path / 'lookout.db'}"


@pytest.fixture
def client(store):
    """The API without its lifespan, so that a test decides what is warm."""
    return TestClient(api.app, raise_server_exceptions=False)


def ask(client, *words, **more):
    return client.post("/predict", json={"model": "toy", "instances": [{"word": word} for word in words], **more})


def assert_refused(answer, status, error):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] == error
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return body


def said(answer, status):
    """The one sentence of a refusal below /v1 and /v2."""
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]
