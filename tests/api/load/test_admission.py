"""What predicts waits its turn, is refused in the API's form, and is dropped where nobody waits any more."""

from __future__ import annotations

import asyncio
import json

import pytest

from core.api.load import admission
from core.api.load.admission import Admission, refuse_early
from tests.support import toys


@pytest.fixture(autouse=True)
def one_place(monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_REQUESTS_AT_ONCE": "1", "LOOKOUT_QUEUE_LENGTH": "2"})


class Work:
    """An app that answers when it is told to, and remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.go_on = asyncio.Event()

    async def __call__(self, scope, receive, send):
        body = (await receive())["body"]
        self.reached.append(body.decode())
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Request:
    """One request to the app, and what came back."""

    def __init__(self, app, body="", path="/predict", method="POST", **headers):
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope = {"type": "http", "method": method, "path": path, "headers": pairs, "client": ("1.2.3.4", 5)}
        self.messages = [{"type": "http.request", "body": body.encode(), "more_body": False}]
        self.sent, self.gone = [], asyncio.Event()
        self.task = asyncio.ensure_future(app(self.scope, self.receive, self.send))

    async def receive(self):
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


def story(tell):
    """Run `tell(work, app)` in a loop."""

    async def run():
        work = Work()
        await tell(work, Admission(work))

    asyncio.run(run())


def test_the_second_waits_for_the_first_and_both_are_answered():
    async def tell(work, app):
        first, second = Request(app, "first"), Request(app, "second")
        await settle()
        assert work.reached == ["first"]
        work.go_on.set()
        await asyncio.gather(first.task, second.task)
        assert work.reached == ["first", "second"]
        assert [first.status, second.status] == [200, 200]

    story(tell)


def test_one_too_many_is_refused_at_once_with_the_time_to_ask_again():
    async def tell(work, app):
        requests = [Request(app, str(number)) for number in range(4)]
        await settle()
        refused = requests[-1]
        assert refused.status == 503
        assert refused.headers["retry-after"] == "1"
        body = json.loads(refused.sent[1]["body"])
        assert body["error"] == "busy"
        assert "Retry-After" in body["detail"]
        work.go_on.set()
        await asyncio.gather(*(request.task for request in requests))
        assert [request.status for request in requests] == [200, 200, 200, 503]

    story(tell)


def test_who_hangs_up_while_waiting_is_dropped_before_any_work():
    async def tell(work, app):
        first, gone, last = Request(app, "first"), Request(app, "gone"), Request(app, "last")
        await settle()
        gone.gone.set()
        await settle()
        work.go_on.set()
        await asyncio.gather(first.task, gone.task, last.task)
        assert work.reached == ["first", "last"]
        assert gone.sent == []

    story(tell)


def test_whose_deadline_passes_while_waiting_is_told_so_and_not_worked_for():
    async def tell(work, app):
        first, late = Request(app, "first"), Request(app, "late", x_request_timeout="0.1")
        await asyncio.sleep(0.2)
        assert late.status == 503
        work.go_on.set()
        await asyncio.gather(first.task, late.task)
        assert work.reached == ["first"]

    story(tell)


def test_a_request_that_is_cancelled_while_it_waits_leaves_no_place_taken():
    async def tell(work, app):
        first, cancelled, last = Request(app, "first"), Request(app, "cancelled"), Request(app, "last")
        await settle()
        cancelled.task.cancel()
        await settle()
        work.go_on.set()
        await asyncio.gather(first.task, last.task)
        assert work.reached == ["first", "last"]
        again = Request(app, "again")
        await again.task
        assert again.status == 200

    story(tell)


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "1e9"])
def test_a_time_out_that_is_none_is_refused_in_words(value):
    async def tell(_work, app):
        request = Request(app, "x", request_timeout=value)
        await request.task
        assert request.status == 422
        assert value in json.loads(request.sent[1]["body"])["detail"]

    story(tell)


def test_reading_and_watching_do_not_wait():
    async def tell(work, app):
        first = Request(app, "first")
        reading = Request(app, "reading", method="GET", path="/predictions/1")
        await settle()
        assert work.reached == ["first", "reading"]
        work.go_on.set()
        await asyncio.gather(first.task, reading.task)

    story(tell)


def test_an_early_refusal_is_a_whole_answer_and_a_ticket_counts_once():
    async def tell(work, app):
        requests = [Request(app, str(number)) for number in range(2)]
        await settle()
        scope = {"type": "http", "method": "POST", "path": "/predict", "headers": [], "client": ("1.2.3.4", 5)}
        assert refuse_early(scope) is None
        assert scope[admission.TICKET].is_expected
        head, _, body = refuse_early({**scope}).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert f"content-length: {len(body)}".encode() in head
        assert json.loads(body)["error"] == "busy"
        work.go_on.set()
        await asyncio.gather(*(request.task for request in requests))

    story(tell)


def test_behind_a_proxy_nothing_is_decided_before_the_callers_address_is_known():
    async def tell(_work, _app):
        headers = [(b"x-forwarded-for", b"10.0.0.1")]
        scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers, "client": ("127.0.0.1", 5)}
        assert refuse_early(scope) is None
        assert admission.TICKET not in scope

    story(tell)
