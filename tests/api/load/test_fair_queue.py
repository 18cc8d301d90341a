"""Places at work are bounded, callers take turns, and what would come too late is refused at once."""

from __future__ import annotations

import asyncio
from functools import wraps

import pytest

from core.api.load import fair_queue
from core.api.load.fair_queue import FairQueue, Ticket

FAR = 1000.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def in_a_loop(test):
    @wraps(test)
    def run(*args, **kwargs):
        return asyncio.run(test(*args, **kwargs))

    return run


def ticket(caller="a", deadline=FAR, kind="/predict 10"):
    return Ticket(caller, kind, deadline, 0.0)


def come(queue, caller="a", **more):
    """A request that is not refused, as far as it gets: its ticket."""
    one = ticket(caller, **more)
    assert queue.refusal(one) is None
    queue.enter(one)
    return one


def working(tickets):
    return [one.started is not None for one in tickets]


@in_a_loop
async def test_as_many_work_as_there_are_places_and_the_next_starts_when_one_ends():
    queue = FairQueue(2, 10, Clock())
    tickets = [come(queue) for _ in range(3)]
    assert working(tickets) == [True, True, False]
    queue.finish(tickets[0])
    await tickets[2].turn
    assert working(tickets) == [False, True, True]


@in_a_loop
async def test_callers_take_turns_however_many_requests_one_of_them_has():
    queue = FairQueue(1, 100, Clock())
    running = come(queue, "busy")
    waiting = {f"busy {n}": come(queue, "busy") for n in range(5)}
    waiting |= {f"quiet {n}": come(queue, "quiet") for n in range(2)}
    order = []
    while waiting:
        queue.finish(running)
        name, running = next((name, one) for name, one in waiting.items() if one.started is not None)
        order.append(name)
        del waiting[name]
    assert order == ["busy 0", "quiet 0", "busy 1", "quiet 1", "busy 2", "busy 3", "busy 4"]


@in_a_loop
async def test_a_caller_who_fills_the_queue_is_refused_while_another_still_comes_in():
    queue = FairQueue(1, 8, Clock())
    come(queue, "busy")
    for _ in range(8):
        come(queue, "busy")
    assert queue.refusal(ticket("busy")).reason == "full"
    come(queue, "quiet")
    assert queue.ahead_of("quiet") == 3  # its own, and two of the busy one's


@in_a_loop
async def test_a_request_that_cannot_be_answered_before_its_deadline_is_refused_at_once():
    clock = Clock()
    queue = FairQueue(1, 100, clock)
    first = come(queue)
    clock.now = 0.4
    queue.finish(first)  # a service time of 0.4 s, of which the mean takes up a tenth
    assert queue.times.fastest("/predict 10") == pytest.approx(0.4)
    queue.times.mean = 0.4
    come(queue), come(queue)  # one works, one waits: two turns of 0.4 s, then 0.4 s of its own
    assert queue.refusal(ticket(deadline=clock.now + 1.1)).reason == "deadline"
    assert queue.refusal(ticket(deadline=clock.now + 1.3)) is None


@in_a_loop
async def test_requests_whose_bodies_arrive_count_as_waiting_so_that_a_crowd_is_not_let_in_at_once():
    queue = FairQueue(1, 3, Clock())
    assert [queue.refusal(ticket()) is None for _ in range(5)] == [True, True, True, False, False]


@in_a_loop
async def test_a_body_that_takes_long_counts_no_more(monkeypatch):
    monkeypatch.setattr(fair_queue, "BODY_EXPECTED", 0.01)
    queue = FairQueue(1, 1, Clock())
    slow = ticket()
    assert queue.refusal(slow) is None
    assert queue.refusal(ticket()) is not None
    await asyncio.sleep(0.05)
    assert queue.refusal(ticket()) is None
    queue.enter(slow)
    assert slow.started is not None


@in_a_loop
async def test_after_callers_gave_up_the_queue_is_kept_short_until_none_did_for_a_while():
    clock = Clock()
    queue = FairQueue(1, 100, clock)
    queue.times.mean = 0.2
    come(queue)
    gone = come(queue)
    queue.leave(gone)
    come(queue)
    assert queue.refusal(ticket()).reason == "overload"
    clock.now += 10
    assert queue.refusal(ticket()) is None


@in_a_loop
async def test_who_left_is_passed_over():
    queue = FairQueue(1, 10, Clock())
    first, gone, last = come(queue), come(queue), come(queue)
    queue.leave(gone)
    queue.finish(first)
    assert working([gone, last]) == [False, True]
    assert queue.waiting == 0


@in_a_loop
async def test_what_works_for_long_gives_its_place_on_but_one_caller_never_takes_them_all(monkeypatch):
    monkeypatch.setattr(fair_queue, "LONG_SECONDS", 0.01)
    queue = FairQueue(2, 100, Clock())
    forecasts = [come(queue, "a") for _ in range(20)]
    await asyncio.sleep(0.2)
    assert sum(working(forecasts)) == (2 + fair_queue.LONG_PLACES) // 2
    photo = come(queue, "b")
    assert working([photo]) == [True]
    for one in [*forecasts, photo]:
        queue.finish(one)
