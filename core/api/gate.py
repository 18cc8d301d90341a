"""What every request passes first: no open door, no endless body; and what every answer passes last: readable JSON."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from fastapi import Header
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import telemetry
from core.errors import refusal
from core.security import identities
from core.security.photos import BYTES_PER_MB
from core.settings import settings
from core.store.tables import storable_json

WATCHING = ("/healthz", "/metrics", "/ping", "/readyz", "/v2/health/live", "/v2/health/ready")
"""Paths of whoever watches, who is no work: their lines in the log are for DEBUG unless they fail."""


async def caller(authorization: str | None = Header(None)) -> str:
    """Who calls, by API key. Async, for it waits for nothing: FastAPI would send a plain function to a thread."""
    return identities.identify(authorization)


class PlainJSON(JSONResponse):
    """JSON that every client can read: no NaN, no lone surrogates, whatever a system or a caller put in."""

    def render(self, content: Any) -> bytes:
        """The content as bytes; what no JSON reader takes is replaced."""
        return super().render(storable_json(content))


class Gate:
    """Refuses a body over the limit while it arrives, before it is parsed; counts each request by its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its bytes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _is_open_door(scope):
            detail = refusal(
                "API keys, for this address can be reached from other machines",
                "no LOOKOUT_API_KEYS",
                "Start the server with `python -m core serve`, which says what to set.",
            )
            await PlainJSON({"error": "unsafe_configuration", "detail": detail}, 403)(scope, receive, send)
            return
        limit = settings().max_request_mb * BYTES_PER_MB
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            detail = _too_large_sentence(int(declared))
            await PlainJSON({"error": "too_large", "detail": detail}, 413)(scope, receive, send)
            return
        received, status = 0, 500

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, _too_large_sentence(received))
            return message

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        working = telemetry.IN_PROGRESS if scope["path"] not in WATCHING else None
        if working:
            working.inc()
        try:
            await self.app(scope, counted, watched)
        finally:  # by route, so that ids in paths make no new series
            route = getattr(scope.get("route"), "path", "unknown")
            telemetry.REQUESTS.labels(route, scope["method"], status).inc()
            if working:
                working.dec()


def _is_open_door(scope: Scope) -> bool:
    """Whether others could have sent this without a key. `serve` refuses that at start; another server may not."""
    if settings().keys:
        return False
    try:
        return not ip_address((scope.get("server") or ("",))[0]).is_loopback
    except ValueError:
        return False  # a socket in the file system, or a test


def _too_large_sentence(received: int) -> str:
    return refusal(
        f"a request of up to {settings().max_request_mb:g} MB",
        f"{received / BYTES_PER_MB:.0f} MB or more",
        "Send it in several requests.",
    )
