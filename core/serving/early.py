"""Answers for which a request's headers suffice, before anything is made of it: that the process lives, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ALIVE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\ncontent-length: 15\r\n\r\n"
    b'{"status":"ok"}'
)
IS_GONE = "lookout.is_gone"  # in a request's scope, a function that says whether its caller has hung up
DROPPED = b""  # instead of an answer: nobody waits for one
EarlyRefusal = Callable[[Any], bytes | None]
"""From a request's ASGI scope to the whole answer that refuses it, DROPPED, or None to go on."""

_refusals: list[EarlyRefusal] = []


def refuse_early_by(refusal: EarlyRefusal) -> None:
    """Ask `refusal` about each request from now on."""
    _refusals[:] = [refusal]


def early_answer(scope: Any) -> bytes | None:
    """The whole answer over HTTP/1.1; None where the request is to be served."""
    if scope["method"] == "GET":
        return ALIVE if scope["path"] == "/healthz" else None
    return _refusals[0](scope) if _refusals else None
