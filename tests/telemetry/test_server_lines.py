"""What a whole server writes, pages and API on one port: JSON objects, or text for people."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.support import toys

pytestmark = pytest.mark.e2e
GREETING = ("You can now view your Streamlit app in your browser.", "URL: ")  # on standard output, for people


def lines_of(server) -> list[str]:
    written = [line.strip() for line in (server.folder / "server.log").read_text().splitlines()]
    return [line for line in written if line and not line.startswith(GREETING)]


def used_and_ended(server) -> None:
    """Ask the pages and the API for something, something unknown too, and end the server."""
    assert httpx2.get(server.url, timeout=60).status_code == 200
    body = {"model": "toy", "input": {"word": "cup"}}
    assert httpx2.post(f"{server.url}/predict", json=body, timeout=60).status_code == 200
    assert httpx2.get(f"{server.url}/predictions/unknown?token=secret", timeout=60).status_code == 404
    server.stop()


def test_every_line_of_a_server_with_pages_is_one_json_object(start_server, tmp_path):
    server = start_server(**toys.install(tmp_path / "toy"))
    used_and_ended(server)
    events = [json.loads(line) for line in lines_of(server)]
    assert {"ready", "request_answered"} <= {event["event"] for event in events}
    assert {"uvicorn.error"} <= {event.get("logger") for event in events}  # that it shuts down
    assert all({"level", "timestamp"} <= set(event) for event in events)
    assert "secret" not in json.dumps(events)


def test_as_text_the_lines_are_for_people(start_server, tmp_path):
    server = start_server(**toys.install(tmp_path / "toy"), LOOKOUT_PAGES="off", LOOKOUT_LOG_FORMAT="text")
    body = {"model": "toy", "input": {"word": "cup"}}
    answer = httpx2.post(f"{server.url}/predict", json=body, timeout=60)
    server.stop()
    [line] = [line for line in lines_of(server) if "/predict" in line]
    assert not line.startswith("{")
    assert f"request_id={answer.headers['x-request-id']}" in line
    assert "\x1b[" not in line  # no colours in a file
