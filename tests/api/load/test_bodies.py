"""Bodies wait for memory in their order, and are cut off when they do not arrive."""

from __future__ import annotations

import asyncio

import pytest

from core.api.load import bodies
from core.api.load.bodies import BodyBudget, CallerGone, SlowBody, read_body

MB = 1_000_000


def receiving(*messages, pause=0.0):
    waiting = list(messages)

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        await asyncio.sleep(pause)
        return waiting.pop(0)

    return receive


def part(body, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_given_whole():
    assert asyncio.run(read_body(receiving(part(b"a"), part(b"b"), part(b"c", more=False)))) == b"abc"


def test_a_body_that_stops_is_cut_off(monkeypatch):
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.05)
    with pytest.raises(SlowBody):
        asyncio.run(read_body(receiving(part(b"a"))))


def test_a_body_that_trickles_is_cut_off_and_one_that_flows_is_not(monkeypatch):
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.05)
    with pytest.raises(SlowBody):
        asyncio.run(read_body(receiving(*[part(b"a")] * 20, part(b"", more=False), pause=0.01)))
    flowing = [part(b"a" * 8192)] * 20
    assert len(asyncio.run(read_body(receiving(*flowing, part(b"", more=False), pause=0.01)))) == 20 * 8192


def test_a_caller_who_hangs_up_in_the_middle_is_told_apart():
    with pytest.raises(CallerGone):
        asyncio.run(read_body(receiving(part(b"a"), {"type": "http.disconnect"})))


def test_large_bodies_wait_for_memory_in_their_order_and_small_ones_pass():
    async def story():
        budget, order = BodyBudget(20 * MB), []
        first, second = await budget.take(9 * MB, "a"), await budget.take(9 * MB, "b")

        async def wait(size, name):
            held = await budget.take(size, name)
            order.append(name)
            budget.give_back(held, name)

        large = asyncio.ensure_future(wait(9 * MB, "large"))
        await asyncio.sleep(0)
        later = asyncio.ensure_future(wait(1 * MB, "later"))
        small = asyncio.ensure_future(wait(1000, "small"))
        await asyncio.sleep(0.01)
        assert order == ["small"]
        budget.give_back(first, "a")
        await asyncio.gather(large, later, small)
        assert order == ["small", "large", "later"]
        budget.give_back(second, "b")
        assert budget.free == budget.total

    asyncio.run(story())


def test_one_caller_has_half_of_the_memory_and_the_others_need_not_wait_for_it():
    async def story():
        budget = BodyBudget(20 * MB)
        held = [await budget.take(10 * MB, "slow")]
        more = asyncio.ensure_future(budget.take(5 * MB, "slow"))
        await asyncio.sleep(0)
        assert await asyncio.wait_for(budget.take(8 * MB, "other"), 1) == 8 * MB
        assert not more.done()
        budget.give_back(held[0], "slow")
        assert await asyncio.wait_for(more, 1) == 5 * MB

    asyncio.run(story())


def test_who_gives_up_waiting_for_memory_lets_the_next_in():
    async def story():
        budget = BodyBudget(20 * MB)
        first, _second = await budget.take(8 * MB, "a"), await budget.take(8 * MB, "b")
        large = asyncio.ensure_future(budget.take(9 * MB, "c"))
        await asyncio.sleep(0)
        small = asyncio.ensure_future(budget.take(1 * MB, "d"))
        await asyncio.sleep(0)
        assert not small.done()
        large.cancel()
        assert await asyncio.wait_for(small, 1) == 1 * MB
        budget.give_back(first, "a")
        assert await asyncio.wait_for(budget.take(10 * MB, "e"), 1) == 10 * MB

    asyncio.run(story())
