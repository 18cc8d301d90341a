"""Real HTTP servers on the loopback: one answers what a test tells it, files by range too; one serves a map."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from core.maps import assets

KINDS = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    range: str | None


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b""
    announced: int | None = None  # length in the header, if it lies


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """The server's address, and what it was asked so far."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.respond()

        def do_HEAD(self) -> None:
            self.respond()

        def respond(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            asked.append(Asked(self.command, parts.path, query, self.headers.get("Range")))
            status, body, announced = answer(asked[-1])
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            self.close_connection = announced is not None
            if status == 200 and span:
                first, last = int(span[1]), min(int(span[2] or len(body) - 1), len(body) - 1)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
                body = body[first : last + 1]
            else:
                self.send_response(status)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(body) if announced is None else announced))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def served(html: str) -> Iterator[str]:
    """The address of the page while the block runs."""

    class MapFiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = assets.path_of(self.path.removeprefix(f"/{assets.PREFIX}/"))
            body = html.encode() if self.path == "/" else found.read_bytes() if found else b""
            kind = "text/html; charset=utf-8" if self.path == "/" else KINDS.get(Path(self.path).suffix, "text/plain")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), MapFiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
