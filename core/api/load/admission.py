"""Requests that work take their turn: refused at once if they come too late, dropped if nobody waits any more."""

from __future__ import annotations

import asyncio
import math
from typing import Any
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import telemetry
from core.api.load import metrics
from core.api.load.bodies import BodyBudget, CallerGone, SlowBody, read_body
from core.api.load.deadlines import deadline_of
from core.api.load.fair_queue import FairQueue, QueueRefusal, Ticket
from core.api.load.refusals import busy, busy_bytes, invalid_deadline, too_slow
from core.errors import InvalidInput, Unauthorised
from core.inference.log_check import log_check
from core.security import identities
from core.security.photos import BYTES_PER_MB
from core.serving.early import DROPPED, IS_GONE
from core.settings import settings

TICKET = "lookout.ticket"  # in the scope of a request that was looked at as soon as its headers were there
PAGES = "/_stcore/"  # paths of the pages' own
LOGGED = "/predictions/"  # paths that read the log
AWAY_SECONDS = 2.0  # until asking again may help while the log cannot be written [s]
BODIES = 4  # largest requests whose bodies may be in memory at the same time, half of them one caller's


class Lane:
    """The queue and the memory of one event loop."""

    def __init__(self) -> None:
        self.queue = FairQueue(settings().requests_at_once, settings().queue_length)
        self.budget = BodyBudget(int(BODIES * settings().max_request_mb * BYTES_PER_MB))


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane] = WeakKeyDictionary()


def lane() -> Lane:
    """The lane of the running event loop; tests have several loops."""
    loop = asyncio.get_running_loop()
    found = _lanes.get(loop)
    if found is None:
        found = _lanes[loop] = Lane()
    return found


def _count_waiting() -> None:
    """Let the metrics say how many wait; by value, so that other workers' requests can be added to them."""
    metrics.WAITING.set(sum(known.queue.waiting for known in list(_lanes.values())))


def refuse_early(scope: Scope) -> bytes | None:
    """The whole answer to a request that cannot be answered in time, made before any work is made of it."""
    if not _is_work(scope):
        return None
    if _is_gone(scope):
        lane().queue.overload.given_up()
        metrics.DROPPED.labels("gone").inc()
        return DROPPED
    if any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
        return None  # behind a proxy, the caller's address is known later
    try:
        ticket = _assess(scope)
    except InvalidInput:
        return None
    if isinstance(ticket, Ticket):
        scope[TICKET] = ticket
        return None
    metrics.REFUSED.labels(ticket.reason).inc()
    telemetry.REQUESTS.labels("refused", scope["method"], 503).inc()
    return busy_bytes(ticket.reason, _whole_seconds(ticket.wait))


