"""SIGTERM under load: what was taken on is answered, exit code 0, within the drain's limit."""

from __future__ import annotations

import threading
import time

import httpx2
import pytest

from core.serving.process import DRAIN_SECONDS

pytestmark = pytest.mark.e2e

BODY = {"model": "toy", "instances": [{"word": "cup"}]}


class Retrying(threading.Thread):
    """A caller behind a proxy that retries connects: each request on a new connection; refused connects end it."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.statuses, self.broken = url, [], []

    def run(self):
        while True:
            try:
                self.statuses.append(httpx2.post(f"{self.url}/predict", json=BODY, timeout=30).status_code)
            except httpx2.ConnectError:
                return
            except httpx2.HTTPError as problem:
                self.broken.append(repr(problem))
                return


@pytest.mark.parametrize("pages", ["off", "on"])
def test_sigterm_finishes_what_was_taken_on_and_exits_with_0(start_toy, pages):
    server = start_toy(LOOKOUT_PAGES=pages)
    callers = [Retrying(server.url) for _ in range(8)]
    for caller in callers:
        caller.start()
    while sum(len(caller.statuses) for caller in callers) < 40:
        time.sleep(0.05)
    started = time.monotonic()
    server.process.terminate()
    assert server.process.wait(DRAIN_SECONDS + 20) == 0, server.said
    assert time.monotonic() - started < DRAIN_SECONDS + 10
    for caller in callers:
        caller.join(30)
    assert [caller.broken for caller in callers if caller.broken] == []
    assert {status for caller in callers for status in caller.statuses} == {200}
