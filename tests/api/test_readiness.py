"""The API says that it lives, and that it is ready once its models are loaded and its log can be reached."""

from __future__ import annotations

import pytest

from core import inference
from core.errors import StoreUnavailable
from core.inference import readiness
from core.store import store as the_store
from tests.api.conftest import assert_refused

pytestmark = pytest.mark.usefixtures("toy")


def test_the_process_says_that_it_lives(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_only_after_the_warm_up(client, monkeypatch):
    monkeypatch.setitem(readiness._readiness, "problem", "The models are still being loaded.")
    assert_refused(client.get("/readyz"), 503, "not_ready")
    inference.warm_up()
    assert client.get("/readyz").json() == {"status": "ready"}


def test_it_is_not_ready_while_the_log_cannot_be_reached(client, monkeypatch):
    def gone():
        raise StoreUnavailable("The prediction log is away.")

    monkeypatch.setitem(readiness._readiness, "problem", None)
    monkeypatch.setattr(the_store(), "ping", gone)
    assert_refused(client.get("/readyz"), 503, "store_unavailable")