class Admission:
    """ASGI middleware before whatever predicts or takes feedback, by whatever protocol: every POST."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if not _is_work(scope):
            if log_check.problem and scope["type"] == "http" and scope["path"].startswith(LOGGED):
                await _refuse(QueueRefusal("log", AWAY_SECONDS), scope, receive, send)  # it would hold a thread
                return
            await self.app(scope, receive, send)
            return
        try:
            ticket = scope.pop(TICKET, None) or _assess(scope)
        except InvalidInput as problem:
            await invalid_deadline(problem)(scope, receive, send)
            return
        if isinstance(ticket, QueueRefusal):
            await _refuse(ticket, scope, receive, send)
            return
        await self._admit(lane(), ticket, (scope, receive, send))

    async def _admit(self, here: Lane, ticket: Ticket, call: tuple[Scope, Receive, Send]) -> None:
        """Read the body within the memory there is, wait for the turn, pass on."""
        scope, receive, send = call
        held = 0
        try:
            async with asyncio.timeout(ticket.deadline - here.queue.clock()):
                held = await here.budget.take(ticket.size, ticket.caller)
        except TimeoutError:
            await _refuse(QueueRefusal("memory", 1.0), scope, receive, send)
            return
        try:
            try:
                body: bytes | HTTPException = await read_body(receive)
            except HTTPException as problem:  # over the limit: answered by whoever answers that otherwise
                body = problem
            except SlowBody:
                metrics.REFUSED.labels("slow").inc()
                await too_slow()(scope, receive, send)
                return
            except CallerGone:
                metrics.DROPPED.labels("gone").inc()
                return
            await self._take_turn(here, ticket, _replay(body, receive), call)
        finally:
            here.budget.give_back(held, ticket.caller)

    async def _take_turn(self, here: Lane, ticket: Ticket, replay: Receive, call: tuple[Scope, Receive, Send]) -> None:
        turn, is_served = here.queue.enter(ticket), False
        _count_waiting()
        try:
            if turn is not None:
                dropped = await _waited(turn, call[1], ticket.deadline - here.queue.clock())
                if dropped:
                    metrics.DROPPED.labels(dropped).inc()
                    if dropped == "deadline":
                        await _refuse(QueueRefusal("deadline", here.queue.wait_of(ticket.caller)), *call)
                    return
            if log_check.problem:
                await _refuse(QueueRefusal("log", AWAY_SECONDS), *call)
                return
            if _is_gone(call[0]):
                here.queue.overload.given_up()
                metrics.DROPPED.labels("gone").inc()
                return
            metrics.WAIT.observe(here.queue.clock() - ticket.arrived)
            is_served = True
            await self.app(call[0], replay, call[2])
        finally:  # also where this task was cancelled while it waited
            here.queue.leave(ticket)
            here.queue.finish(ticket, is_served)
            _count_waiting()


async def _waited(turn: asyncio.Future[None], receive: Receive, seconds: float) -> str | None:
    """Wait for the turn; `gone` if the caller hung up before, `deadline` if that passed."""
    gone = asyncio.ensure_future(receive())  # the message after the whole body says that the caller is gone
    both: list[asyncio.Future[Any]] = [turn, gone]
    try:
        await asyncio.wait(both, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if gone.done() and not gone.cancelled():
        return "gone"
    return None if turn.done() else "deadline"


def _replay(body: bytes | HTTPException, receive: Receive) -> Receive:
    """Gives the body that was read, once, or raises what reading it raised; then what comes after it."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        if isinstance(body, HTTPException):
            raise body
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(refusal: QueueRefusal, scope: Scope, receive: Receive, send: Send) -> None:
    metrics.REFUSED.labels(refusal.reason).inc()
    await busy(refusal.reason, _whole_seconds(refusal.wait))(scope, receive, send)


def _whole_seconds(wait: float) -> int:
    return max(1, math.ceil(wait))


def _is_work(scope: Scope) -> bool:
    """Whether this may predict or take feedback: every POST but those of the pages."""
    return scope["type"] == "http" and scope["method"] == "POST" and not scope["path"].startswith(PAGES)


def _is_gone(scope: Scope) -> bool:
    """Whether the caller has hung up, where the server can tell; else it is heard of later."""
    is_gone = scope.get(IS_GONE)
    return is_gone is not None and bool(is_gone())


def _assess(scope: Scope) -> Ticket | QueueRefusal:
    """A ticket for the queue, or why there is none. Raises InvalidInput for a deadline that is none."""
    queue, headers = lane().queue, dict(scope["headers"])
    now = queue.clock()
    size = _size(headers)
    ticket = Ticket(_caller(scope, headers), _kind(scope["path"], size), now + deadline_of(headers), now, size)
    if log_check.problem:
        return QueueRefusal("log", AWAY_SECONDS)
    return queue.refusal(ticket) or ticket


def _caller(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Whose turn it is: the name of the API key, else the client's address."""
    if settings().keys:
        try:
            return f"key {identities.identify(headers.get(b'authorization', b'').decode('latin-1'))}"
        except Unauthorised:  # refused later; until then it stands behind its address
            pass
    return f"address {(scope.get('client') or ('',))[0]}"


def _size(headers: dict[bytes, bytes]) -> int:
    """Bytes of the body as declared; of one that comes in chunks, the most that are allowed."""
    if b"transfer-encoding" in headers:
        return int(settings().max_request_mb * BYTES_PER_MB)
    declared = headers.get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


def _kind(path: str, size: int) -> str:
    """Requests that take about the same time: one path, bodies of the same power of two."""
    return f"{path} {size.bit_length()}"
