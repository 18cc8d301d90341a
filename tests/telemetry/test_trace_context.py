"""W3C Trace Context: what is taken up, what begins anew, what is handed on. Cases are those of the specification."""

from __future__ import annotations

import re

import pytest

from core import telemetry
from core.telemetry.trace_context import MAX_MEMBERS, TraceContext, checked_tracestate, parsed

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_valid_parent_gives_its_trace_and_flags_and_a_span_of_our_own():
    context = TraceContext.taken_up(f"00-{TRACE}-{PARENT}-00", "congo=t61rcWkgMzE, rojo=00f067aa0ba902b7")
    assert (context.trace_id, context.flags) == (TRACE, "00")
    assert re.fullmatch("[0-9a-f]{16}", context.span_id)
    assert context.span_id != PARENT
    assert context.headers == {
        "traceparent": f"00-{TRACE}-{context.span_id}-00",
        "tracestate": "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "no trace",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE[:-1]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE}-{PARENT}-01\n00",
    ],
    ids=repr,
)
def test_a_missing_or_malformed_parent_begins_a_new_trace_and_drops_the_state(header):
    assert parsed(header) is None
    context = TraceContext.taken_up(header, "congo=1")
    assert context.trace_id != TRACE
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", context.headers["traceparent"])
    assert "tracestate" not in context.headers


def test_a_later_version_may_say_more_and_is_taken_up():
    assert parsed(f"01-{TRACE}-{PARENT}-01-what-the-future-is-like") == TraceContext(TRACE, PARENT, "01")


@pytest.mark.parametrize(
    ("state", "handed_on"),
    [
        ("a=1", "a=1"),
        (" a=1 ,, b@v=2\t", "a=1,b@v=2"),
        ("a=1,a=2", ""),
        ("A=1", ""),
        ("a=1=2", ""),
        ("a", ""),
        (",".join(f"k{number}=v" for number in range(MAX_MEMBERS + 1)), ""),
        ("a=" + "v" * 256 + ",b=" + "v" * 256, ""),
    ],
)
def test_a_state_is_handed_on_whole_or_not_at_all(state, handed_on):
    assert checked_tracestate(state) == handed_on


def test_work_outside_of_a_request_may_have_a_trace_of_its_own_and_hands_it_on():
    assert telemetry.trace_headers() == {}
    with telemetry.traced("delivery"):
        headers = telemetry.trace_headers()
        with telemetry.traced("within"):
            assert telemetry.trace_headers() == headers
    assert parsed(headers["traceparent"])
    assert telemetry.trace_headers() == {}
