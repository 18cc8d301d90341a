"""The request that is being answered: its id, its trace, and what its line in the log will say.

A contextvar holds it, so that whatever is called while it is answered finds it, in the threads that predict too: they
are given a copy of the context (by `anyio.to_thread`, and by `carried`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import uuid4

from core.telemetry import spans
from core.telemetry.trace_context import TraceContext

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:=+/@-]{1,128}")
MAX_IDS = 20  # of predictions, in one line of the log


@dataclass(slots=True)
class AnsweredRequest:
    """A request while it is answered, and what is known of it so far.

    id: the caller's `X-Request-Id`, or one made here. caller: the name that belongs to the key, never the key.
    predictions: how many were logged for it; prediction_ids: the first MAX_IDS of them.
    """

    id: str
    caller: str | None = None
    system: str | None = None
    version: str | None = None
    predictions: int = 0
    prediction_ids: list[str] = field(default_factory=list)


_current: ContextVar[AnsweredRequest | None] = ContextVar("answered_request", default=None)
_trace: ContextVar[TraceContext | None] = ContextVar("trace", default=None)


def answering() -> AnsweredRequest | None:
    """The request that is being answered here; None outside of one."""
    return _current.get()


def begin(request_id: str | None, trace: TraceContext) -> AnsweredRequest:
    """From here on, in this context, a request is answered. request_id: as the caller sent it, if it did."""
    known = request_id if request_id and REQUEST_ID.fullmatch(request_id) else str(uuid4())
    request = AnsweredRequest(known)
    _current.set(request)
    _trace.set(trace)
    return request


def note_caller(name: str) -> str:
    """Have the request's line name who called; returns the name."""
    if request := _current.get():
        request.caller = name
    return name


def note_predictions(system: str, version: str | None, identifiers: Iterable[str]) -> None:
    """Have the request's line name predictions that were logged for it."""
    if request := _current.get():
        request.system, request.version = system, version
        for identifier in identifiers:
            request.predictions += 1
            if len(request.prediction_ids) < MAX_IDS:
                request.prediction_ids.append(identifier)


def current_trace() -> TraceContext | None:
    """Where the work here stands in its trace; None where it belongs to none."""
    return spans.current() or _trace.get()


def trace_headers() -> dict[str, str]:
    """What a request to another server carries, so that its log can be joined with ours; none outside of a trace."""
    trace = current_trace()
    return trace.headers if trace else {}


@contextmanager
def traced(name: str) -> Iterator[None]:
    """Have the block belong to a trace: that of the request that is answered, or one of its own, such as a delivery."""
    token = _trace.set(_trace.get() or TraceContext.begin())
    try:
        with spans.span(name):
            yield
    finally:
        _trace.reset(token)


def carried(work: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """`work` for another thread, where it still belongs to the request that is answered here, if there is one."""
    return partial(copy_context().run, work) if _current.get() else work
