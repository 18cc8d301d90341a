"""One HTTP/1.1 connection of a load generator: written whole, read by length, with nothing that costs time."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast


class Reply(NamedTuple):
    """What came back: the status, 0 for a connection that broke, and the seconds until then."""

    status: int
    seconds: float


class Connection(asyncio.Protocol):
    """Sends one request at a time and resolves `reply` with the status once the answer is whole."""

    def __init__(self) -> None:
        self.reply: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Resolve the reply once its body is whole."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        place = head.lower().find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(body) >= length:
            self._received = b""
            self._resolve(int(head[9:12]))

    def connection_lost(self, _problem: Exception | None) -> None:
        """The server hung up."""
        self.transport = None
        self._resolve(0)

    def _resolve(self, status: int) -> None:
        if self.reply is not None and not self.reply.done():
            self.reply.set_result(status)

    def close(self) -> None:
        """Hang up at once."""
        if self.transport is not None:
            self.transport.abort()
            self.transport = None


class Caller:
    """A client that keeps its connection while it can, and hangs up when its patience ends."""

    def __init__(self, port: int, patience: float) -> None:
        """patience: seconds from the connection's opening, or the request, to the whole answer."""
        self.port, self.patience = port, patience
        self._connection: Connection | None = None

    async def ask(self, request: bytes) -> Reply:
        """Send and wait; status 0 where the connection broke, -1 where patience ended."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.patience):
                status = await self._exchange(loop, request)
        except TimeoutError:
            status = -1
        except OSError:
            status = 0
        if status <= 0:
            self.close()
        return Reply(status, loop.time() - started)

    async def _exchange(self, loop: asyncio.AbstractEventLoop, request: bytes) -> int:
        if self._connection is None or self._connection.transport is None:
            _, self._connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
        connection = self._connection
        connection.reply = loop.create_future()
        assert connection.transport is not None
        connection.transport.write(request)
        return await connection.reply

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
