"""A map as a page on the loopback, with the files that it needs, for a browser to open."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.maps import assets

KINDS = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}


@contextmanager
def served(html: str) -> Iterator[str]:
    """The address of the page while the block runs."""

    class Answers(http.server.BaseHTTPRequestHandler):
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

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
