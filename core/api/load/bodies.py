"""Bodies of requests, read within a budget of memory and before their callers' patience; slow ones are cut off."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from starlette.types import Message, Receive

SMALL = 64 * 1024  # bodies up to this size need no permit: the server reads as much of each anyway [bytes]
GRACE_SECONDS = 10.0  # of a body, however small [s]
MIN_RATE = 8 * 1024  # a body that arrives more slowly after GRACE_SECONDS is cut off [bytes/s]


class SlowBody(Exception):
    """The body did not arrive in time."""


class CallerGone(Exception):
    """The caller hung up before its request was whole."""


class BodyBudget:
    """Bytes that bodies may hold at the same time, in their order; one caller has half of them at most.

    So whoever sends large bodies slowly leaves the other half to the others.
    """

    def __init__(self, total: int) -> None:
        self.free = self.total = total
        self._held: Counter[str] = Counter()
        self._waiting: list[tuple[str, int, asyncio.Future[None]]] = []

    async def take(self, size: int, caller: str) -> int:
        """Wait for `size` bytes, or for as many as one caller may have; what was taken is to be given back."""
        size = 0 if size <= SMALL else min(size, self.total // 2)
        if not size:
            return 0
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((caller, size, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(size, caller)
            else:
                self._let_in()  # those behind it
            raise
        return size

    def give_back(self, size: int, caller: str) -> None:
        """Return what `take` gave, and let the next ones in."""
        self.free += size
        self._held[caller] -= size
        if not self._held[caller]:
            del self._held[caller]
        self._let_in()

    def _let_in(self) -> None:
        """In their order: what does not fit yet holds up those behind it, whose caller has its half does not."""
        left, is_blocked = [], False
        for caller, size, turn in self._waiting:
            if turn.done():
                continue
            has_its_half = self._held[caller] + size > self.total // 2
            is_blocked = is_blocked or (not has_its_half and size > self.free)
            if has_its_half or is_blocked:
                left.append((caller, size, turn))
                continue
            self.free -= size
            self._held[caller] += size
            turn.set_result(None)
        self._waiting = left


async def read_body(receive: Receive) -> bytes:
    """The whole body. Raises SlowBody, CallerGone, and what `receive` raises for one over the limit."""
    started, received, parts = time.monotonic(), 0, []
    while True:
        message = await _next_part(receive, started + GRACE_SECONDS + received / MIN_RATE)
        if message["type"] == "http.disconnect":
            raise CallerGone
        part = message.get("body", b"")
        parts.append(part)
        received += len(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _next_part(receive: Receive, until: float) -> Message:
    try:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            return await receive()
    except TimeoutError:
        raise SlowBody from None
