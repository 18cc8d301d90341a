"""What every request gets around its answer: an id, its place in a trace, a line in the log, its metrics."""

from __future__ import annotations

import time

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import telemetry
from core.api.gate import WATCHING
from core.telemetry import answered_request, serving_names, spans
from core.telemetry.answered_request import AnsweredRequest
from core.telemetry.trace_context import TraceContext

CLIENT_GONE = 499  # nginx's word for a caller who went away before the answer
ID_HEADER = b"x-request-id"


def observe(app: FastAPI) -> None:
    """Put the access log around the whole app, around its answer to an unexpected problem too."""
    build = app.build_middleware_stack

    def observed() -> ASGIApp:
        return AccessLog(build())

    app.build_middleware_stack = observed  # type: ignore[method-assign] # middleware that is added lies inside it


class AccessLog:
    """Gives each request an id, which its answer brings in `X-Request-Id`, and logs and counts how it was answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), CLIENT_GONE
        request = _begin(scope)
        own_header = (ID_HEADER, request.id.encode())

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _describe(request)
                message = {**message, "headers": [*message.get("headers", ()), own_header]}
            await send(message)

        working = serving_names.REST_IN_PROGRESS.labels(scope["method"], serving_names.APP_NAME)
        working.inc()
        try:
            await self.app(scope, receive, noted)
        finally:  # the request stays the context's: the server may still have to say something of it
            working.dec()
            _end(request, scope, status, time.perf_counter() - started)


def _begin(scope: Scope) -> AnsweredRequest:
    """The request with its id and trace, from its headers where they are well-formed."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _HEADERS}
    trace = spans.current() or TraceContext.taken_up(headers.get(b"traceparent"), headers.get(b"tracestate"))
    return answered_request.begin(headers.get(ID_HEADER), trace)


_HEADERS = frozenset((ID_HEADER, b"traceparent", b"tracestate"))


def _describe(request: AnsweredRequest) -> None:
    """Have the request's span say what is known of it, now that the answer begins: FastAPI ends it with the answer."""
    known = {"request_id": request.id, "system": request.system, "version": request.version}
    spans.describe(
        **{f"lookout.{name}": value for name, value in known.items()},
        **{"lookout.prediction_ids": request.prediction_ids or None},
    )


def _end(request: AnsweredRequest, scope: Scope, status: int, seconds: float) -> None:
    """Log and count how a request was answered; by route, so that ids in paths make no new series."""
    route = getattr(scope.get("route"), "path", "unknown")
    serving_names.count(request, scope["method"], route, status, seconds)
    logger = telemetry.log()
    say = logger.debug if route in WATCHING and status < 400 else logger.info
    known = {"caller": request.caller, "system": request.system, "version": request.version}
    predictions = {"predictions": request.predictions, "prediction_ids": request.prediction_ids}
    say(
        "request_answered",
        method=scope["method"],
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        **{name: value for name, value in known.items() if value is not None},
        **(predictions if request.predictions else {}),
    )
