"""Requests whose callers had hung up before the server came to read them cost no work and leave no row."""

from __future__ import annotations

import signal
import socket
import sys
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from core.store import Query, Store
from tests.serving.conftest import ask, told

pytestmark = pytest.mark.e2e

COUNT = 20


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel is not asked")
def test_who_had_hung_up_before_its_request_was_read_is_not_worked_for(start_toy):
    server = start_toy()
    address = urlsplit(server.url)
    body = b'{"model": "toy", "instances": [{"word": "gone"}]}'
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    server.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(COUNT):
            with socket.create_connection((address.hostname, address.port), timeout=10) as line:
                line.sendall(head % len(body) + body)
        time.sleep(0.5)
    finally:
        server.process.send_signal(signal.SIGCONT)
    answer, _ = ask(server, "cup")
    metrics = httpx2.get(f"{server.url}/metrics", timeout=20).text
    assert f'lookout_queue_drops_total{{reason="gone"}} {COUNT}.0' in metrics
    server.stop()
    log = Store(f"sqlite:///{server.folder / 'data' / 'lookout.db'}")
    rows = log.rows(Query(), columns=("id",), limit=100)
    log.close()
    assert [row["id"] for row in rows] == told([answer])
