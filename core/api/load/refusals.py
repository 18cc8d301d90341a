"""What callers read who are not admitted: the API's form of refusal, made once and sent often."""

from __future__ import annotations

import json
from functools import lru_cache

from starlette.responses import Response

from core.errors import Busy, InvalidInput, StoreUnavailable, refusal

ADVICE = "Ask again after the seconds in Retry-After."
LOG_AWAY = f"The prediction log cannot be written, so nothing is answered. `GET /readyz` says why. {ADVICE}"
REASONS = {
    "full": "one more, with the queue full",
    "deadline": "one whose turn would come after its deadline",
    "overload": "one more, while more is asked than can be answered",
    "memory": "a large one, while others fill the memory for bodies",
}


@lru_cache(maxsize=512)
def busy(reason: str, retry_after: int) -> Response:
    """503 with Retry-After [s]."""
    headers = {"Retry-After": str(retry_after)}
    if reason == "log":
        return _answer(503, StoreUnavailable.kind, LOG_AWAY, headers)
    return _answer(
        503, Busy.kind, refusal("no more requests than can be answered in time", REASONS[reason], ADVICE), headers
    )


@lru_cache(maxsize=512)
def busy_bytes(reason: str, retry_after: int) -> bytes:
    """The same as it goes over the wire in HTTP/1.1, in one piece."""
    answer = busy(reason, retry_after)
    head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
    return b"HTTP/1.1 503 Service Unavailable\r\n" + head + b"\r\n" + bytes(answer.body)


def too_slow() -> Response:
    """408 for a body that does not arrive; the connection is closed."""
    detail = refusal("a body that arrives within seconds", "one that does not", "Send it again over a faster line.")
    return _answer(408, "too_slow", detail, {"Connection": "close"})


def invalid_deadline(problem: InvalidInput) -> Response:
    """422 for a time-out that is none."""
    return _answer(422, problem.kind, problem.message, {})


def _answer(status: int, kind: str, detail: str, headers: dict[str, str]) -> Response:
    body = json.dumps({"error": kind, "detail": detail})
    return Response(body, status, headers, media_type="application/json")
