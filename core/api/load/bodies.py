"""Bodies of requests, read within a budget of memory and before their callers' patience; slow ones are cut off."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from starlette.types import Message, Receive

SMALL = 256 * 1024  # bodies up to this size need no permit: their number is bounded by the queue [bytes]
GRACE_SECONDS = 10.0  # of a body, however small [s]
MIN_RATE = 8 * 1024  # a body that arrives more slowly after GRACE_SECONDS is cut off [bytes/s]


class SlowBody(Exception):
    """The body did not arrive in time."""


class CallerGone(Exception):
    """The caller hung up before its request was whole."""


class BodyBudget:
    """Bytes that large bodies may hold at the same time; who comes first gets its part first."""

    def __init__(self, total: int) -> None:
        self.free = self.total = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> int:
        """Wait for `size` bytes, or for all there are if that is more; what was taken is to be given back."""
        size = 0 if size <= SMALL else min(size, self.total)
        if size and (self._waiting or size > self.free):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((size, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.give_back(size)
                raise
        else:
            self.free -= size
        return size

    def give_back(self, size: int) -> None:
        """Return what `take` gave, and let the next ones in."""
        self.free += size
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self.free):
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self.free -= wanted
                turn.set_result(None)


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
