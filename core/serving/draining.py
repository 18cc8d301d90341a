"""The end of a server: no connection that was made is dropped unread."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import uvicorn

LINGER_SECONDS = 0.3  # for connections that the kernel has made, and requests that are on their way [s]


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which takes on what has connected already before it stops to listen."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the kernel make no more connections, take on those it made, then finish as uvicorn does."""
        for server in self.servers:
            for listening in server.sockets:
                _make_no_more(listening)
        await asyncio.sleep(LINGER_SECONDS)
        await super().shutdown(sockets)


def _make_no_more(listening: Any) -> None:
    """Shorten the queue of connections that wait to be accepted: who connects now tries again, and is then refused."""
    with socket.socket(fileno=os.dup(listening.fileno())) as line:
        line.listen(0)
