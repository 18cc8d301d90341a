"""Spans over OTLP: a real server sends them to a real receiver; without the setting nothing of it is loaded."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from core.settings import CHECKOUT
from tests.support import toys

pytestmark = pytest.mark.e2e

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class SpanReceiver(ThreadingHTTPServer):
    """A receiver of OTLP over HTTP on the loopback; keeps the spans, and the names of their services."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.spans: list = []
        self.services: set[str] = set()
        self.paths: set[str] = set()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def keep(self, path: str, body: bytes) -> None:
        self.paths.add(path)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                pair.value.string_value for pair in resource.resource.attributes if pair.key == "service.name"
            }
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def end(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class _Receiving(BaseHTTPRequestHandler):
    server: SpanReceiver

    def do_POST(self):
        self.server.keep(self.path, self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):  # noqa: A002 - the standard library's name
        pass


@pytest.fixture
def receiver():
    running = SpanReceiver()
    yield running
    running.end()


def attributes(span) -> dict:
    return {
        pair.key: pair.value.string_value or [each.string_value for each in pair.value.array_value.values]
        for pair in span.attributes
    }


def test_a_request_is_a_span_in_the_callers_trace_with_its_stages_inside(receiver, start_server, tmp_path):
    environment = toys.install(tmp_path / "toy")
    server = start_server(**environment, LOOKOUT_PAGES="off", LOOKOUT_ALERTS="off", LOOKOUT_OTLP_ENDPOINT=receiver.url)
    body = {"model": "toy", "instances": [{"word": "cup"}, {"word": "bottle"}]}
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "from-the-caller"}
    answer = httpx2.post(f"{server.url}/predict", json=body, headers=headers, timeout=60).json()
    server.stop()  # what was not yet sent is sent at the end
    assert receiver.paths == {"/v1/traces"}
    assert receiver.services == {"lookout"}
    spans = {span.name: span for span in receiver.spans if span.trace_id.hex() == TRACE}
    request = spans["POST /predict"]
    assert request.parent_span_id.hex() == PARENT
    said = attributes(request)
    assert said["lookout.request_id"] == "from-the-caller"
    assert said["lookout.prediction_ids"] == [each["prediction_id"] for each in answer["predictions"]]
    assert (said["lookout.system"], said["lookout.version"], said["http.route"]) == ("toy", "1", "/predict")
    by_id = {span.span_id: span for span in spans.values()}
    for name in ("validate", "predict", "log"):
        span = spans[name]
        while span is not request:  # up to the request, over whatever FastAPI puts between
            assert span.start_time_unix_nano >= request.start_time_unix_nano
            assert span.end_time_unix_nano <= request.end_time_unix_nano
            span = by_id[span.parent_span_id]
    assert spans["validate"].end_time_unix_nano <= spans["predict"].start_time_unix_nano
    assert spans["predict"].end_time_unix_nano <= spans["log"].start_time_unix_nano
    lines = [
        json.loads(line) for line in (server.folder / "server.log").read_text().splitlines() if line.startswith("{")
    ]
    [line] = [line for line in lines if line.get("route") == "/predict"]
    assert (line["trace_id"], line["span_id"]) == (TRACE, request.span_id.hex())


def test_a_receiver_that_is_away_costs_no_answer(start_server, tmp_path):
    environment = toys.install(tmp_path / "toy")
    server = start_server(
        **environment, LOOKOUT_PAGES="off", LOOKOUT_ALERTS="off", LOOKOUT_OTLP_ENDPOINT="http://127.0.0.1:9"
    )
    for _ in range(3):
        started = time.monotonic()
        answer = httpx2.post(f"{server.url}/predict", json={"model": "toy", "input": {"word": "cup"}}, timeout=60)
        assert answer.status_code == 200
        assert time.monotonic() - started < 5
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 6


def test_without_the_setting_nothing_of_it_is_imported(tmp_path):
    program = """
import sys
from fastapi.testclient import TestClient
from core import api
with TestClient(api.app) as client:
    answer = client.post("/predict", json={"model": "toy", "input": {"word": "cup"}})
    assert answer.status_code == 200, answer.text
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))))
"""
    assert ended(program, tmp_path, **toys.install(tmp_path / "toy")).stdout.strip().splitlines()[-1] == "[]"


def test_where_the_library_is_missing_the_start_says_what_to_install(tmp_path):
    program = """
import sys
sys.modules["opentelemetry.sdk"] = None  # as the import system remembers what is not there
from core import __main__
sys.argv = ["core", "serve"]
__main__.main()
"""
    refused = ended(program, tmp_path, LOOKOUT_OTLP_ENDPOINT="http://127.0.0.1:4318", check=False)
    assert refused.returncode == 2
    assert re.search(r"LOOKOUT_OTLP_ENDPOINT.*not installed: pip install '\.\[tracing\]'", refused.stderr)
    assert "Traceback" not in refused.stderr


def ended(program: str, folder, *, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python process that ran the program."""
    variables = {**os.environ, "LOOKOUT_DATA_DIR": str(folder / "data"), "LOOKOUT_ALERTS": "off", **environment}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env=variables,
        capture_output=True,
        text=True,
        check=check,
        timeout=120,
    )
