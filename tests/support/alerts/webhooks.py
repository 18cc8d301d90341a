"""A receiver of webhooks on the loopback: answers what it has planned, then 204, and keeps what came."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    server: WebhookReceiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), json.loads(body)))
        status = self.server.planned.pop(0) if self.server.planned else 204
        if status is None:
            self.server.ending.wait(20)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):  # noqa: A002 - the standard library's name
        pass


class WebhookReceiver(ThreadingHTTPServer):
    """Runs in a thread from its start to `end`. planned: the next answers' statuses; None is no answer."""

    def __init__(self, *planned: int | None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.received: list[tuple[dict[str, str], dict]] = []
        self.planned, self.ending = list(planned), threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alerts"

    def end(self) -> None:
        self.ending.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
