"""Keys of the REST API: who has none is told nothing, who has one is named in the log."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from core import api
from tests.api.conftest import KEY, ask, assert_refused
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def guarded(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": f"sorting line:{KEY}"})
    return client


PROTECTED = [("POST", "/predict"), ("POST", "/feedback"), ("GET", "/predictions/x"), ("GET", "/metrics")]
PROTECTED += [("GET", "/predictions/x/files/y"), ("GET", "/jobs/x"), ("DELETE", "/jobs/x")]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": KEY}, {"x-api-key": KEY}])
def test_without_a_known_key_nothing_is_told(guarded, method, path, headers):
    answer = guarded.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert_refused(answer, 401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text


def test_with_a_key_the_log_knows_the_callers_name(guarded):
    guarded.headers["authorization"] = f"Bearer {KEY}"
    [prediction] = ask(guarded, "cup").json()["predictions"]
    assert guarded.get(f"/predictions/{prediction['prediction_id']}").json()["actor"] == "sorting line"


@pytest.mark.parametrize("path", ["/healthz", "/docs"])
def test_what_tells_nothing_needs_no_key(guarded, path):
    assert guarded.get(path).status_code == 200


def test_an_app_opened_to_others_by_another_server_refuses_without_keys(store, monkeypatch):
    stranger = TestClient(api.app, base_url="http://192.0.2.7:8501")
    assert_refused(ask(stranger, "cup"), 403, "unsafe_configuration")
    toys.known(monkeypatch, {"LOOKOUT_API_KEYS": KEY})
    assert_refused(ask(stranger, "cup"), 401, "unauthorised")
    stranger.headers["authorization"] = f"Bearer {KEY}"
    assert ask(stranger, "cup").status_code == 200
