"""What the REST API cannot do is refused in one form with its own status, and never tells what is inside."""

from __future__ import annotations

import pytest

from core import errors
from core.api import forms
from core.errors import HostUnavailable, LookoutError
from core.store import store as the_store
from tests.api.conftest import ask, assert_refused

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.parametrize(
    "path", ["nobody", "%00", "%F0%9F%A7%B4", "%ED%A0%80", "x" * 3000, "..%2f..%2fetc%2fpasswd", "' OR 1=1 --"]
)
def test_a_prediction_that_is_not_in_the_log_is_404(client, path):
    answer = client.get(f"/predictions/{path}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "detail"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/predict", 405), ("DELETE", "/feedback", 405), ("POST", "/healthz", 405)],
)
def test_an_unknown_path_or_method_is_refused_in_the_same_form(client, method, path, status):
    answer = client.request(method, path)
    assert_refused(answer, status, "http_error")
    assert ("allow" in answer.headers) == (status == 405)  # RFC 9110, 15.5.6


def test_another_host_that_is_away_is_no_fault_of_this_one(client, monkeypatch):
    def away(_id):
        raise HostUnavailable("Expected terrain tiles from tiles.example. Received no connection. Try again later.")

    monkeypatch.setattr(the_store(), "prediction", away)
    body = assert_refused(client.get("/predictions/some-id"), 502, "host_unavailable")
    assert body["detail"].startswith("Expected terrain tiles from tiles.example.")


def test_every_error_on_purpose_has_its_status():
    classes = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LookoutError)}
    faults = {LookoutError, errors.Cancelled, errors.DamagedArtefact, errors.InvalidSetting, errors.MissingPart}
    assert classes - set(forms.STATUS) == faults | {errors.UnsafeConfiguration}  # which the gate answers


def test_an_unexpected_fault_is_told_without_its_inside(client, monkeypatch):
    def broken(_rows):
        raise RuntimeError("internal detail")

    monkeypatch.setattr(the_store(), "log", broken)
    answer = ask(client, "cup")
    assert_refused(answer, 500, "internal")
    assert "internal detail" not in answer.text
