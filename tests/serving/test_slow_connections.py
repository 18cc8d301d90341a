"""Connections whose headers or bodies do not come are cut, and nobody waits for them meanwhile."""

from __future__ import annotations

import http.client
import select
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import pytest

pytestmark = pytest.mark.e2e

COUNT = 40
LIMIT = 25  # s: ten by which headers are to be there, and a busy machine
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"


def slow_connections(server):
    """Connections that send nothing, half their headers, or half their body."""
    address = urlsplit(server.url)
    for number in range(COUNT):
        line = socket.create_connection((address.hostname, address.port), timeout=10)
        line.sendall((b"", HEAD, HEAD + b"\r\n{")[number % 3])
        yield line


def is_cut(line):
    """Whether the server hung up; what it said before is read."""
    with suppress(BlockingIOError):
        try:
            return line.recv(65536) == b""
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize("pages", ["off", "on"])
def test_slow_connections_are_cut_and_hold_nobody_up(start_toy, pages):
    server = start_toy(LOOKOUT_PAGES=pages)
    lines = list(slow_connections(server))
    started = time.monotonic()
    body = {"model": "toy", "instances": [{"word": "cup"}]}
    assert httpx2.post(f"{server.url}/predict", json=body, timeout=20).status_code == 200
    left = list(lines)
    while left and time.monotonic() - started < LIMIT:
        readable, _, _ = select.select(left, [], [], 1)
        for line in readable:
            line.setblocking(False)
        left = [line for line in left if line not in readable or not is_cut(line)]
        for number, line in enumerate(lines):
            if line in left and (trickle := (b"", b"X", b" ")[number % 3]):
                with suppress(OSError):
                    line.send(trickle)
    assert left == []
    for line in lines:
        line.close()


def test_a_connection_may_rest_between_requests_and_send_its_body_in_parts(start_toy):
    server = start_toy()
    address = urlsplit(server.url)
    body = b'{"model": "toy", "instances": [{"word": "cup"}]}'
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        for _ in range(2):
            line.sendall(head + body[:10])
            time.sleep(1)
            line.sendall(body[10:])
            with http.client.HTTPResponse(line) as answer:
                answer.begin()
                assert answer.status == 200
                answer.read()
            time.sleep(1)
