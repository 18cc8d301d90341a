"""The API's own description against a real server: whatever fits or breaks it, no answer is a fault of the server."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from benchmarks.fuzz import operations
from tests.conftest import free_port

pytestmark = pytest.mark.e2e


def test_no_operation_that_is_listed_fails_whatever_is_sent(server, tmp_path):
    figures, said = operations.against(server.url, 5, 0, tmp_path)
    assert figures["request_failures"] == 0, said
    assert figures["operations"] == figures["operations_listed"] >= 9
    assert figures["requests"] > 10 * figures["operations"]
    assert server.process.poll() is None, server.said


def test_a_fault_is_seen(tmp_path):
    """The same check on an app that divides by what it is given."""
    import threading

    import uvicorn

    app, port = FastAPI(), free_port()

    @app.get("/divide")
    def divide(by: int) -> float:
        return 1 / by

    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        figures, said = operations.against(f"http://127.0.0.1:{port}", 20, 0, tmp_path)
    finally:
        running.should_exit = True
        thread.join()
    assert figures["request_failures"] == 1, said
    assert "Internal Server Error" in said
