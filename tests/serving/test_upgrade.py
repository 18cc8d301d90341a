"""A page's connection may rest for longer than headers may take, also where requests came over it before."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from core.serving.connections import HEADER_SECONDS

pytestmark = pytest.mark.e2e


def test_a_websocket_on_a_used_connection_is_not_cut(server):
    address = urlsplit(server.url)
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {server.url}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        with http.client.HTTPResponse(line) as answer:
            answer.begin()
            assert answer.read() == b'{"status":"ok"}'
        line.sendall(upgrade.encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 101")
        time.sleep(HEADER_SECONDS + 2)
        line.setblocking(False)
        with suppress(BlockingIOError):
            assert line.recv(4096) != b""  # a ping, perhaps; nothing at all would be an end
