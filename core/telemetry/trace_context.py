"""W3C Trace Context: which trace a piece of work belongs to, as the headers `traceparent` and `tracestate` tell it.

The form is that of https://www.w3.org/TR/trace-context/ (level 1 and 2).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace

TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
FORBIDDEN_VERSION = "ff"
FIRST_VERSION = "00"  # the only one of which nothing may follow the flags
TRACE_BYTES, SPAN_BYTES = 16, 8
RECORDED = "01"  # flags of a trace that begins here
MAX_TRACESTATE = 512  # characters that are handed on
MAX_MEMBERS = 32
_KEY = r"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
MEMBER = re.compile(_KEY + r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A trace and the span in it at which the work stands.

    trace_id: 32 hex digits. span_id: 16 hex digits. flags: 2 hex digits, 01 if the trace is recorded.
    tracestate: what other tracing systems say of the trace, handed on as it came.
    """

    trace_id: str
    span_id: str
    flags: str = RECORDED
    tracestate: str = ""

    @staticmethod
    def begin() -> TraceContext:
        """A new trace."""
        return TraceContext(secrets.token_hex(TRACE_BYTES), secrets.token_hex(SPAN_BYTES))

    @staticmethod
    def taken_up(traceparent: str | None, tracestate: str | None = None) -> TraceContext:
        """A new span in the trace that the headers tell of; a new trace where they are missing or malformed."""
        parent = parsed(traceparent)
        if parent is None:
            return TraceContext.begin()
        return replace(parent, span_id=secrets.token_hex(SPAN_BYTES), tracestate=checked_tracestate(tracestate))

    @property
    def headers(self) -> dict[str, str]:
        """The headers that hand the trace on."""
        traceparent = f"{FIRST_VERSION}-{self.trace_id}-{self.span_id}-{self.flags}"
        return {"traceparent": traceparent} | ({"tracestate": self.tracestate} if self.tracestate else {})


def parsed(traceparent: str | None) -> TraceContext | None:
    """The sender's place in its trace; None if the header is missing or malformed."""
    match = TRACEPARENT.fullmatch((traceparent or "").strip())
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if (
        version == FORBIDDEN_VERSION
        or (version == FIRST_VERSION and more)
        or not (int(trace_id, 16) and int(span_id, 16))
    ):
        return None
    return TraceContext(trace_id, span_id, flags)


def checked_tracestate(tracestate: str | None) -> str:
    """The header as it is handed on: without blanks and empty members; empty if a member is malformed or doubled."""
    members = [member for part in (tracestate or "").split(",") if (member := part.strip())]
    keys = [member.partition("=")[0] for member in members]
    joined = ",".join(members)
    well_formed = all(MEMBER.fullmatch(member) for member in members) and len(set(keys)) == len(keys)
    return joined if well_formed and len(members) <= MAX_MEMBERS and len(joined) <= MAX_TRACESTATE else ""
